//! Finds the registry of a package, and its options, in wkg's configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;
use serde::Deserialize;
use wasm_pkg_common::config::{Config, RegistryConfig, RegistryMapping};
use wasm_pkg_common::metadata::{
    LOCAL_PROTOCOL, OCI_PROTOCOL, REGISTRY_METADATA_PATH, RegistryMetadata,
};
use wasm_pkg_common::registry::Registry as Host;

use super::configuration::{LoadedConfig, load_config};
use super::credentials::Credentials;
use super::fault::Fault;
use super::host::{address_with_credentials, is_directory, is_loopback, parse_host};
use super::http::{HttpClient, HttpOptions, Request};
use super::{Options, Reference, secrets, shared_variable};
use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// The default read timeout for requests to a registry.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The most bytes of the metadata at the well-known address of a registry.
const MAX_METADATA_BODY: u64 = 64 << 10;

/// The registry of a package.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    /// The registry's name in the configuration and in lock files; none for the default directory, which is
    /// used if nothing is configured.
    pub name: Option<String>,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Directory(PathBuf),
    Oci(Oci),
}

/// A registry of the OCI distribution specification.
#[derive(Clone, Debug)]
pub(super) struct Oci {
    /// Host and port.
    pub host: String,
    /// The prefix of `namespace/name` in a repository's name.
    pub prefix: String,
    pub http: HttpOptions,
    /// The credentials in the configuration.
    pub credentials: Option<Credentials>,
}

/// `[registry."HOST".oci]`
#[derive(Default, Deserialize)]
struct OciTable {
    auth: Option<Auth>,
    protocol: Option<String>,
    #[serde(default)]
    accept_invalid_certificates: bool,
    #[serde(default)]
    extra_root_certificates: Vec<Root>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Auth {
    Base64(String),
    Pair { username: String, password: String },
}

#[derive(Deserialize)]
struct Root {
    data: String,
}

/// `[registry."NAME".local]`
#[derive(Deserialize)]
struct LocalTable {
    root: PathBuf,
}

/// The metadata at the well-known address of a registry.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OciMetadata {
    registry: Option<String>,
    namespace_prefix: Option<String>,
}

/// The registry that the options or the configuration choose for a package.
enum Choice {
    /// A directory in the options or of the project: its name, and where it is.
    Directory(String, PathBuf),
    /// A registry in the options or the configuration.
    Host(Host),
    /// The default directory.
    Default,
}

fn choose(package: &Reference, options: &Options) -> Result<(Choice, LoadedConfig)> {
    let option = options.registry.as_deref();
    if let Some(directory) = option
        && is_directory(directory)
    {
        let choice = Choice::Directory(directory.to_owned(), directory.into());
        return Ok((choice, (Config::empty(), None)));
    }
    let (mut config, file) = load_config(options)?;
    let host = match option {
        Some(name) => {
            options.project.apply_to(package, &mut config);
            Some(parse_host(name, Place::argument("--registry"))?)
        }
        None => {
            if let Some((name, path)) = options.project.directory_of(package, &config) {
                let choice = Choice::Directory(name.to_owned(), path.to_owned());
                return Ok((choice, (config, file)));
            }
            options.project.apply_to(package, &mut config);
            config.resolve_registry(package.package()).cloned()
        }
    };
    if let Some(host) = &host
        && host.as_ref().contains('@')
    {
        let place = file.as_ref().map_or(Place::argument("--registry"), Place::path);
        return Err(address_with_credentials(place).into());
    }
    Ok((host.map_or(Choice::Default, Choice::Host), (config, file)))
}

/// Whether an option names a registry, or the configuration names one for the package or its namespace. A default registry and
/// wkg's own defaults don't count.
///
/// # Errors
///
/// As [`find`].
pub(super) fn is_configured(package: &Reference, options: &Options) -> Result<bool> {
    if options.registry.is_some() || options.project.has_entry_for(package) {
        return Ok(true);
    }
    let (config, _) = load_config(options)?;
    Ok(named_host(package, &config) != named_host(package, &Config::default()))
}

/// Returns the registry that a configuration names for a package or its namespace.
fn named_host(package: &Reference, config: &Config) -> Option<Host> {
    let package = package.package();
    let mapping = config
        .package_registry_override(package)
        .or_else(|| config.namespace_registry(package.namespace()))?;
    Some(match mapping {
        RegistryMapping::Registry(host) => host.clone(),
        RegistryMapping::Custom(custom) => custom.registry.clone(),
    })
}

