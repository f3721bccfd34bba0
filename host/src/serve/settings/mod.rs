//! What is served: by the command line, or by a `chain.toml` whose settings options replace.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracing::warn;
use witgen::chain_file::{ChainFile, Scope};
use witgen::compose::Chain;
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen::locate::ReadFile;
use witgen::registry::Registries;
use witgen_serve::server::{Route, Routes};

use super::app::LoadedChain;
use super::args::{self, Args};

mod chains;
mod command;
mod options;

pub use command::Command;

/// Everything that a reload replaces.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The options of the command line, and those of the file that it doesn't have.
    pub args: Args,
    pub file: Option<Arc<ChainFile>>,
    pub listeners: Vec<ListenerSettings>,
    pub chains: Vec<ChainSettings>,
    /// What has no effect.
    pub warnings: Vec<Diagnostic>,
}

/// Where the server listens.
#[derive(Clone, Debug)]
pub struct ListenerSettings {
    pub address: SocketAddr,
    pub place: Place,
    /// The files of the certificate and of its key.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// A chain, with the options that apply to it.
#[derive(Clone, Debug)]
pub struct ChainSettings {
    pub source: ChainSource,
    /// The options for this chain and its members.
    pub args: Args,
}

/// Where a chain is described.
#[derive(Clone, Debug)]
pub enum ChainSource {
    /// By the command line.
    Arguments,
    /// In a file, under a name.
    File(Arc<ChainFile>, String),
}

impl Settings {
    /// Reads the settings of a command. What others wrote is checked, except for the components.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the file.
    pub fn read(command: &Command) -> Result<Self, Failure> {
        match command.file()? {
            None => Self::of_arguments(command.args.clone()),
            Some(path) => {
                let file = Arc::new(ChainFile::read(path, Scope::Everything)?);
                Self::of_file(command, file)
            }
        }
    }

    fn of_arguments(args: Args) -> Result<Self, Failure> {
        Ok(Settings {
            file: None,
            warnings: Vec::new(),
            listeners: vec![listener_of(&args, None)],
            chains: vec![ChainSettings {
                source: ChainSource::Arguments,
                args: args.clone(),
            }],
            args,
        })
    }

    fn of_file(command: &Command, file: Arc<ChainFile>) -> Result<Self, Failure> {
        let args = options::merge(command, &file)?;
        let listeners = listeners(command, &args, &file)?;
        let chains = chains::of_file(command, &args, &file)?;
        let pools = chains::pool_warnings(&file);
        Ok(Settings {
            args,
            listeners,
            chains,
            warnings: file.warnings().iter().cloned().chain(pools).collect(),
            file: Some(file),
        })
    }

    /// Logs what has no effect.
    pub fn log_warnings(&self) {
        for warning in &self.warnings {
            let at: Vec<_> = warning.places.iter().map(|place| format!("{place:?}")).collect();
            warn!(target: "server", at = at.join(", "), help = warning.help.join("; "), "{}", warning.message);
        }
    }

    /// Returns the files whose changes change what is served.
    pub fn paths(&self) -> Vec<PathBuf> {
        let chains = self.chains.iter().flat_map(|chain| match &chain.source {
            ChainSource::Arguments => chain.args.chain().files(),
            ChainSource::File(..) => Vec::new(),
        });
        let file = self.file.iter().flat_map(|file| file.files());
        let certificates = self.listeners.iter().filter_map(|listener| listener.tls.clone());
        let certificates = certificates.flat_map(|(certificates, key)| [certificates, key]);
        let paths = chains.chain(file).chain(certificates).chain(self.args.ca.iter().cloned());
        let mut paths: Vec<PathBuf> = paths.filter(|path| path.exists()).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Returns which requests go to which of the chains, which are in the order of the settings.
    pub fn routes(&self, loaded: &[LoadedChain]) -> Routes {
        let mut routes = Routes::default();
        let named = |name: &str| {
            let has_name = |chain: &ChainSettings| chain.source.name() == Some(name);
            loaded.get(self.chains.iter().position(has_name)?)
        };
        let entries = self.file.iter().flat_map(|file| &file.contents().routes);
        for entry in entries {
            let Some(chain) = named(&entry.chain) else {
                continue;
            };
            let mut route = Route::to(chain.proxy.clone()).forwards(chain.is_open);
            if let Some(host) = &entry.host {
                route = route.host(host);
            }
            if let Some(path) = &entry.path {
                route = route.path(path);
            }
            routes = routes.route(route.named(&entry.chain));
        }
        let has_routes = self.file.as_ref().is_some_and(|file| !file.contents().routes.is_empty());
        match (self.chains.first(), loaded.first()) {
            (Some(settings), Some(chain)) if !has_routes => {
                let route = Route::to(chain.proxy.clone()).forwards(chain.is_open);
                routes.route(match settings.source.name() {
                    Some(name) => route.named(name),
                    None => route,
                })
            }
            _ => routes,
        }
    }
}

impl ChainSource {
    /// Returns the name of the chain, if it has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            ChainSource::Arguments => None,
            ChainSource::File(_, name) => Some(name),
        }
    }

