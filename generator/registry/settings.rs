//! Which registry has a package, and how it is spoken to: wkg's configuration, read as wkg reads it.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;
use serde::Deserialize;
use wasm_pkg_common::config::{Config, RegistryConfig, RegistryMapping};
use wasm_pkg_common::metadata::{
    LOCAL_PROTOCOL, OCI_PROTOCOL, REGISTRY_METADATA_PATH, RegistryMetadata,
};
use wasm_pkg_common::registry::Registry as Host;

use super::credentials::Credentials;
use super::fault::Fault;
use super::http::{Call, Http, Manner};
use super::{Options, Reference};
use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// How long nothing may come from a registry unless it is said.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a registry says about itself is short.
const MAX_METADATA: u64 = 64 << 10;

/// Where a package is, or would be.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    /// The registry as it is configured, which locks name; none for the directory that is used where
    /// nothing is configured.
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
    /// What stands before `namespace/name` in a repository's name.
    pub prefix: String,
    pub manner: Manner,
    /// Credentials that the configuration has.
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

/// What a registry says of itself under its well-known address.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OciMetadata {
    registry: Option<String>,
    namespace_prefix: Option<String>,
}

/// Which registry has a package, before anything is known of it.
enum Chosen {
    /// A directory that the options name.
    Named(PathBuf),
    /// A registry that the options or the configuration name.
    Host(Host),
    /// Nobody names any.
    None,
}

/// The configuration, and the file that it is from.
type Read = (Config, Option<PathBuf>);

fn choose(package: &Reference, options: &Options) -> Result<(Chosen, Read)> {
    let written = options.registry.as_deref();
    if let Some(written) = written
        && is_directory(written)
    {
        return Ok((Chosen::Named(written.into()), (Config::empty(), None)));
    }
    let read = read(options)?;
    let host = match written {
        Some(written) => Some(host(written)?),
        None => read.0.resolve_registry(package.package()).cloned(),
    };
    if let Some(host) = &host
        && host.as_ref().contains('@')
    {
        let place = read
            .1
            .as_ref()
            .map_or(Place::argument("--registry"), Place::path);
        return Err(address_with_credentials(place).into());
    }
    Ok((host.map_or(Chosen::None, Chosen::Host), read))
}

/// The registry that `--registry` names.
fn host(written: &str) -> Result<Host> {
    let place = || Place::argument("--registry");
    if written.contains('@') {
        return Err(address_with_credentials(place()).into());
    }
    let help =
        "write `HOST` or `HOST:PORT`, or the path of a directory, which begins with `./` or `/`";
    let (what, more) = if written.contains("://") {
        (
            "an address, and a registry is a host",
            "one that speaks plain HTTP has `protocol = \"http\"` in wkg's configuration",
        )
    } else if written.contains('/') {
        (
            "more than a host",
            "what stands before packages' names in a registry is its `namespacePrefix`, in wkg's configuration",
        )
    } else {
        return written.parse().map_err(|error| {
            let message = format!("`{written}` is not a registry: {error}");
            Diagnostic::error(codes::INVALID_REGISTRY, message)
                .at(place())
                .help(help)
                .into()
        });
    };
    let message = format!("`{written}` is {what}");
    Err(Diagnostic::error(codes::INVALID_REGISTRY, message)
        .at(place())
        .help(help)
        .help(more)
        .help("`docs/registries.md` of witgen has examples")
        .into())
}

/// What stands before the host is a secret, and isn't repeated.
fn address_with_credentials(place: Place) -> Diagnostic {
    let message = "a registry's address has no user and no password in it";
    Diagnostic::error(codes::INVALID_REGISTRY, message)
        .at(place)
        .help("`docker login HOST` stores credentials; the environment can have them, too")
}

/// What locks call the registry that has a package; nothing for the directory that is used where none is
/// configured. Nobody is asked for it.
///
/// # Errors
///
/// As [`find`].
pub(super) fn name(package: &Reference, options: &Options) -> Result<Option<String>> {
    Ok(match choose(package, options)?.0 {
        Chosen::Named(directory) => Some(shown(&directory)),
        Chosen::Host(host) => Some(host.to_string()),
        Chosen::None => None,
    })
}

