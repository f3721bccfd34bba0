//! The shape of `chain.toml`: members, chains and routes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::options::{Limits, Log, Server};
use super::origin::Origin;
use super::setting::Setting;
use super::tracing::Tracing;
use super::variable::Variable;

/// The configuration of one `witgen-serve` process. Paths are relative to this file's directory. In strings, `${NAME}` is the value
/// of an environment variable, `${NAME:-default}` has a default for an unset or empty variable, and `$$` is a dollar sign.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "chain.toml")]
#[non_exhaustive]
pub struct Contents {
    /// The addresses of the server (default: `127.0.0.1:8080`).
    #[serde(default)]
    pub listeners: Vec<Setting<Listener>>,
    /// The address for operators.
    pub admin: Option<Admin>,
    /// Settings of the whole server.
    #[serde(default)]
    pub server: Server,
    /// Components, by the names that chains, hops, the log and metrics use.
    #[serde(default)]
    pub members: BTreeMap<Setting<String>, Member>,
    /// Chains of members, by name.
    #[serde(default)]
    pub chains: BTreeMap<Setting<String>, Chain>,
    /// Routes of requests to chains. Without routes, the only chain serves all requests.
    #[serde(default)]
    pub routes: Vec<Setting<Route>>,
    /// Servers for next hops, by name.
    #[serde(default)]
    pub origins: BTreeMap<Setting<String>, Origin>,
    /// Settings of side calls over the network.
    #[serde(default)]
    pub side_calls: SideCalls,
    /// TLS for connections to servers.
    #[serde(default)]
    pub tls: ClientTls,
    /// Limits, with the names of the options of `witgen serve`.
    #[serde(default)]
    pub limits: Limits,
    /// The log.
    #[serde(default)]
    pub log: Log,
    /// Traces.
    #[serde(default)]
    pub tracing: Tracing,
}

/// An address of the server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Listener {
    /// The address: `127.0.0.1:8080` or `[::]:8080`, with port 0 for a free port; `unix:PATH` for a Unix socket; `systemd` or
    /// `systemd:NAME` for sockets that systemd has opened.
    pub address: Setting<String>,
    /// The certificate, if the listener uses TLS.
    pub tls: Option<Setting<Certificate>>,
    /// Whether trusted proxies send the client's address by the PROXY protocol.
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

/// The address for operators.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Admin {
    /// The address of a page for operators, `/healthz`, `/readyz` and `/metrics`.
    pub listen: Setting<String>,
}

/// A component with its settings.
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
    /// The targets of next hops, by the component's names for them: a member, an origin by its name or URL, or `"deny"` to
    /// reject requests.
    #[serde(default)]
    pub hops: BTreeMap<Setting<String>, Setting<String>>,
    /// The target of side calls: a member, or `"deny"` to reject them. A table sets the targets of single imports by name. Other
    /// side calls go to the network, if `allow` permits the host.
    pub clients: Option<Setting<Clients>>,
    /// Hosts that the member may send side calls to: `"auth.example"`, `"auth.example:443"`, `"*.example.com"`, `"*"`.
    #[serde(default)]
    pub allow: Vec<Setting<String>>,
    /// The rate of the member's side calls: `"100/s"`.
    pub rate_limit: Option<Setting<String>>,
}

/// The target of a member's side calls.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Clients {
    /// A target for all of them: a member, or `"deny"`.
    All(String),
    /// A target per import, by its name.
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

/// A chain of members: the next hop of each is the handler of the member after it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Chain {
    /// The names of the members, the outermost first.
    pub members: Setting<Vec<Setting<String>>>,
    /// The target of open next hops: an origin by its name, or a URL.
    pub origin: Option<Setting<String>>,
    /// Whether origins receive their own name in `Host`, instead of the client's.
    pub origin_host: Option<Setting<bool>>,
    /// The rate of the chain's requests, of all clients together: `"100/s"`.
    pub rate_limit: Option<Setting<String>>,
}

/// A route of requests to a chain. An exact host precedes a wildcard, a longer host a shorter one, and then a longer path a
/// shorter one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Route {
    /// The host: `"example.com"`, or `"*.example.com"` for all of its subdomains (default: any host).
    #[schemars(extend("format" = "witgen-host"))]
    pub host: Option<Setting<String>>,
    /// A prefix of the path that consists of whole segments: `"/api"` matches `/api/items`, but not `/apis` (default: any
    /// path).
    #[schemars(extend("format" = "witgen-path"))]
    pub path: Option<Setting<String>>,
    /// The name of the chain.
    pub chain: Setting<String>,
    /// The rate of the route's requests, of all clients together: `"100/s"`.
    pub rate_limit: Option<Setting<String>>,
}

/// Settings of side calls over the network.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct SideCalls {
    /// Hosts that all members may send side calls to, as in a member's `allow`.
    #[serde(default)]
    pub allow: Vec<Setting<String>>,
    /// Private networks that allowed names may resolve to: `"10.1.0.0/16"`.
    #[serde(default)]
    pub allow_address: Vec<Setting<String>>,
    /// Servers that receive the requests to a host instead: `"auth.example" = "http://127.0.0.1:3001"`.
    #[serde(default)]
    pub routes: BTreeMap<Setting<String>, Setting<super::origin::ServerUrl>>,
}

/// TLS for connections to servers.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ClientTls {
    /// Files of root certificates in PEM, trusted in addition to Mozilla's list.
    #[serde(default)]
    pub ca: Vec<Setting<String>>,
}
