//! The NetworkPolicy of pods that run `witgen-serve`.

use askama::Template;

use super::egress::{Connections, Destination, Egress};
use super::pod::Pod;
use super::port::Port;
use super::yaml::Text;

/// The policy.
#[derive(Template)]
#[template(path = "deploy/kubernetes/network-policy.yaml", escape = "none")]
pub(super) struct NetworkPolicy<'a> {
    name: Text,
    ports: &'a [Port],
    egress: Vec<Rule<'a>>,
    not_public: &'static [&'static str],
    not_public_ipv6: &'static [&'static str],
}

/// Connections that the pods may make.
struct Rule<'a> {
    peers: Peers<'a>,
    /// None for all.
    ports: Vec<u16>,
    reasons: Vec<&'a Text>,
}

enum Peers<'a> {
    Network(&'a str),
    OwnNamespace,
    Namespace(Text),
    AnyPod,
    Anywhere,
    Public,
    Unknown,
}

impl<'a> NetworkPolicy<'a> {
    pub fn of(name: &str, pod: &'a Pod, egress: &'a Egress) -> Self {
        /// Addresses that names of side calls don't lead to: `witgen-serve` refuses them, unless `allow-address` has them.
        const NOT_PUBLIC: [&str; 5] = [
            "10.0.0.0/8",
            "100.64.0.0/10",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
        ];
        const NOT_PUBLIC_IPV6: [&str; 2] = ["fc00::/7", "fe80::/10"];
        NetworkPolicy {
            name: Text::new(name),
            ports: &pod.ports,
            egress: egress.iter().map(|(to, connections)| Rule::of(to, connections)).collect(),
            not_public: &NOT_PUBLIC,
            not_public_ipv6: &NOT_PUBLIC_IPV6,
        }
    }
}

impl<'a> Rule<'a> {
    fn of(to: &'a Destination, connections: &'a Connections) -> Self {
        Rule {
            peers: match to {
                Destination::Network(network) => Peers::Network(network),
                Destination::Namespace(None) => Peers::OwnNamespace,
                Destination::Namespace(Some(name)) => Peers::Namespace(Text::new(name)),
                Destination::AnyPod => Peers::AnyPod,
                Destination::Anywhere => Peers::Anywhere,
                Destination::Public => Peers::Public,
                Destination::Unknown => Peers::Unknown,
            },
            ports: connections.ports.iter().flatten().copied().collect(),
            reasons: connections.reasons.iter().collect(),
        }
    }

    /// Whether the rule names addresses or pods, or only ports.
    fn has_peers(&self) -> bool {
        !matches!(self.peers, Peers::Anywhere)
    }
}