/// Returns the name of a package's registry in lock files, without any request; none for the default
/// directory.
///
/// # Errors
///
/// As [`find`].
pub(super) fn name(package: &Reference, options: &Options) -> Result<Option<String>> {
    Ok(match choose(package, options)?.0 {
        Choice::Directory(name, _) => Some(name),
        Choice::Host(host) => Some(host.to_string()),
        Choice::Default => None,
    })
}

/// Finds the registry with a name in a lock file, independent of the configuration; `None` stands for the default directory.
///
/// # Errors
///
/// As [`find`].
pub(super) fn find_locked(
    name: Option<&str>,
    package: &Reference,
    options: &Options,
) -> Result<Endpoint> {
    let directory = match name {
        Some(name) => options.project.directory_named(name).map(Path::to_owned),
        None => Some(default_directory()?),
    };
    match directory {
        Some(directory) => Ok(Endpoint {
            name: name.map(str::to_owned),
            kind: Kind::Directory(directory),
        }),
        None => {
            let registry = name.map(str::to_owned);
            find(
                package,
                &Options {
                    registry,
                    ..options.clone()
                },
            )
        }
    }
}

/// Finds the registry of a package, by the options and the configuration.
///
/// # Errors
///
/// A configuration that can't be read, and an invalid one.
pub(super) fn find(package: &Reference, options: &Options) -> Result<Endpoint> {
    let (choice, (config, file)) = choose(package, options)?;
    let host = match choice {
        Choice::Host(host) => host,
        Choice::Directory(name, directory) => {
            return Ok(Endpoint {
                name: Some(name),
                kind: Kind::Directory(directory),
            });
        }
        Choice::Default => {
            return Ok(Endpoint {
                name: None,
                kind: Kind::Directory(default_directory()?),
            });
        }
    };
    let invalid = |why: String| {
        let message = format!("the configuration of the registry `{host}` is invalid: {why}");
        let place = file.as_ref().map_or(Place::argument("--registry"), Place::path);
        Diagnostic::error(codes::INVALID_REGISTRY_CONFIG, message)
            .at(place)
            .help("`docs/registries.md` of witgen describes the keys, which are wkg's")
    };
    let table = config.registry_config(&host).cloned().unwrap_or_default();
    let kind = match table.default_backend() {
        Some(LOCAL_PROTOCOL) => {
            let local: LocalTable = table
                .backend_config(LOCAL_PROTOCOL)
                .map_err(|error| invalid(error.to_string()))?
                .ok_or_else(|| invalid("`local` needs a `root`".to_owned()))?;
            Kind::Directory(local.root)
        }
        _ => {
            let option = options.registry.is_some().then_some(&host);
            let metadata = configured_metadata(&config, package, option);
            let place = || file.as_ref().map_or(Place::argument("--registry"), Place::path);
            shared_variable::refuse(host.as_ref(), &config, place())?;
            let oci = oci(&host, &table, metadata, options, &invalid)?;
            // The registry's description may name another host, which has variables of its own.
            shared_variable::refuse(&oci.host, &config, place())?;
            Kind::Oci(oci)
        }
    };
    Ok(Endpoint {
        name: Some(host.to_string()),
        kind,
    })
}

/// Returns the options of an OCI registry; its metadata are fetched unless the configuration has them.
fn oci(
    host: &Host,
    table: &RegistryConfig,
    metadata: Option<RegistryMetadata>,
    options: &Options,
    invalid: &dyn Fn(String) -> Diagnostic,
) -> Result<Oci> {
    let mut oci = from_table(host, table, options).map_err(invalid)?;
    if let Some(credentials) = &oci.credentials {
        credentials.remember_secrets();
    }
    let configured = table.default_backend();
    let metadata = match metadata {
        Some(metadata) => metadata,
        // A loopback address that is configured as an OCI registry needs no metadata.
        None if configured == Some(OCI_PROTOCOL) && is_loopback(host) => {
            RegistryMetadata::default()
        }
        None if options.offline => RegistryMetadata::default(),
        None => fetch_metadata(&oci).map_err(|fault| {
            let place = Place::argument(format!("{host}{REGISTRY_METADATA_PATH}"));
            fault.diagnostic("cannot find the location of packages", &oci.host, place)
        })?,
    };
    // The registry's own description isn't repeated: it may contain anything, including secrets.
    match (configured, metadata.preferred_protocol()) {
        (Some(OCI_PROTOCOL), _) | (None, None | Some(OCI_PROTOCOL)) => {}
        (Some(other), _) => {
            return Err(invalid(format!("`{other}` is no kind of registry")).into());
        }
        (None, Some(_)) => {
            let why = "its description prefers a protocol other than `oci`";
            return Err(invalid(why.to_owned()).into());
        }
    }
    let described: OciMetadata = metadata
        .protocol_config(OCI_PROTOCOL)
        .map_err(|_| invalid("its description has a value of the wrong type".to_owned()))?
        .unwrap_or_default();
    let names = described.registry.iter().chain(&described.namespace_prefix);
    if names.into_iter().any(|name| secrets::is_in_name(name)) {
        return Err(invalid("its description contains a secret".to_owned()).into());
    }
    if let Some(registry) = described.registry {
        let host = registry
            .parse()
            .map_err(|_| invalid("its description names no host".to_owned()))?;
        oci.http.insecure_http &= is_loopback(&host);
        oci.http.no_proxy = is_loopback(&host);
        oci.host = registry;
    }
    oci.prefix = described.namespace_prefix.unwrap_or_default();
    Ok(oci)
}

