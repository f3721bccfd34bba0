//! The side calls that members may make, and the addresses that these may connect to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::sync::LazyLock;

use http::Uri;
use ipnet::IpNet;

/// Allows side calls to a host, by one member or by all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    member: Option<String>,
    host: Pattern,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Any,
    /// In lower case, without a trailing dot.
    Host(String),
    /// All subdomains of a host: `.example.com`.
    Subdomains(String),
    Address(IpAddr),
}

impl Rule {
    /// Returns the member that the rule is for, if it is for one.
    pub fn member(&self) -> Option<&str> {
        self.member.as_deref()
    }

    /// Returns the rule for all members.
    #[must_use]
    pub fn for_all(&self) -> Self {
        Rule {
            member: None,
            ..self.clone()
        }
    }

    /// Allows every host to all members.
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
        is_of_member && is_at_port && (self.host == Pattern::Any || self.matches(host))
    }

    /// Whether the rule names the host or one of its parent domains.
    fn matches(&self, host: &Host) -> bool {
        match (&self.host, host) {
            (Pattern::Host(own), Host::Name(name)) => own == name,
            (Pattern::Subdomains(parent), Host::Name(name)) => name.ends_with(parent),
            (Pattern::Address(own), Host::Address(address)) => own == address,
            _ => false,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(member) = &self.member {
            write!(formatter, "{member}=")?;
        }
        match &self.host {
            Pattern::Any => write!(formatter, "*")?,
            Pattern::Host(host) => write!(formatter, "{host}")?,
            Pattern::Subdomains(parent) => write!(formatter, "*{parent}")?,
            Pattern::Address(IpAddr::V6(address)) if self.port.is_some() => {
                write!(formatter, "[{address}]")?;
            }
            Pattern::Address(address) => write!(formatter, "{address}")?,
        }
        self.port.map_or(Ok(()), |port| write!(formatter, ":{port}"))
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (member, host) = match text.split_once('=') {
            Some((member, host)) => (Some(member.to_owned()), host),
            None => (None, text),
        };
        let invalid = || {
            Err("write it as HOST, *.HOST, HOST:PORT or MEMBER=HOST:PORT; --allow-address allows networks".to_owned())
        };
        let (host, port) = match (host.rsplit_once(':'), host.parse::<IpAddr>()) {
            // An address may have colons itself.
            (_, Ok(_)) | (None, _) => (host, None),
            _ if host.starts_with('[') && host.ends_with(']') => (host, None),
            (Some((host, port)), _) if !host.ends_with(':') => match port.parse() {
                Ok(port) => (host, Some(port)),
                Err(_) => return invalid(),
            },
            _ => return invalid(),
        };
        let pattern = match Host::parse(host) {
            _ if host == "*" => Pattern::Any,
            Host::Address(address) => Pattern::Address(address),
            Host::Name(name) => match name.strip_prefix('*') {
                Some(parent) if parent.len() > 1 && parent.starts_with('.') => {
                    Pattern::Subdomains(parent.to_owned())
                }
                None if is_name(&name) => Pattern::Host(name),
                _ => return invalid(),
            },
        };
        let is_named = member.as_deref().is_none_or(|member| !member.is_empty());
        if is_named {
            Ok(Rule {
                member,
                host: pattern,
                port,
            })
        } else {
            invalid()
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_label = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.bytes().all(is_label)
}

/// The host of a request.
#[derive(Debug, PartialEq, Eq)]
enum Host {
    Name(String),
    Address(IpAddr),
}

impl Host {
    fn parse(host: &str) -> Self {
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        match literal.parse::<IpAddr>() {
            Ok(address) => Host::Address(address.to_canonical()),
            Err(_) => Host::Name(host.trim_end_matches('.').to_ascii_lowercase()),
        }
    }
}

/// The side calls that members may make.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    rules: Vec<Rule>,
    networks: Vec<IpNet>,
}

impl Policy {
    pub fn new(rules: Vec<Rule>, networks: Vec<IpNet>) -> Self {
        Policy { rules, networks }
    }

    /// Returns where a member's request to this server may connect to; `None` if the member may not send it.
    pub fn reach(&self, member: &str, uri: &Uri) -> Option<Reach> {
        let default_port = match uri.scheme_str() {
            Some("https") => 443,
            _ => 80,
        };
        let (host, port) = (
            Host::parse(uri.host()?),
            uri.port_u16().unwrap_or(default_port),
        );
        let mut rules = self
            .rules
            .iter()
            .filter(|rule| rule.allows(member, &host, Some(port)))
            .peekable();
        rules.peek()?;
        // A rule that names a host or an address allows it even if it isn't public.
        let is_named =
            rules.any(|rule| !matches!(rule.host, Pattern::Any | Pattern::Subdomains(_)));
        Some(match host {
            Host::Address(_) if is_named => Reach::Anywhere,
            Host::Name(name) if is_named && is_localhost(&name) => Reach::ThisMachine,
            _ => Reach::Public,
        })
    }

    /// Whether a rule names this host, so that the rules decide which members may send requests to it.
    pub fn names(&self, host: &str) -> bool {
        let host = Host::parse(host);
        self.rules.iter().any(|rule| rule.matches(&host))
    }

    /// Whether connections to this address are allowed: it is public, or in a network that is allowed.
    pub fn allows_address(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        let is_allowed = self.networks.iter().any(|network| network.contains(&canonical));
        is_allowed || is_public(canonical)
    }
}

/// The addresses that a request may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses, and networks that are allowed.
    Public,
    /// Also those of this machine.
    ThisMachine,
    /// Any address: the URL names it, and so does a rule.
    Anywhere,
}