    /// Reads the members of the chain.
    ///
    /// # Errors
    ///
    /// As [`witgen::locate::ChainArguments::load`] and [`ChainFile::load`].
    pub fn load(
        &self,
        args: &Args,
        registries: &Registries,
        read: &ReadFile<'_>,
    ) -> Result<Chain, Failure> {
        match self {
            ChainSource::Arguments => args.chain().load_with(registries, read),
            ChainSource::File(file, name) => file.load(name, registries, read),
        }
    }

    /// Adds to a failure where the chain is described.
    pub fn explain(&self, failure: Failure) -> Failure {
        match self {
            ChainSource::Arguments => failure,
            ChainSource::File(file, name) => file.explain(name, failure),
        }
    }

    /// Returns what an option is called where the chain is described.
    pub fn option<'a>(&self, flag: &'a str, key: &'a str) -> &'a str {
        match self {
            ChainSource::Arguments => flag,
            ChainSource::File(..) => key,
        }
    }
}

/// Returns the listener of the command line.
fn listener_of(args: &Args, tls: Option<(PathBuf, PathBuf)>) -> ListenerSettings {
    ListenerSettings {
        address: args.listen,
        place: Place::argument(format!("--listen {}", args.listen)),
        tls: args.tls_cert.clone().zip(args.tls_key.clone()).or(tls),
    }
}

/// Returns the listeners of the file; `--listen` and `--tls-cert` replace all of them.
fn listeners(
    command: &Command,
    args: &Args,
    file: &ChainFile,
) -> Result<Vec<ListenerSettings>, Failure> {
    let entries = &file.contents().listeners;
    let certificate = |tls: &witgen::chain_file::Certificate| {
        (file.resolve(&tls.certificate), file.resolve(&tls.key))
    };
    if command.is_given("listen") || entries.is_empty() {
        let first = entries.first().and_then(|entry| entry.tls.as_deref()).map(certificate);
        return Ok(vec![listener_of(args, first)]);
    }
    let given = args.tls_cert.clone().zip(args.tls_key.clone());
    Failure::collect(entries.iter().map(|entry| {
        let place = file.place(&entry.address);
        if entry.proxy_protocol.as_deref() == Some(&true) {
            let place = entry.proxy_protocol.as_ref().map_or(place, |key| file.place(key));
            return Err(unsupported("proxy-protocol", place));
        }
        let address = args::address(&entry.address).map_err(|help| {
            let message = format!("`{}` is not an address", *entry.address);
            Diagnostic::error(codes::INVALID_CHAIN_FILE, message).at(place.clone()).help(help)
        })?;
        Ok(ListenerSettings {
            address,
            place,
            tls: given.clone().or_else(|| entry.tls.as_deref().map(certificate)),
        })
    }))
}

/// The error for a setting that would have no effect.
fn unsupported(key: &str, place: Place) -> Failure {
    let message = format!("`{key}` isn't supported yet, and would have no effect");
    let error = Diagnostic::error(codes::INVALID_CHAIN_FILE, message).at(place);
    error.help("leave it out").into()
}

/// Whether an argument names a `chain.toml`.
fn is_chain_file(argument: &str) -> bool {
    ChainFile::is_meant(argument) && !Path::new(argument).is_dir()
}
