//! Addresses to listen on, and proxies to trust, as the command line has them.

use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
    /// Sockets that systemd has opened: those with a name, or those that no other option names.
    Systemd(Option<String>),
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                "" => Err("write it as unix:/run/witgen.sock".to_owned()),
                // Every user of the machine could connect.
                _ if path.starts_with('@') => {
                    Err("abstract sockets have no permissions; name a file".to_owned())
                }
                _ if path.contains('\0') => Err("a path can't contain NUL".to_owned()),
                _ => Ok(ListenAddress::Unix(path.into())),
            };
        }
        match text.split_once(':') {
            None if text == "systemd" => return Ok(ListenAddress::Systemd(None)),
            Some(("systemd", name)) if !name.is_empty() && name.parse::<u16>().is_err() => {
                return Ok(ListenAddress::Systemd(Some(name.to_owned())));
            }
            _ => {}
        }
        text.to_socket_addrs()
            .ok()
            .and_then(|mut addresses| addresses.next())
            .map(ListenAddress::Tcp)
            .ok_or_else(|| {
                "write it as 127.0.0.1:8080, [::1]:8080, unix:/run/witgen.sock or systemd:NAME"
                    .to_owned()
            })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenAddress::Tcp(address) => address.fmt(formatter),
            ListenAddress::Unix(path) => write!(formatter, "unix:{}", path.display()),
            ListenAddress::Systemd(Some(name)) => write!(formatter, "systemd:{name}"),
            ListenAddress::Systemd(None) => formatter.write_str("systemd"),
        }
    }
}

impl ListenAddress {
    /// Returns where clients find the server, by `http` or `https`.
    pub fn url(&self, scheme: &str) -> String {
        url(
            &self.to_string(),
            !matches!(self, ListenAddress::Tcp(_)),
            scheme,
        )
    }
}

/// Returns where clients find the server, by `http` or `https`. There are no URLs of Unix sockets.
pub fn url(address: &str, is_unix: bool, scheme: &str) -> String {
    match (is_unix, scheme) {
        (false, _) => format!("{scheme}://{address}"),
        (true, "https") => format!("{address} with TLS"),
        (true, _) => address.to_owned(),
    }
}

/// Clients that are proxies, which pass on the requests of many clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustedProxy {
    Network(IpNet),
    /// The processes that are connected to Unix sockets.
    Unix,
}

impl TrustedProxy {
    pub fn contains(&self, address: IpAddr) -> bool {
        match self {
            TrustedProxy::Network(network) => network.contains(&address),
            TrustedProxy::Unix => false,
        }
    }
}

impl FromStr for TrustedProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "unix" {
            return Ok(TrustedProxy::Unix);
        }
        let network = text.parse::<IpNet>().ok();
        network
            .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
            .map(TrustedProxy::Network)
            .ok_or_else(|| "write it as 10.0.0.0/8, 10.0.0.1, fd00::/8 or unix".to_owned())
    }
}

/// Parses the mode of a file, in octal digits.
pub fn mode(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 && !text.starts_with('+') => Ok(mode),
        _ => Err("write it as 0660 or 0600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for text in [
            "127.0.0.1:8080",
            "[::1]:8080",
            "unix:/run/witgen.sock",
            "unix:here.sock",
            "systemd",
            "systemd:web",
        ] {
            let address: ListenAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
        for text in ["", "8080", "unix:", "unix:@name", "unix:a\0b", "systemd:"] {
            assert!(text.parse::<ListenAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn proxies_are_networks_addresses_or_unix() {
        let contains = |text: &str, address: &str| {
            let proxy: TrustedProxy = text.parse().unwrap();
            proxy.contains(address.parse().unwrap())
        };
        assert!(contains("10.0.0.0/8", "10.1.2.3"));
        assert!(contains("10.1.2.3", "10.1.2.3"));
        assert!(!contains("10.1.2.3", "10.1.2.4"));
        assert!(!contains("unix", "127.0.0.1"));
        assert!("10.0.0.0/33".parse::<TrustedProxy>().is_err());
    }

    #[test]
    fn modes_are_octal() {
        assert_eq!(mode("0660"), Ok(0o660));
        assert_eq!(mode("600"), Ok(0o600));
        for text in ["", "0o660", "+660", "888", "1777", "rw"] {
            assert!(mode(text).is_err(), "{text}");
        }
    }
}
