//! Whom members may ask on the side, and where on the network that may lead.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use http::Uri;
use ipnet::IpNet;

/// A host that may be asked, by one member or by all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    member: Option<String>,
    host: Pattern,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Any,
    /// In lower case, without the dot at its end.
    Host(String),
    /// All below it: `.example.com`.
    Below(String),
    Address(IpAddr),
}

impl Rule {
    /// The member that it is for, if it is for one.
    pub fn member(&self) -> Option<&str> {
        self.member.as_deref()
    }

    /// Every host, for all.
    pub fn all() -> Self {
        Rule {
            member: None,
            host: Pattern::Any,
            port: None,
        }
    }

    fn allows(&self, member: &str, host: &Host, port: Option<u16>) -> bool {
        let is_of_member = self.member.as_deref().is_none_or(|own| own == member);
        let is_at_port = self.port.is_none() || self.port == port;
        let is_host = match (&self.host, host) {
            (Pattern::Any, _) => true,
            (Pattern::Host(own), Host::Name(name)) => own == name,
            (Pattern::Below(parent), Host::Name(name)) => name.ends_with(parent),
            (Pattern::Address(own), Host::Address(address)) => own == address,
            _ => false,
        };
        is_of_member && is_at_port && is_host
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (member, host) = match text.split_once('=') {
            Some((member, host)) => (Some(member.to_owned()), host),
            None => (None, text),
        };
        let wrong = || Err("write it as HOST, HOST:PORT or MEMBER=HOST".to_owned());
        let (host, port) = match (host.rsplit_once(':'), host.parse::<IpAddr>()) {
            // An address may have colons itself.
            (_, Ok(_)) | (None, _) => (host, None),
            (Some((host, port)), _) if !host.ends_with(':') => match port.parse() {
                Ok(port) => (host, Some(port)),
                Err(_) if host.starts_with('[') && port.ends_with(']') => (text_of(text), None),
                Err(_) => return wrong(),
            },
            _ => return wrong(),
        };
        let pattern = match Host::of(host) {
            _ if host == "*" => Pattern::Any,
            Host::Address(address) => Pattern::Address(address),
            Host::Name(name) => match name.strip_prefix('*') {
                Some(parent) if parent.len() > 1 && parent.starts_with('.') => {
                    Pattern::Below(parent.to_owned())
                }
                None if is_name(&name) => Pattern::Host(name),
                _ => return wrong(),
            },
        };
        let is_named = member.as_deref().is_none_or(|member| !member.is_empty());
        match is_named {
            true => Ok(Rule {
                member,
                host: pattern,
                port,
            }),
            false => wrong(),
        }
    }
}

/// What stands behind the member.
fn text_of(text: &str) -> &str {
    text.split_once('=').map_or(text, |(_, host)| host)
}

fn is_name(name: &str) -> bool {
    let is_label = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.bytes().all(is_label)
}

/// A host as requests name it.
#[derive(Debug, PartialEq, Eq)]
enum Host {
    Name(String),
    Address(IpAddr),
}

impl Host {
    fn of(host: &str) -> Self {
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        match literal.parse::<IpAddr>() {
            Ok(address) => Host::Address(address.to_canonical()),
            Err(_) => Host::Name(host.trim_end_matches('.').to_ascii_lowercase()),
        }
    }
}

/// Whom members may ask on the side.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    rules: Vec<Rule>,
    networks: Vec<IpNet>,
}

impl Policy {
    pub fn new(rules: Vec<Rule>, networks: Vec<IpNet>) -> Self {
        Policy { rules, networks }
    }

    /// Whether a member may ask this server.
    pub fn allows(&self, member: &str, uri: &Uri) -> bool {
        let Some(host) = uri.host() else { return false };
        let default = match uri.scheme_str() {
            Some("https") => 443,
            _ => 80,
        };
        let (host, port) = (Host::of(host), uri.port_u16().unwrap_or(default));
        self.rules
            .iter()
            .any(|rule| rule.allows(member, &host, Some(port)))
    }

