//! Reads settings: from the command line, and from the file that it names.

use std::path::PathBuf;
use std::sync::Arc;

use tracing::warn;
use witgen::chain_file::{ChainFile, Scope};
use witgen::diagnostic::{Diagnostic, Failure, Place};
use witgen_serve::server::Rate;

use super::command::Command;
use super::listeners::{self, ListenerSettings};
use super::pools::ChainPools;
use super::problems::Problems;
use super::rates::{self, RatedPart};
use super::source::{ChainSettings, ChainSource};
use super::{chains, options};
use crate::serve::args::Args;
use crate::serve::failure::places;
use crate::serve::trace;

/// Everything that a reload replaces.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The options of the command line, and those of the file that it doesn't have.
    pub args: Args,
    pub file: Option<Arc<ChainFile>>,
    pub listeners: Vec<ListenerSettings>,
    /// Where `--admin` or its key is.
    pub admin_place: Option<Place>,
    pub chains: Vec<ChainSettings>,
    /// The rates of chains and routes.
    pub rates: Vec<(RatedPart, Rate)>,
    /// Warnings about settings without an effect.
    pub warnings: Vec<Diagnostic>,
}

impl Settings {
    /// Reads the settings of a command. Everything except the components is checked.
    ///
    /// # Errors
    ///
    /// All problems of the file.
    pub fn read(command: &Command) -> Result<Self, Failure> {
        let settings = match command.file()? {
            None => Self::of_arguments(command.args.clone()),
            Some(path) => {
                let file = Arc::new(ChainFile::read(path, Scope::Everything)?);
                Self::of_file(command, file)?
            }
        };
        listeners::check_proxies(&settings.listeners, &settings.args)?;
        Ok(settings)
    }

    fn of_arguments(args: Args) -> Self {
        Settings {
            file: None,
            warnings: Vec::new(),
            rates: Vec::new(),
            listeners: listeners::of_arguments(&args, None),
            admin_place: listeners::admin_place(&args, None),
            chains: vec![ChainSettings {
                source: ChainSource::Arguments,
                args: args.clone(),
                pools: ChainPools::default(),
            }],
            args,
        }
    }

    fn of_file(command: &Command, file: Arc<ChainFile>) -> Result<Self, Failure> {
        let mut problems = Problems::default();
        // Other values are checked, too, if some can't be options.
        let merged = problems.or_add(options::merge(command, &file));
        let args = merged.unwrap_or_else(|| command.args.clone());
        let listeners = problems.or_add(listeners::of_file(command, &args, &file));
        let chains = problems.or_add(chains::of_file(command, &args, &file));
        let rates = problems.or_add(rates::of_file(&file));
        problems.end()?;
        let unused = trace::settings::without_collector(&args.trace, &file);
        let of_file = (!command.is_given("admin")).then_some(&*file);
        Ok(Settings {
            admin_place: listeners::admin_place(&args, of_file),
            args,
            listeners: listeners.unwrap_or_default(),
            chains: chains.unwrap_or_default(),
            rates: rates.unwrap_or_default(),
            warnings: file.warnings().iter().cloned().chain(unused).collect(),
            file: Some(file),
        })
    }

    /// Logs what has no effect.
    pub fn log_warnings(&self) {
        for warning in &self.warnings {
            warn!(target: "server", at = places(warning), help = warning.help.join("; "), "{}", warning.message);
        }
    }

    /// Returns the files whose changes change what is served. They may be missing.
    pub fn paths(&self) -> Vec<PathBuf> {
        let chains = self.chains.iter().flat_map(|chain| match &chain.source {
            ChainSource::Arguments => chain.args.chain().files(),
            ChainSource::File(..) => Vec::new(),
        });
        let file = self.file.iter().flat_map(|file| file.files());
        let certificates = self.listeners.iter().filter_map(|listener| listener.tls.clone());
        let certificates = certificates.flat_map(|(certificates, key)| [certificates, key]);
        let paths = chains.chain(file).chain(certificates).chain(self.args.ca.iter().cloned());
        let mut paths: Vec<PathBuf> = paths.collect();
        paths.sort();
        paths.dedup();
        paths
    }
}
