//! The ports of a container that runs `witgen-serve`, and where an engine publishes them.

use std::net::IpAddr;

use super::Engine;
use super::problems::Problems;
use crate::chain_file::{ChainFile, Listener, Setting};

const DEFAULT_PORT: u16 = 8080;
/// The offset for ports that only privileged processes listen at.
const PRIVILEGED: u16 = 8000;

/// The certificate of a listener, with the paths in `chain.toml`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    pub certificate: String,
    pub key: String,
}

/// A port of the container.
#[derive(Debug)]
pub(super) struct Port {
    pub name: String,
    /// Where the container listens.
    pub address: &'static str,
    pub port: u16,
    /// The port of the file.
    pub written: u16,
    /// The host of the file: an address, if Docker Compose publishes it.
    pub host: String,
    /// The index of its certificate.
    pub certificate: Option<usize>,
    pub proxy_protocol: bool,
}

impl Port {
    /// Returns the ports of the listeners. Those that a client can't tell apart become one.
    pub fn all(
        file: &ChainFile,
        certificates: &mut Vec<Certificate>,
        taken: &mut Vec<u16>,
        problems: &mut Problems<'_>,
    ) -> Vec<Self> {
        let mut ports: Vec<Port> = Vec::new();
        let listeners = &file.contents().listeners;
        for listener in listeners {
            let Some(at) = ListenAt::parse(&listener.address, problems) else {
                continue;
            };
            let certificate = certificate(listener, certificates);
            let proxy_protocol = listener.proxy_protocol.as_deref() == Some(&true);
            let is_same = |port: &&mut Port| is_published_at(port, &at, problems.engine());
            if let Some(port) = ports.iter_mut().find(is_same) {
                if (port.certificate, port.proxy_protocol) == (certificate, proxy_protocol) {
                    // `[::]` accepts IPv4 too.
                    if at.in_container() == IPV6 {
                        port.address = IPV6;
                    }
                } else {
                    problems.unsupported(
                        &listener.address,
                        &format!(
                            "has one port {} for all addresses, and another listener has it with another `tls` or `proxy-protocol`",
                            at.port
                        ),
                        "give one of the listeners another port, or both the same settings",
                    );
                }
                continue;
            }
            if problems.engine() == Engine::Compose && at.host.parse::<IpAddr>().is_err() {
                problems.unsupported(
                    &listener.address,
                    &format!("publishes ports at addresses, and `{}` is a name", at.host),
                    "write an address with a port, such as `127.0.0.1:8080`",
                );
            }
            let scheme = if certificate.is_some() {
                "https"
            } else {
                "http"
            };
            let same =
                ports.iter().filter(|port| port.certificate.is_some() == certificate.is_some());
            let name = match same.count() {
                0 => scheme.to_owned(),
                others => format!("{scheme}-{}", others + 1),
            };
            ports.push(Port {
                name,
                address: at.in_container(),
                port: free_port(at.port, taken),
                written: at.port,
                host: at.host,
                certificate,
                proxy_protocol,
            });
        }
        if listeners.is_empty() {
            ports.push(Port {
                name: "http".to_owned(),
                address: IPV4,
                port: free_port(DEFAULT_PORT, taken),
                written: DEFAULT_PORT,
                host: "127.0.0.1".to_owned(),
                certificate: None,
                proxy_protocol: false,
            });
        }
        ports
    }

    /// Whether clients send plain requests, with nothing before them.
    pub fn is_plain(&self) -> bool {
        self.certificate.is_none() && !self.proxy_protocol
    }
}

const IPV4: &str = "0.0.0.0";
const IPV6: &str = "[::]";

/// An address that a server listens at.
pub(super) struct ListenAt {
    /// An address without brackets, or a name.
    host: String,
    is_ipv6: bool,
    pub port: u16,
}

impl ListenAt {
    /// Parses an address. One that containers can't listen at is a problem.
    pub fn parse(setting: &Setting<String>, problems: &mut Problems<'_>) -> Option<Self> {
        let text = setting.as_str();
        // It was reported before: a variable isn't set.
        if text.is_empty() {
            return None;
        }
        let is_of_systemd = match text.split_once(':') {
            Some((kind, name)) => kind == "systemd" && name.parse::<u16>().is_err(),
            None => text == "systemd",
        };
        let unsupported = match text.rsplit_once(':') {
            _ if is_of_systemd || text.starts_with("unix:") => {
                format!("can't forward requests to `{text}`")
            }
            Some((host, port)) => match port.parse() {
                Ok(0) => "needs a fixed port, and port 0 is any free one".to_owned(),
                Ok(port) => {
                    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
                    return Some(ListenAt {
                        host: address.unwrap_or(host).to_owned(),
                        is_ipv6: address.is_some(),
                        port,
                    });
                }
                Err(_) => format!("needs the port of `{text}`"),
            },
            None => format!("needs the port of `{text}`"),
        };
        let help = "write an address with a port, such as `0.0.0.0:8080`";
        problems.unsupported(setting, &unsupported, help);
        None
    }

    /// Returns the address that the container listens at: loopback addresses would be its own.
    pub fn in_container(&self) -> &'static str {
        if self.is_ipv6 { IPV6 } else { IPV4 }
    }
}

/// Whether an engine publishes a port where another listener is.
fn is_published_at(port: &Port, at: &ListenAt, engine: Engine) -> bool {
    let is_same_host = match (port.host.parse::<IpAddr>(), at.host.parse::<IpAddr>()) {
        (Ok(own), Ok(other)) => own == other,
        _ => port.host == at.host,
    };
    // A Service has no addresses of the file.
    port.written == at.port && (is_same_host || engine == Engine::Kubernetes)
}

/// Returns the index of a listener's certificate, which is added to the others.
fn certificate(listener: &Listener, certificates: &mut Vec<Certificate>) -> Option<usize> {
    let tls = listener.tls.as_ref()?;
    let own = Certificate {
        certificate: (*tls.certificate).clone(),
        key: (*tls.key).clone(),
    };
    let index = certificates.iter().position(|other| *other == own);
    Some(index.unwrap_or_else(|| {
        certificates.push(own);
        certificates.len() - 1
    }))
}

/// Returns the port that a container without privileges listens at.
pub(super) fn free_port(written: u16, taken: &mut Vec<u16>) -> u16 {
    let first = if written < 1024 {
        PRIVILEGED + written
    } else {
        written
    };
    let mut ports = (first..=u16::MAX).chain(1024..first);
    let free = ports.find(|port| !taken.contains(port)).unwrap_or(first);
    taken.push(free);
    free
}
