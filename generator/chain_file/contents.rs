//! The shape of `chain.toml`: members, chains and routes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::options::{Limits, Log, Server};
use super::origin::Origin;
use super::setting::Setting;
use super::tracing::Tracing;
use super::variable::Variable;

/// The configuration of one `witgen-serve` process. Paths start from this file's folder. In strings, `${NAME}` stands for a variable of
/// the environment, `${NAME:-default}` for one that may be unset or empty, and `$$` for a dollar sign.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "chain.toml")]
#[non_exhaustive]
pub struct Contents {
    /// Where the server listens: at `127.0.0.1:8080`, if there are none.
    #[serde(default)]
    pub listeners: Vec<Setting<Listener>>,
    /// The endpoint for operators.
    pub admin: Option<Admin>,
    /// Settings of the whole server.
    #[serde(default)]
    pub server: Server,
    /// Components, by the names that chains, hops, the log and metrics call them by.
    #[serde(default)]
    pub members: BTreeMap<Setting<String>, Member>,
    /// Lines of members, by name.
    #[serde(default)]
    pub chains: BTreeMap<Setting<String>, Chain>,
    /// Which requests go to which chain. Without any, the only chain serves all requests.
    #[serde(default)]
    pub routes: Vec<Setting<Route>>,
    /// Servers that next hops lead to, by name.
    #[serde(default)]
    pub origins: BTreeMap<Setting<String>, Origin>,
    /// The policy of side calls over the network.
    #[serde(default)]
    pub side_calls: SideCalls,
    /// TLS towards servers.
    #[serde(default)]
    pub tls: ClientTls,
    /// Limits, by the names of the options of `witgen serve`.
    #[serde(default)]
    pub limits: Limits,
    /// The log.
    #[serde(default)]
    pub log: Log,
    /// Traces.
    #[serde(default)]
    pub tracing: Tracing,
}

/// An address that the server listens at.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Listener {
    /// The address: `127.0.0.1:8080` or `[::]:8080`, where port 0 is any that is free; `unix:PATH` for a Unix socket; `systemd` or
    /// `systemd:NAME` for sockets that systemd has opened.
    pub address: Setting<String>,
    /// The certificate, if the listener uses TLS.
    pub tls: Option<Setting<Certificate>>,
    /// Whether trusted proxies state the client's address by the PROXY protocol.
    pub proxy_protocol: Option<Setting<bool>>,
}

/// A certificate of the server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Certificate {
    /// The file of the certificates, in PEM, the server's own first.
    pub certificate: Setting<String>,
    /// The file of the key, in PEM.
    pub key: Setting<String>,
}

/// The endpoint for operators.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Admin {
    /// Where a page for operators, `/healthz`, `/readyz` and `/metrics` are served.
    pub listen: Setting<String>,
}

/// A component, and what the host gives it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Member {
    /// The component: a file, or a reference to a registry, as in `acme:gate@1.2.0`.
    pub component: Setting<String>,
    /// The digest of the component's bytes: `sha256:` and 64 hexadecimal digits.
    #[schemars(extend("format" = "witgen-digest"))]
    pub digest: Option<Setting<String>>,
    /// The environment, if the component imports `wasi:cli/environment`.
    #[serde(default)]
    pub environment: BTreeMap<Setting<String>, Setting<Variable>>,
    /// Where next hops lead, by the names that the component gives them: to a member, to an origin by its name or URL, or
    /// nowhere with `"deny"`.
    #[serde(default)]
    pub hops: BTreeMap<Setting<String>, Setting<String>>,
    /// Where side calls go: to a member, or nowhere with `"deny"`; for all of them, or by the names that the component gives
    /// them. Others go to the network, as far as `allow` permits.
    pub clients: Option<Setting<Clients>>,
    /// Hosts that the member may send side calls to: `"auth.example"`, `"auth.example:443"`, `"*.example.com"`, `"*"`.
    #[serde(default)]
    pub allow: Vec<Setting<String>>,
    /// The rate of the member's side calls: `"100/s"`.
    pub rate_limit: Option<Setting<String>>,
}

/// Where side calls of a member go.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Clients {
    /// All of them: to a member, or `"deny"`.
    All(String),
    /// By the component's names for them.
    Named(BTreeMap<String, String>),
}

impl Clients {
    /// Returns the targets with the names of the side calls, if they have one.
    pub fn targets(&self) -> Vec<(Option<&str>, &str)> {
        match self {
            Clients::All(target) => vec![(None, target)],
            Clients::Named(targets) => {
                let targets = targets.iter();
                targets.map(|(name, target)| (Some(name.as_str()), target.as_str())).collect()
            }
        }
    }
}

/// A line of members: the next hop of each is the handler of the member after it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Chain {
    /// The names of the members, the outermost first.
    pub members: Setting<Vec<Setting<String>>>,
    /// Where open next hops lead: an origin by its name, or a URL.
    pub origin: Option<Setting<String>>,
    /// Whether origins receive their own name in `Host`, not the one that the client sent.
    pub origin_host: Option<Setting<bool>>,
    /// The rate of the chain's requests, of all clients together: `"100/s"`.
    pub rate_limit: Option<Setting<String>>,
}

/// Requests that go to a chain. An exact host precedes a wildcard, a longer host a shorter one, and then a longer path a
/// shorter one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Route {
    /// The host: `"example.com"`, or `"*.example.com"` for all of its subdomains. Without it, any host.
    #[schemars(extend("format" = "witgen-host"))]
    pub host: Option<Setting<String>>,
    /// The beginning of the path, up to the end of a segment: `"/api"` is also the beginning of `/api/items`, and not of
    /// `/apis`. Without it, any path.
    #[schemars(extend("format" = "witgen-path"))]
    pub path: Option<Setting<String>>,
    /// The name of the chain.
    pub chain: Setting<String>,
    /// The rate of the route's requests, of all clients together: `"100/s"`.
    pub rate_limit: Option<Setting<String>>,
}

/// The policy of side calls over the network.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct SideCalls {
    /// Hosts that all members may send side calls to, as in a member's `allow`.
    #[serde(default)]
    pub allow: Vec<Setting<String>>,
    /// Networks that allowed names may lead to, though they aren't public: `"10.1.0.0/16"`.
    #[serde(default)]
    pub allow_address: Vec<Setting<String>>,
    /// Servers that requests to a host go to instead: `"auth.example" = "http://127.0.0.1:3001"`.
    #[serde(default)]
    pub routes: BTreeMap<Setting<String>, Setting<super::origin::ServerUrl>>,
}

/// TLS towards servers.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ClientTls {
    /// Files of root certificates in PEM, trusted in addition to Mozilla's list.
    #[serde(default)]
    pub ca: Vec<Setting<String>>,
}
