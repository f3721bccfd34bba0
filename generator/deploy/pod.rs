//! What a container that runs `witgen-serve` needs beside its image.

use std::collections::BTreeMap;

use super::chain::{check_served, read_file};
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
const DEFAULT_PORT: u16 = 8080;

/// What a container needs.
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

/// A port of the container.
#[derive(Debug)]
pub(super) struct Port {
    pub name: String,
    /// Where the container listens.
    pub address: String,
    pub port: u16,
    /// The port of the file.
    pub written: u16,
    /// The index of its certificate.
    pub certificate: Option<usize>,
    pub proxy_protocol: bool,
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

/// The certificate of a listener, with the paths in `chain.toml`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    pub certificate: String,
    pub key: String,
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
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if !variable.bytes().all(is_part) || variable.is_empty() {
            problems.unsupported(
                variable,
                &format!("can't have a secret for the variable `{}`", **variable),
                "name the variable with letters, digits, `_`, `.` and `-`",
            );
        }
        self.secrets.push(Secret {
            member: member.to_owned(),
            variable: (**variable).clone(),
            key: format!("{member}.{}", **variable),
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
        let contents = file.contents();
        let mut taken = Vec::new();
        for listener in &contents.listeners {
            let Some((address, written)) = address(&listener.address, problems) else {
                continue;
            };
            let certificate = listener.tls.as_ref().map(|tls| {
                let own = Certificate {
                    certificate: (*tls.certificate).clone(),
                    key: (*tls.key).clone(),
                };
                match self.certificates.iter().position(|other| *other == own) {
                    Some(index) => index,
                    None => {
                        self.certificates.push(own);
                        self.certificates.len() - 1
                    }
                }
            });
            let scheme = if certificate.is_some() {
                "https"
            } else {
                "http"
            };
            let same = self
                .ports
                .iter()
                .filter(|port| port.name.starts_with(&format!("{scheme}-")) || port.name == scheme);
            let name = match same.count() {
                0 => scheme.to_owned(),
                others => format!("{scheme}-{}", others + 1),
            };
            self.ports.push(Port {
                name,
                address,
                port: free_port(written, &mut taken),
                written,
                certificate,
                proxy_protocol: listener.proxy_protocol.as_deref() == Some(&true),
            });
        }
        if contents.listeners.is_empty() {
            self.ports.push(Port {
                name: "http".to_owned(),
                address: "0.0.0.0".to_owned(),
                port: free_port(DEFAULT_PORT, &mut taken),
                written: DEFAULT_PORT,
                certificate: None,
                proxy_protocol: false,
            });
        }
        let admin = contents.admin.as_ref();
        let admin = admin.and_then(|admin| address(&admin.listen, problems));
        let (admin, written) = admin.unwrap_or(("0.0.0.0".to_owned(), ADMIN_PORT));
        self.admin = (admin, free_port(written, &mut taken));
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

/// Returns where a container listens, and the port that is written.
fn address(setting: &Setting<String>, problems: &mut Problems<'_>) -> Option<(String, u16)> {
    let text = setting.as_str();
    let help = "write an address with a port, such as `0.0.0.0:8080`";
    let unsupported = match text.rsplit_once(':') {
        _ if text.is_empty() => "has to know the port, and a variable of it isn't set".to_owned(),
        _ if text.starts_with("unix:") || text.starts_with("systemd") => {
            format!("can't forward requests to `{text}`")
        }
        Some((host, port)) => match port.parse() {
            Ok(0) => "has to know the port, and 0 is any that is free".to_owned(),
            // Loopback addresses are the container's own.
            Ok(port) if host.starts_with('[') => return Some(("[::]".to_owned(), port)),
            Ok(port) => return Some(("0.0.0.0".to_owned(), port)),
            Err(_) => format!("has to know the port of `{text}`"),
        },
        None => format!("has to know the port of `{text}`"),
    };
    problems.unsupported(setting, &unsupported, help);
    None
}

/// Returns the port that a container without privileges listens at.
fn free_port(written: u16, taken: &mut Vec<u16>) -> u16 {
    let first = if written < 1024 {
        8000 + written
    } else {
        written
    };
    let free = (first..=u16::MAX).find(|port| !taken.contains(port)).unwrap_or(first);
    taken.push(free);
    free
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