/// Where a package is, by the options and the configuration.
///
/// # Errors
///
/// A configuration that can't be read, and one that makes no sense.
pub(super) fn find(package: &Reference, options: &Options) -> Result<Endpoint> {
    let (chosen, (config, path)) = choose(package, options)?;
    let host = match chosen {
        Chosen::Host(host) => host,
        Chosen::Named(directory) => {
            return Ok(Endpoint {
                name: Some(shown(&directory)),
                kind: Kind::Directory(directory),
            });
        }
        Chosen::None => {
            return Ok(Endpoint {
                name: None,
                kind: Kind::Directory(default_directory()?),
            });
        }
    };
    let invalid = |why: String| {
        let message = format!("the configuration of the registry `{host}` makes no sense: {why}");
        let place = path
            .as_ref()
            .map_or(Place::argument("--registry"), Place::path);
        Diagnostic::error(codes::INVALID_REGISTRY_CONFIG, message)
            .at(place)
            .help("`docs/registries.md` of witgen says what can stand there; it is what wkg reads")
    };
    let table = config.registry_config(&host).cloned().unwrap_or_default();
    let kind = match table.default_backend() {
        Some(LOCAL_PROTOCOL) => {
            let local: Option<LocalTable> = table
                .backend_config(LOCAL_PROTOCOL)
                .map_err(|error| invalid(error.to_string()))?;
            let local = local.ok_or_else(|| invalid("`local` needs a `root`".to_owned()))?;
            Kind::Directory(local.root)
        }
        _ => {
            let given = options.registry.is_some().then_some(&host);
            let metadata = mapped(&config, package, given);
            Kind::Oci(oci(&host, &table, metadata, options, &invalid)?)
        }
    };
    Ok(Endpoint {
        name: Some(host.to_string()),
        kind,
    })
}

/// A registry that isn't a directory, with what it says of itself.
fn oci(
    host: &Host,
    table: &RegistryConfig,
    metadata: Option<RegistryMetadata>,
    options: &Options,
    invalid: &dyn Fn(String) -> Diagnostic,
) -> Result<Oci> {
    let mut oci = of_table(host, table, options).map_err(invalid)?;
    let configured = table.default_backend();
    let metadata = match metadata {
        Some(metadata) => metadata,
        // Whoever says of a loopback address that it is an OCI registry has said all.
        None if configured == Some(OCI_PROTOCOL) && is_loopback(host) => {
            RegistryMetadata::default()
        }
        None if options.offline => RegistryMetadata::default(),
        None => asked(&oci).map_err(|fault| {
            let place = Place::argument(format!("{host}{REGISTRY_METADATA_PATH}"));
            fault.diagnostic("cannot ask where packages are", &oci.host, place)
        })?,
    };
    match configured.or(metadata.preferred_protocol()) {
        None | Some(OCI_PROTOCOL) => {}
        Some(other) => return Err(invalid(format!("`{other}` is no kind of registry")).into()),
    }
    let described: OciMetadata = metadata
        .protocol_config(OCI_PROTOCOL)
        .map_err(|error| invalid(error.to_string()))?
        .unwrap_or_default();
    if let Some(registry) = described.registry {
        let host = registry.parse();
        let host = host.map_err(|_| invalid("its description names no host".to_owned()))?;
        oci.manner.plain &= is_loopback(&host);
        oci.manner.direct = is_loopback(&host);
        oci.host = registry;
    }
    oci.prefix = described.namespace_prefix.unwrap_or_default();
    Ok(oci)
}

/// Whether `--registry` names a directory: what begins like a path, and what is there. `ghcr.io/acme` looks
/// like one, and is a mistake that must not end in a folder of that name.
fn is_directory(written: &str) -> bool {
    let is_path = Path::new(written).is_absolute()
        || matches!(written, "." | "..")
        || ["./", "../", ".\\", "..\\"]
            .iter()
            .any(|start| written.starts_with(start));
    is_path
        || (written.contains(['/', '\\']) && !written.contains(':') && Path::new(written).is_dir())
}