/// Returns the metadata of a registry in the configuration. `option` is the registry in the options.
fn configured_metadata(
    config: &Config,
    package: &Reference,
    option: Option<&Host>,
) -> Option<RegistryMetadata> {
    let package = package.package();
    let mapping = config
        .package_registry_override(package)
        .or_else(|| config.namespace_registry(package.namespace()))?;
    match mapping {
        RegistryMapping::Custom(custom) if option.is_none_or(|host| *host == custom.registry) => {
            Some(custom.metadata.clone())
        }
        _ => None,
    }
}

/// Fetches the metadata of a registry; they are empty if the registry has none.
///
/// # Errors
///
/// A request that fails: without metadata, packages could come from another registry than they should.
fn fetch_metadata(oci: &Oci) -> std::result::Result<RegistryMetadata, Fault> {
    let scheme = if oci.http.insecure_http {
        "http"
    } else {
        "https"
    };
    let url = format!("{scheme}://{}{REGISTRY_METADATA_PATH}", oci.host);
    let response = HttpClient::new(&oci.http)?.send(&Request::get(&url, MAX_METADATA_BODY))?;
    match response.status {
        429 | 500.. => response.error_for_status().map(|_| RegistryMetadata::default()),
        200 => Ok(serde_json::from_slice(&response.body).unwrap_or_default()),
        _ => Ok(RegistryMetadata::default()),
    }
}

/// Reads the `oci` table of a registry.
fn from_table(
    host: &Host,
    table: &RegistryConfig,
    options: &Options,
) -> std::result::Result<Oci, String> {
    let oci: OciTable = table
        .backend_config(OCI_PROTOCOL)
        // The error may quote a password.
        .map_err(|_| "its table `oci` has a value of the wrong type".to_owned())?
        .unwrap_or_default();
    let insecure_http = match oci.protocol.as_deref() {
        Some("http") => true,
        Some("https") => false,
        None => is_loopback(host),
        Some(other) => {
            return Err(format!(
                "`{other}` isn't a protocol: write `http` or `https`"
            ));
        }
    };
    const ORIGIN: &str = "the configuration of registries";
    let credentials = match oci.auth {
        None => None,
        Some(Auth::Pair { username, password }) => Some(Credentials::Basic {
            user: username,
            password: password.into(),
            origin: ORIGIN.to_owned(),
        }),
        Some(Auth::Base64(text)) => Some(
            Credentials::from_text(&text, ORIGIN)
                .ok_or("`auth` is not `user:password` in base64")?,
        ),
    };
    Ok(Oci {
        host: host.to_string(),
        prefix: String::new(),
        http: HttpOptions {
            insecure_http,
            extra_roots: oci
                .extra_root_certificates
                .into_iter()
                .map(|root| root.data.into_bytes())
                .collect(),
            accept_invalid_certs: oci.accept_invalid_certificates,
            read_timeout: options.timeout.unwrap_or(READ_TIMEOUT),
            no_proxy: is_loopback(host),
        },
        credentials,
    })
}

/// Returns the directory that is used if no registry is configured.
fn default_directory() -> Result<PathBuf> {
    Ok(base_directories()?.data_dir().join("witgen").join("registry"))
}

/// Returns the directory of the cache that is used if the options name none.
pub(super) fn default_cache() -> Result<PathBuf> {
    Ok(base_directories()?.cache_dir().join("witgen"))
}

fn base_directories() -> Result<impl BaseStrategy> {
    etcetera::choose_base_strategy().map_err(|error| {
        Diagnostic::error(
            codes::NO_HOME,
            format!("there is no home directory: {error}"),
        )
        .at(Place::argument("HOME"))
        .help("set HOME, or name directories with --registry and --cache")
        .into()
    })
}
