//! The parts that a container of `witgen-serve` needs in addition to its image.

use std::collections::BTreeMap;

use url::{Host, Url};

use super::Engine;
use super::allowed::is_localhost;
use super::chain::{check_served, read_file};
use super::port::{Certificate, ListenAt, Port, free_port};
use super::problems::Problems;
use crate::chain_file::{ChainFile, Setting, Variable};
use crate::diagnostic::{Diagnostic, Place, codes};
use crate::read::{self, MAX_TEXT_BYTES};
use crate::registry::{Location, Reference, Registries, sha256};

/// Where the container has its configuration.
pub(super) const FOLDER: &str = "/etc/witgen";
/// Where the container has secrets and keys.
pub(super) const SECRETS: &str = "/run/witgen";
/// Where the image has components.
pub(super) const COMPONENTS: &str = "/chain";
/// The user and the group of the image.
pub(super) const USER: u32 = 65532;
/// How long connections are accepted after the signal to stop, unless the file states it.
pub(super) const DRAIN_DELAY: &str = "5s";
const ADMIN_PORT: u16 = 9090;

/// The parts that a container needs.
#[derive(Debug, Default)]
pub(super) struct Pod {
    /// The chains that are served.
    pub chains: Vec<String>,
    pub members: Vec<PodMember>,
    pub ports: Vec<Port>,
    /// The address of the endpoint for operators, and its port.
    pub admin: (String, u16),
    pub secrets: Vec<Secret>,
    pub certificates: Vec<Certificate>,
    /// Root certificates: the names of their files, and their contents.
    pub authorities: Vec<(String, String)>,
    /// The registries of members, by package.
    pub packages: BTreeMap<String, Location>,
    /// How long the container may take to stop.
    pub stop_seconds: u64,
    /// The memory of all instances, in MiB, if the file limits it.
    pub memory_mib: Option<u64>,
}

/// A member as the container has it.
#[derive(Debug)]
pub(super) struct PodMember {
    pub name: String,
    /// A reference, or the path in the image.
    pub component: String,
    pub digest: String,
    /// The file, if the component is none of a registry.
    pub file: Option<String>,
}

/// A file with a value of an environment.
#[derive(Debug)]
pub(super) struct Secret {
    pub member: String,
    pub variable: String,
    /// The name of the file in the container: `gate.TOKEN`.
    pub key: String,
    /// The path in `chain.toml`.
    pub file: String,
}

impl Pod {
    /// Collects what the container needs, and everything that it can't have.
    pub fn of(file: &ChainFile, registries: &Registries, problems: &mut Problems<'_>) -> Self {
        let mut pod = Pod {
            stop_seconds: stop_seconds(file),
            memory_mib: memory_mib(file),
            ..Pod::default()
        };
        let served = problems.take(file.served_chains()).unwrap_or_default();
        for chain in served {
            check_served(chain, file, registries, problems);
            pod.chains.push(chain.to_owned());
        }
        pod.add_members(file, registries, problems);
        pod.add_ports(file, problems);
        pod.add_authorities(file, problems);
        check_tracing(file, problems);
        check_unset(file, problems);
        warn_of_loopback(file, problems);
        pod
    }

    fn add_members(
        &mut self,
        file: &ChainFile,
        registries: &Registries,
        problems: &mut Problems<'_>,
    ) {
        let contents = file.contents();
        let mut names: Vec<&str> =
            self.chains.iter().flat_map(|chain| contents.members_of(chain)).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let Some(entry) = contents.members.get(name) else {
                continue;
            };
            for (key, variable) in &entry.environment {
                if let Variable::File(secret) = &**variable {
                    self.add_secret(name, key, &secret.file, problems);
                }
            }
            // Linking reports components that can't be read.
            let Ok(bytes) = file.read_component(name, registries, &read_file) else {
                continue;
            };
            let path = file.component(&entry.component);
            let written = path.to_string_lossy().into_owned();
            let is_file = path.exists() || !Reference::is_meant(&written);
            if !is_file {
                self.add_package(&entry.component, registries, problems);
            }
            self.members.push(PodMember {
                name: name.to_owned(),
                component: match is_file {
                    true => format!("{COMPONENTS}/{name}.wasm"),
                    false => written.clone(),
                },
                digest: sha256(&bytes),
                file: is_file.then_some(written),
            });
        }
    }

    fn add_secret(
        &mut self,
        member: &str,
        variable: &Setting<String>,
        file: &str,
        problems: &mut Problems<'_>,
    ) {
        let key = format!("{member}.{}", **variable);
        if variable.is_empty() || !is_secret_key(&key) {
            problems.unsupported(
                variable,
                &format!("can't have a secret for the variable `{}`", **variable),
                "name the variable with letters, digits, `_`, `.` and `-`",
            );
        }
        if file.is_empty() {
            problems.unsupported(
                variable,
                "needs the path of the secret, and a variable in it isn't set",
                "set it, or write a default: `${NAME:-default}`",
            );
        }
        self.secrets.push(Secret {
            member: member.to_owned(),
            variable: (**variable).clone(),
            key,
            file: file.to_owned(),
        });
    }

    fn add_package(
        &mut self,
        component: &Setting<String>,
        registries: &Registries,
        problems: &mut Problems<'_>,
    ) {
        let Some(reference) = problems.take(component.parse::<Reference>()) else {
            return;
        };
        if reference.version().is_none() {
            problems.unsupported(
                component,
                &format!("needs the version of `{reference}`: the newest one can change"),
                "write the version, as in `acme:gate@1.0.0`",
            );
        }
        if let Some(location) = problems.take(registries.location(&reference)) {
            self.packages.insert(reference.without_version().to_string(), location);
        }
    }

    fn add_ports(&mut self, file: &ChainFile, problems: &mut Problems<'_>) {
        let mut taken = Vec::new();
        self.ports = Port::all(file, &mut self.certificates, &mut taken, problems);
        let admin = file.contents().admin.as_ref();
        let admin = admin.and_then(|admin| ListenAt::parse(&admin.listen, problems));
        let address = admin.as_ref().map_or("0.0.0.0", ListenAt::in_container);
        let written = admin.as_ref().map_or(ADMIN_PORT, |admin| admin.port);
        self.admin = (address.to_owned(), free_port(written, &mut taken));
    }

    fn add_authorities(&mut self, file: &ChainFile, problems: &mut Problems<'_>) {
        for (at, ca) in file.contents().tls.ca.iter().enumerate() {
            match read::text(&file.resolve(ca), MAX_TEXT_BYTES) {
                Ok(text) => self.authorities.push((format!("ca-{}.pem", at + 1), text)),
                Err(error) => {
                    let message = format!("cannot read `{}`: {error}", **ca);
                    let error = Diagnostic::error(codes::UNREADABLE, message).at(file.place(ca));
                    problems.add(error.help("check the path"));
                }
            }
        }
    }
}

