//! The connections that a container makes, as far as addresses and ports describe them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use url::{Host as UrlHost, Url};

use super::allowed::{Allowed, Host};
use super::pod::Pod;
use super::pod_file::uses_variable;
use super::problems::Problems;
use crate::chain_file::{ChainFile, HopTarget, OriginTarget};

/// Where connections go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Destination {
    /// A network in CIDR's notation.
    Network(String),
    /// The addresses of a name of an origin or a registry.
    Anywhere,
    /// The addresses of a name that side calls may go to: `witgen-serve` refuses those that aren't public.
    Public,
}

/// Ports of a destination; none for all.
pub(super) type Ports = Option<Vec<u16>>;

/// The connections of a container.
#[derive(Debug, Default)]
pub(super) struct Egress(BTreeMap<Destination, Ports>);

impl Egress {
    /// Collects the connections to registries, origins, the collector of traces and the hosts of side calls.
    pub fn of(file: &ChainFile, pod: &Pod, problems: &mut Problems<'_>) -> Self {
        let mut egress = Egress::default();
        for location in pod.packages.values() {
            let scheme = if location.is_http { "http" } else { "https" };
            egress.add_url(&format!("{scheme}://{}", location.host));
        }
        let contents = file.contents();
        for url in servers(file, pod)
            .into_iter()
            .chain(contents.side_calls.routes.values().map(|url| url.0.as_str()))
            .chain(contents.tracing.endpoint.iter().map(|url| url.as_str()))
        {
            egress.add_url(url);
        }
        let mut ports: Vec<Option<u16>> = Vec::new();
        let members = pod
            .members
            .iter()
            .filter_map(|member| contents.members.get(member.name.as_str()));
        let entries = members.flat_map(|member| &member.allow).chain(&contents.side_calls.allow);
        for entry in entries {
            match Allowed::parse(entry) {
                Some(allowed) => {
                    egress.add_allowed(&allowed);
                    ports.push(allowed.port);
                }
                None => problems.unsupported(
                    entry,
                    &format!("can't open the network for `{}`, which is no host", **entry),
                    "write it as `auth.example`, `auth.example:443`, `*.example.com` or `*`",
                ),
            }
        }
        let lists = pod.members.iter().map(|member| vec!["members", member.name.as_str(), "allow"]);
        let lists = lists.chain([
            vec!["side-calls", "allow"],
            vec!["side-calls", "allow-address"],
            vec!["tracing", "endpoint"],
        ]);
        if lists.into_iter().any(|path| uses_variable(file, &path)) {
            // What the variables stand for is only known where the file is read.
            egress.add(Destination::Anywhere, None);
        }
        for setting in &contents.side_calls.allow_address {
            match network_of(setting) {
                Some(network) => {
                    ports
                        .iter()
                        .for_each(|port| egress.add(Destination::Network(network.clone()), *port));
                }
                None => problems.unsupported(
                    setting,
                    &format!("can't open the network `{}`, which is none", **setting),
                    "write it as `10.1.0.0/16` or as an address",
                ),
            }
        }
        egress
    }

    /// Returns destinations with their ports, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&Destination, &Ports)> {
        self.0.iter()
    }

    fn add(&mut self, to: Destination, port: Option<u16>) {
        let ports = self.0.entry(to).or_insert(Some(Vec::new()));
        match (ports.as_mut(), port) {
            (Some(ports), Some(port)) => {
                ports.push(port);
                ports.sort_unstable();
                ports.dedup();
            }
            _ => *ports = None,
        }
    }

    fn add_allowed(&mut self, allowed: &Allowed) {
        let to = match &allowed.host {
            Host::Address(address) => Destination::Network(single(*address)),
            _ => Destination::Public,
        };
        self.add(to, allowed.port);
    }

    fn add_url(&mut self, url: &str) {
        // The schema has checked URLs.
        let Ok(url) = Url::parse(url) else { return };
        let to = match url.host() {
            Some(UrlHost::Ipv4(address)) => Destination::Network(single(address.into())),
            Some(UrlHost::Ipv6(address)) => Destination::Network(single(address.into())),
            _ => Destination::Anywhere,
        };
        self.add(to, url.port_or_known_default());
    }
}

/// Returns the URLs of the servers that next hops lead to.
fn servers<'a>(file: &'a ChainFile, pod: &Pod) -> Vec<&'a str> {
    let contents = file.contents();
    let mut origins: Vec<OriginTarget<'a>> = Vec::new();
    for name in &pod.chains {
        let Some((name, chain)) = contents.chains.get_key_value(name.as_str()) else {
            continue;
        };
        origins.extend(chain.origin.as_ref().and_then(|origin| contents.origin_target(origin)));
        let members = contents.members_of(name).into_iter();
        let hops = members.filter_map(|member| contents.members.get(member));
        let hops = hops.flat_map(|member| member.hops.values());
        origins.extend(
            hops.filter_map(|target| match contents.hop_target(target)? {
                HopTarget::Origin(origin) => Some(origin),
                _ => None,
            }),
        );
    }
    origins.into_iter().flat_map(|origin| contents.servers(origin)).collect()
}

/// Returns the network of one address.
fn single(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("{address}/32"),
        IpAddr::V6(address) => format!("{address}/128"),
    }
}

/// Returns a network in CIDR's notation; `None` if the text is neither a network nor an address.
fn network_of(text: &str) -> Option<String> {
    if let Ok(address) = text.parse() {
        return Some(single(address));
    }
    let (address, length) = text.split_once('/')?;
    let longest = match address.parse().ok()? {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    };
    let length: u8 = length.parse().ok()?;
    (length <= longest).then(|| format!("{address}/{length}"))
}