    /// Whether a connection may lead to this address. One of this machine, of a private network, or that clouds
    /// answer secrets at, has to be named as such: itself, by its network, or as `localhost`.
    pub fn reaches(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let is_named = self.rules.iter().any(|rule| match &rule.host {
            Pattern::Address(named) => *named == address,
            Pattern::Host(name) => {
                address.is_loopback() && (name == "localhost" || name.ends_with(".localhost"))
            }
            Pattern::Any | Pattern::Below(_) => false,
        });
        is_named
            || is_public(address)
            || self
                .networks
                .iter()
                .any(|network| network.contains(&address))
    }
}

/// Whether an address is one of the public network, and not of IANA's registries of addresses with another purpose
/// (RFC 6890): loopback, private and shared networks, link-local ones with the metadata of clouds, documentation,
/// translation, multicast.
fn is_public(address: IpAddr) -> bool {
    const SPECIAL: [&str; 26] = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "::1/128",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    ];
    // An address of the older kind, in one of the newer: what a translator connects to (RFC 6052, section 2.1).
    if let IpAddr::V6(six) = address
        && let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = six.segments()
    {
        let four = (u32::from(high) << 16) | u32::from(low);
        return is_public(Ipv4Addr::from(four).into());
    }
    let networks = SPECIAL.iter().filter_map(|network| network.parse().ok());
    !networks
        .into_iter()
        .any(|network: IpNet| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rules: &[&str], networks: &[&str]) -> Policy {
        let rules = rules.iter().map(|rule| rule.parse().unwrap());
        let networks = networks.iter().map(|network| network.parse().unwrap());
        Policy::new(rules.collect(), networks.collect())
    }

    #[test]
    fn hosts_are_allowed_as_they_are_named() {
        let policy = policy(
            &[
                "a.example",
                "gate=b.example:8080",
                "*.c.example",
                "192.0.2.7",
                "[2001:db8::1]:81",
                "2001:db8::2",
            ],
            &[],
        );
        for (member, url, is_allowed) in [
            ("any", "http://a.example/", true),
            ("any", "https://A.EXAMPLE.:8443/x", true),
            ("any", "http://b.a.example/", false),
            ("any", "http://aa.example/", false),
            ("gate", "http://b.example:8080/", true),
            ("gate", "http://b.example/", false),
            ("any", "http://b.example:8080/", false),
            ("any", "http://x.y.c.example/", true),
            ("any", "http://c.example/", false),
            ("any", "http://192.0.2.7:99/", true),
            ("any", "http://192.0.2.8/", false),
            ("any", "http://[2001:db8::1]:81/", true),
            ("any", "http://[2001:db8::1]/", false),
            ("any", "http://[2001:db8::2]/", true),
            ("any", "/path", false),
        ] {
            let allowed = policy.allows(member, &url.parse().unwrap());
            assert_eq!(allowed, is_allowed, "{member} {url}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for rule in [
            "",
            "=a",
            "a b",
            "http://a/",
            "a:b",
            "a:99999",
            "*a",
            "*.",
            "a/",
            "gate=",
            "a:1:2:3:x",
        ] {
            assert!(rule.parse::<Rule>().is_err(), "{rule}");
        }
        assert_eq!("*".parse::<Rule>(), Ok(Rule::all()));
    }

    #[test]
    fn addresses_that_are_not_public_have_to_be_named() {
        let nothing = policy(&["*", "internal.example"], &[]);
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "0.0.0.0",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "224.0.0.1",
        ] {
            assert!(!nothing.reaches(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "93.184.215.14",
            "2606:4700::1",
            "64:ff9b::101:101",
        ] {
            assert!(nothing.reaches(address.parse().unwrap()), "{address}");
        }
        let named = policy(&["127.0.0.1:3000", "localhost"], &["10.1.0.0/16"]);
        for (address, is_named) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("10.1.9.9", true),
            ("10.2.0.1", false),
            ("192.168.0.1", false),
        ] {
            assert_eq!(
                named.reaches(address.parse().unwrap()),
                is_named,
                "{address}"
            );
        }
    }
}
