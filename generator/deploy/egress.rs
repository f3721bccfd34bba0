//! The connections that a container makes, as far as a NetworkPolicy describes them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host as UrlHost, Url};

use super::allowed::{Allowed, Host, is_localhost};
use super::pod::Pod;
use super::pod_file::uses_variable;
use super::problems::Problems;
use super::yaml::Text;
use crate::chain_file::{ChainFile, HopTarget, OriginTarget, Setting};

/// Where connections go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Destination {
    /// A network in CIDR's notation.
    Network(String),
    /// The pods of a namespace; without a name, of the policy's own. Policies apply to pods: a Service may have other ports.
    Namespace(Option<String>),
    /// The pods of all namespaces.
    AnyPod,
    /// The addresses of a name of an origin or a registry.
    Anywhere,
    /// The addresses of a name that side calls may go to: `witgen-serve` refuses those that aren't public.
    Public,
    /// The values of variables are only known where the file is read.
    Unknown,
}

/// The connections to a destination.
#[derive(Debug)]
pub(super) struct Connections {
    /// Ports; none for all.
    pub ports: Option<BTreeSet<u16>>,
    /// Their reasons, in the words of `chain.toml`.
    pub reasons: BTreeSet<Text>,
}

/// The connections of a container.
#[derive(Debug, Default)]
pub(super) struct Egress(BTreeMap<Destination, Connections>);

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
        let members = pod
            .members
            .iter()
            .filter_map(|member| contents.members.get(member.name.as_str()));
        let entries = members.flat_map(|member| &member.allow).chain(&contents.side_calls.allow);
        let allowed: Vec<Allowed> =
            entries.filter_map(|entry| egress.add_allowed(entry, problems)).collect();
        for setting in &contents.side_calls.allow_address {
            egress.add_network(setting, &allowed, problems);
        }
        for path in with_variables(file, pod) {
            egress.add(Destination::Unknown, None, &path.join("."));
        }
        egress
    }

    /// Returns destinations with their connections, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&Destination, &Connections)> {
        self.0.iter()
    }

    fn add(&mut self, to: Destination, port: Option<u16>, reason: &str) {
        let connections = self.0.entry(to).or_insert_with(|| Connections {
            ports: Some(BTreeSet::new()),
            reasons: BTreeSet::new(),
        });
        match (connections.ports.as_mut(), port) {
            (Some(ports), Some(port)) => {
                ports.insert(port);
            }
            _ => connections.ports = None,
        }
        connections.reasons.insert(Text::new(reason));
    }

    /// Adds the host of an entry of `allow`.
    fn add_allowed(
        &mut self,
        entry: &Setting<String>,
        problems: &mut Problems<'_>,
    ) -> Option<Allowed> {
        let Some(allowed) = Allowed::parse(entry) else {
            problems.unsupported(
                entry,
                &format!(
                    "can't open the network for `{}`, which isn't a host",
                    **entry
                ),
                "write it as `auth.example`, `auth.example:443`, `*.example.com` or `*`",
            );
            return None;
        };
        let to = match &allowed.host {
            Host::Address(address) => network(*address),
            Host::Name(name) => Some(pods_of(name).unwrap_or(Destination::Public)),
            Host::Subdomains(parent) => {
                // A wildcard in front stands for a Service or for a namespace.
                let pods = pods_of(&format!("any.any.{parent}")).map(|_| pods_below(parent));
                Some(pods.unwrap_or(Destination::Public))
            }
            Host::Any => Some(Destination::Public),
        };
        if let Some(to) = to.filter(|_| !is_own(&allowed.host)) {
            let port = allowed.port.filter(|_| !is_pods(&to));
            self.add(to, port, entry);
        }
        Some(allowed)
    }

    /// Adds a network that names in `allow` may lead to, at their ports.
    fn add_network(
        &mut self,
        setting: &Setting<String>,
        allowed: &[Allowed],
        problems: &mut Problems<'_>,
    ) {
        let address = setting.parse::<IpAddr>().map(IpNet::from);
        let Ok(network) = setting.parse::<IpNet>().or(address) else {
            problems.unsupported(
                setting,
                &format!("can't allow `{}`, which isn't a network", **setting),
                "write it as `10.1.0.0/16` or as an address",
            );
            return;
        };
        for entry in allowed {
            let to = Destination::Network(network.trunc().to_string());
            self.add(to, entry.port, setting);
        }
    }

    fn add_url(&mut self, url: &str) {
        // The schema has checked URLs.
        let Ok(url) = Url::parse(url) else { return };
        let to = match url.host() {
            Some(UrlHost::Ipv4(address)) => network(address.into()),
            Some(UrlHost::Ipv6(address)) => network(address.into()),
            Some(UrlHost::Domain(name)) if is_localhost(name) => None,
            Some(UrlHost::Domain(name)) => Some(pods_of(name).unwrap_or(Destination::Anywhere)),
            None => None,
        };
        let Some(to) = to else { return };
        let port = url.port_or_known_default();
        let shown = match (url.host_str(), port) {
            (Some(host), Some(port)) => format!("{}://{host}:{port}", url.scheme()),
            _ => return,
        };
        self.add(to.clone(), port.filter(|_| !is_pods(&to)), &shown);
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

/// Returns the keys of hosts and networks that use variables of the environment.
fn with_variables<'a>(file: &'a ChainFile, pod: &'a Pod) -> Vec<Vec<&'a str>> {
    let members = pod.members.iter().map(|member| member.name.as_str());
    let of_members =
        members.flat_map(|name| ["allow", "hops"].map(|key| vec!["members", name, key]));
    let of_chains = pod.chains.iter().map(|name| vec!["chains", name.as_str(), "origin"]);
    let origins = file.contents().origins.keys();
    let of_origins = origins.map(|name| vec!["origins", name.as_str(), "servers"]);
    let others = [
        vec!["side-calls", "allow"],
        vec!["side-calls", "allow-address"],
        vec!["side-calls", "routes"],
        vec!["tracing", "endpoint"],
    ];
    of_members
        .chain(of_chains)
        .chain(of_origins)
        .chain(others)
        .filter(|path| uses_variable(file, path))
        .collect()
}

/// Returns the pods behind the name of a Service in the cluster; `None` for other names.
fn pods_of(name: &str) -> Option<Destination> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    // Kubernetes, "DNS for Services and Pods".
    let service = name.strip_suffix(".cluster.local").filter(|name| name.ends_with(".svc"));
    let name = service.unwrap_or(&name);
    match name.strip_suffix(".svc").map(|name| name.rsplit_once('.')) {
        Some(Some((_, namespace))) => Some(Destination::Namespace(Some(namespace.to_owned()))),
        Some(None) => None,
        None => (!name.contains('.')).then_some(Destination::Namespace(None)),
    }
}