/// Whether a Secret can have a key (Kubernetes, "Secrets").
pub(super) fn is_secret_key(key: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    // `..` begins the names of Kubernetes' own files.
    !key.is_empty()
        && key.len() <= 253
        && key.bytes().all(is_part)
        && key != "."
        && !key.starts_with("..")
}

/// Reports headers for the collector of traces whose values are files, which containers don't have.
fn check_tracing(file: &ChainFile, problems: &mut Problems<'_>) {
    for value in file.contents().tracing.headers.values() {
        if let Variable::File(_) = **value {
            problems.unsupported(
                value,
                "mounts no file for a header of the collector",
                "use a variable such as `${COLLECTOR_TOKEN}`, which the container gets from its environment",
            );
        }
    }
}

/// Reports values that the manifests depend on, and whose variables aren't set.
fn check_unset(file: &ChainFile, problems: &mut Problems<'_>) {
    let has_routes = problems.engine() == Engine::Kubernetes;
    let is_needed = |key: &str| match key.split_once('.') {
        Some(("listeners" | "admin", _)) => true,
        Some(("routes", key)) => has_routes || key == "chain",
        _ => [
            "server.grace",
            "server.drain-delay",
            "tls.ca",
            "limits.max-total-memory",
        ]
        .contains(&key),
    };
    for value in file.unset().iter().filter(|value| is_needed(&value.key)) {
        let what = format!("needs this value, and `{}` isn't set", value.variable);
        let help = format!(
            "set it, or write a default: `${{{}:-default}}`",
            value.variable
        );
        problems.unsupported_at(value.place.clone(), &what, &help);
    }
}

/// Warns of servers on this machine: in a container, their addresses are the container's own.
fn warn_of_loopback(file: &ChainFile, problems: &mut Problems<'_>) {
    let contents = file.contents();
    let servers = contents.origins.values().flat_map(|origin| origin.servers.iter());
    let servers = servers.chain(contents.side_calls.routes.values());
    let servers = servers.map(|server| (server.0.as_str(), file.place(server)));
    let of_chains = contents.chains.values().filter_map(|chain| chain.origin.as_ref());
    let of_members = contents.members.values().flat_map(|member| member.hops.values());
    let targets = of_chains.chain(of_members).chain(&contents.tracing.endpoint);
    let targets = targets.map(|target| (target.as_str(), file.place(target)));
    for (server, place) in servers.chain(targets).filter(|(server, _)| is_loopback(server)) {
        problems.warn(
            place,
            format!("`{server}` is the container itself"),
            "name the server as the container reaches it, unless it runs in the same pod",
        );
    }
}

/// Whether a URL is one of the machine itself.
fn is_loopback(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => is_localhost(name),
        None => false,
    }
}

/// Returns how long the server may take to stop, rounded up, with a reserve.
fn stop_seconds(file: &ChainFile) -> u64 {
    const RESERVE_SECONDS: u64 = 5;
    let server = &file.contents().server;
    let seconds = |setting: Option<&Setting<String>>, default: &str| {
        let text = setting.map_or(default, |setting| setting.as_str());
        // The schema has checked the form.
        let time = humantime::parse_duration(text).unwrap_or_default();
        time.as_millis().div_ceil(1000) as u64
    };
    seconds(server.drain_delay.as_ref(), DRAIN_DELAY)
        + seconds(server.grace.as_ref(), "30s")
        + RESERVE_SECONDS
}

fn memory_mib(file: &ChainFile) -> Option<u64> {
    let size = file.contents().limits.max_total_memory.as_ref()?;
    let bytes = size.parse::<bytesize::ByteSize>().ok()?.as_u64();
    Some(bytes.div_ceil(1 << 20))
}

/// Returns the place of a missing option.
pub(super) fn missing_option(option: &str, message: &str, help: &str) -> Diagnostic {
    Diagnostic::error(codes::MISSING_OPTION, message)
        .at(Place::argument(option))
        .help(help)
}