/// RFC 6761, section 6.3.
fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Normalizes a host, so that routes can be looked up by it.
pub fn normalize_host(host: &str) -> String {
    match Host::parse(host) {
        Host::Name(name) => name,
        Host::Address(address) => address.to_string(),
    }
}

/// Whether an address belongs to the public network. IANA's registries list the addresses with another purpose (RFC 6890):
/// loopback, private and shared networks, link-local ones with the metadata of clouds, documentation, translation, multicast.
fn is_public(address: IpAddr) -> bool {
    const SPECIAL_NETWORKS: [&str; 19] = [
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
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    ];
    // An IPv4 address embedded in an IPv6 address, which a translator connects to (RFC 6052, section 2.1).
    if let IpAddr::V6(ipv6) = address
        && let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = ipv6.segments()
    {
        let ipv4 = (u32::from(high) << 16) | u32::from(low);
        return is_public(Ipv4Addr::from(ipv4).into());
    }
    // All IPv6 addresses assigned so far are in 2000::/3 (RFC 4291, section 2.4).
    if matches!(address, IpAddr::V6(ipv6) if ipv6.segments()[0] >> 13 != 1) {
        return false;
    }
    static PARSED: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
        let parsed = SPECIAL_NETWORKS.iter().map(|network| network.parse());
        parsed.collect::<Result<_, _>>().expect("the networks are valid")
    });
    !PARSED.iter().any(|network| network.contains(&address))
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
    fn rules_allow_the_hosts_that_they_name() {
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
            let reach = policy.reach(member, &url.parse().unwrap());
            assert_eq!(reach.is_some(), is_allowed, "{member} {url}");
        }
    }

    #[test]
    fn rules_are_shown_as_they_are_written() {
        for rule in [
            "*",
            "gate=a.example",
            "*.a.example:80",
            "gate=192.0.2.7:99",
            "[2001:db8::1]:81",
            "2001:db8::2",
        ] {
            assert_eq!(rule.parse::<Rule>().unwrap().to_string(), rule);
        }
    }

    #[test]
    fn malformed_rules_are_rejected() {
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
    fn only_public_addresses_are_allowed_by_default() {
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
            "::7f00:1",
            "fec0::1",
            "::ffff:0:7f00:1",
            "5f00::1",
        ] {
            assert!(
                !nothing.allows_address(address.parse().unwrap()),
                "{address}"
            );
        }
        for address in [
            "1.1.1.1",
            "93.184.215.14",
            "2606:4700::1",
            "64:ff9b::101:101",
        ] {
            assert!(
                nothing.allows_address(address.parse().unwrap()),
                "{address}"
            );
        }
        let named = policy(&[], &["10.1.0.0/16"]);
        assert!(named.allows_address("10.1.9.9".parse().unwrap()));
        assert!(!named.allows_address("10.2.0.1".parse().unwrap()));
    }

    #[test]
    fn rules_for_addresses_apply_to_their_member_and_port() {
        let policy = policy(
            &[
                "gate=127.0.0.1:3000",
                "gate=localhost:3001",
                "any=*",
                "gate=*",
            ],
            &[],
        );
        for (member, url, reach) in [
            ("gate", "http://127.0.0.1:3000/", Reach::Anywhere),
            ("gate", "http://127.0.0.1:3001/", Reach::Public),
            ("gate", "http://localhost:3001/", Reach::ThisMachine),
            ("gate", "http://localhost:3000/", Reach::Public),
            ("any", "http://127.0.0.1:3000/", Reach::Public),
            ("any", "http://localhost:3001/", Reach::Public),
        ] {
            assert_eq!(
                policy.reach(member, &url.parse().unwrap()),
                Some(reach),
                "{member} {url}"
            );
        }
    }
}