/// Returns the pods behind all names below one that ends in `svc`.
fn pods_below(parent: &str) -> Destination {
    match pods_of(&format!("any.{parent}")) {
        Some(pods) => pods,
        None => Destination::AnyPod,
    }
}

fn is_pods(to: &Destination) -> bool {
    matches!(to, Destination::Namespace(_) | Destination::AnyPod)
}

/// Returns the network of one address; `None` for addresses of the container itself, which no policy applies to.
fn network(address: IpAddr) -> Option<Destination> {
    let network = IpNet::from(address).to_string();
    (!address.is_loopback()).then_some(Destination::Network(network))
}

fn is_own(host: &Host) -> bool {
    matches!(host, Host::Name(name) if is_localhost(name))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::{Destination, pods_below, pods_of};

    #[test]
    fn names_of_services_lead_to_pods_of_their_namespace() {
        let namespace = |name: &str| Some(Destination::Namespace(Some(name.to_owned())));
        for (name, pods) in [
            ("app", Some(Destination::Namespace(None))),
            ("app.shop.svc", namespace("shop")),
            ("App.Shop.svc.cluster.local.", namespace("shop")),
            ("app-0.app.shop.svc.cluster.local", namespace("shop")),
            ("app.shop", None),
            ("app.svc", None),
            ("app.shop.svc.example.com", None),
            ("app.cluster.local", None),
            ("app.example", None),
        ] {
            assert_eq!(pods_of(name), pods, "{name}");
        }
    }

    #[test]
    fn wildcards_of_services_lead_to_pods_of_one_namespace_or_of_all() {
        let shop = Destination::Namespace(Some("shop".to_owned()));
        assert_eq!(pods_below("shop.svc"), shop);
        assert_eq!(pods_below("app.shop.svc.cluster.local"), shop);
        assert_eq!(pods_below("svc"), Destination::AnyPod);
        assert_eq!(pods_below("svc.cluster.local"), Destination::AnyPod);
    }
}
