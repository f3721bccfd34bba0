//! Hosts that side calls may go to, as `allow` has them.

use std::net::IpAddr;

/// A host that side calls may go to, and the port if only one is allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Allowed {
    pub host: Host,
    pub port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Host {
    Any,
    Name(String),
    /// All names below this one.
    Subdomains(String),
    Address(IpAddr),
}

impl Allowed {
    /// Parses an entry of `allow`; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            // An address may have colons itself.
            _ if text.parse::<IpAddr>().is_ok() => (text, None),
            Some((host, port)) if !text.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (text, None),
        };
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match address.unwrap_or(host).parse() {
            Ok(address) => Host::Address(address),
            Err(_) if host == "*" => Host::Any,
            Err(_) => match host.strip_prefix("*.") {
                Some(parent) => Host::Subdomains(name(parent)?),
                None => Host::Name(name(host)?),
            },
        };
        Some(Allowed { host, port })
    }

    /// Whether this allows all that the other one does.
    pub fn covers(&self, other: &Allowed) -> bool {
        let covers_host = match (&self.host, &other.host) {
            (Host::Any, _) => true,
            (Host::Subdomains(parent), Host::Name(name) | Host::Subdomains(name)) => {
                name.ends_with(&format!(".{parent}")) || self.host == other.host
            }
            (host, other) => host == other,
        };
        covers_host && (self.port.is_none() || self.port == other.port)
    }
}

/// Whether a name stands for the machine itself (RFC 6761, section 6.3).
pub(super) fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Returns a host name in lower case, without a trailing dot.
fn name(text: &str) -> Option<String> {
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let is_label = |label: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !label.is_empty() && label.len() <= 63 && label.bytes().all(is_part)
    };
    (name.len() <= 253 && name.split('.').all(is_label)).then_some(name)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::{Allowed, Host};

    #[test]
    fn entries_are_hosts_with_or_without_a_port() {
        let name = |text: &str| Host::Name(text.to_owned());
        for (text, host, port) in [
            ("Auth.example.", Some(name("auth.example")), None),
            ("auth.example:443", Some(name("auth.example")), Some(443)),
            ("*", Some(Host::Any), None),
            ("*:443", Some(Host::Any), Some(443)),
            (
                "*.example.com",
                Some(Host::Subdomains("example.com".to_owned())),
                None,
            ),
            (
                "10.0.0.1:80",
                Some(Host::Address([10, 0, 0, 1].into())),
                Some(80),
            ),
            ("::1", Some(Host::Address("::1".parse().unwrap())), None),
            (
                "[::1]:80",
                Some(Host::Address("::1".parse().unwrap())),
                Some(80),
            ),
            ("[::1]", Some(Host::Address("::1".parse().unwrap())), None),
            ("a.example:http", None, None),
            ("https://a.example", None, None),
            ("a b", None, None),
            ("", None, None),
        ] {
            let allowed = Allowed::parse(text);
            let expected = host.map(|host| Allowed { host, port });
            assert_eq!(allowed, expected, "{text}");
        }
    }

    #[test]
    fn an_entry_covers_narrower_ones() {
        for (wide, narrow, covers) in [
            ("*", "a.example:443", true),
            ("a.example", "a.example:443", true),
            ("a.example:443", "a.example", false),
            ("*.example", "a.example", true),
            ("*.example", "example", false),
            ("a.example", "b.example", false),
        ] {
            let parse = |text| Allowed::parse(text).unwrap();
            assert_eq!(
                parse(wide).covers(&parse(narrow)),
                covers,
                "{wide} {narrow}"
            );
        }
    }
}