/// wkg's configuration: the file that is named, else the user's, over what is built in.
fn read(options: &Options) -> Result<(Config, Option<PathBuf>)> {
    let path = options.config.clone().or_else(Config::global_config_path);
    let mut config = Config::default();
    let Some(path) = path else {
        return Ok((config, None));
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(_) if options.config.is_none() && !path.exists() => return Ok((config, None)),
        Err(error) => {
            let message = format!("cannot read the configuration of registries: {error}");
            return Err(Diagnostic::error(codes::UNREADABLE, message)
                .at(Place::path(&path))
                .help("it is wkg's; `--config FILE` names another")
                .into());
        }
    };
    let read = Config::from_toml(&text).map_err(|error| {
        // What stands on the line may be a password: only what is wrong, and where, is shown.
        let why = error.to_string();
        let what = toml::from_str::<toml::Table>(&text).err();
        let (message, place) = match &what {
            Some(error) => {
                let line = error.span().map_or(1, |span| {
                    text[..span.start.min(text.len())].matches('\n').count() + 1
                });
                (
                    error.message().to_owned(),
                    format!("{}:{line}", path.display()),
                )
            }
            None => (
                mistaken(&text)
                    .unwrap_or_else(|| why.lines().last().unwrap_or_default().to_owned()),
                path.display().to_string(),
            ),
        };
        let message = format!("the configuration of registries is not valid: {message}");
        Diagnostic::error(codes::INVALID_REGISTRY_CONFIG, message)
            .at(Place::argument(place))
            .help("`docs/registries.md` of witgen says what can stand there; it is what wkg reads")
    })?;
    config.merge(read);
    Ok((config, Some(path)))
}

/// Which entry names a registry and doesn't; the parser only says that there is one.
fn mistaken(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).ok()?;
    ["namespace_registries", "package_registry_overrides"].iter().find_map(|section| {
        let entries = table.get(*section)?.as_table()?;
        let (key, _) = entries.iter().find(|(_, value)| {
            let registry = value.get("registry").unwrap_or(value).as_str();
            registry.is_none_or(|registry| registry.parse::<Host>().is_err())
        })?;
        Some(format!("`{key}` in `[{section}]` is no registry: write `HOST` or `HOST:PORT`, or a name that has a section of its own"))
    })
}

/// What the configuration itself says of a registry's metadata.
fn mapped(config: &Config, package: &Reference, given: Option<&Host>) -> Option<RegistryMetadata> {
    let package = package.package();
    let mapping = config
        .package_registry_override(package)
        .or_else(|| config.namespace_registry(package.namespace()))?;
    match mapping {
        RegistryMapping::Custom(custom) if given.is_none_or(|host| *host == custom.registry) => {
            Some(custom.metadata.clone())
        }
        _ => None,
    }
}

/// What the registry says of itself; nothing if it has nothing to say.
///
/// # Errors
///
/// Whatever keeps it from saying so: another registry must not take its place.
fn asked(oci: &Oci) -> std::result::Result<RegistryMetadata, Fault> {
    let scheme = if oci.manner.plain { "http" } else { "https" };
    let url = format!("{scheme}://{}{REGISTRY_METADATA_PATH}", oci.host);
    let answer = Http::new(&oci.manner)?.send(&Call::get(&url, MAX_METADATA))?;
    match answer.status {
        429 | 500.. => answer.accepted().map(|_| RegistryMetadata::default()),
        200 => Ok(serde_json::from_slice(&answer.body).unwrap_or_default()),
        _ => Ok(RegistryMetadata::default()),
    }
}

fn of_table(
    host: &Host,
    table: &RegistryConfig,
    options: &Options,
) -> std::result::Result<Oci, String> {
    let oci: OciTable = table
        .backend_config(OCI_PROTOCOL)
        // The error may quote a password.
        .map_err(|_| "its table `oci` has a value of the wrong type".to_owned())?
        .unwrap_or_default();
    let plain = match oci.protocol.as_deref() {
        Some("http") => true,
        Some("https") => false,
        None => is_loopback(host),
        Some(other) => return Err(format!("`{other}` is no protocol: `http` or `https`")),
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
            Credentials::of_text(&text, ORIGIN).ok_or("`auth` is not `user:password` in base64")?,
        ),
    };
    let roots = oci.extra_root_certificates.into_iter();
    Ok(Oci {
        host: host.to_string(),
        prefix: String::new(),
        manner: Manner {
            plain,
            roots: roots.map(|root| root.data.into_bytes()).collect(),
            trusts_anybody: oci.accept_invalid_certificates,
            patience: options.timeout.unwrap_or(PATIENCE),
            direct: is_loopback(host),
        },
        credentials,
    })
}

fn is_loopback(host: &Host) -> bool {
    let name = host.host().trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The directory that is the registry where none is configured.
fn default_directory() -> Result<PathBuf> {
    Ok(base()?.data_dir().join("witgen").join("registry"))
}

/// The directory of the cache where none is named.
pub(super) fn default_cache() -> Result<PathBuf> {
    Ok(base()?.cache_dir().join("witgen"))
}

fn base() -> Result<impl BaseStrategy> {
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

/// A path as the configuration or a person wrote it, for messages.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}
