//! The shape of `case.toml`.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::message::{Reply, Request, RequestExpectation, ResponseExpectation};
use super::mutant::MutantEntry;
use super::step::StepEntry;

/// A conformance case: an exchange of messages, and its required result.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "case.toml")]
pub(super) struct Contents {
    /// The requirement, as a sentence without a full stop.
    pub summary: String,
    /// How binding it is.
    pub level: Level,
    /// The sentence of `wit/*.wit` that the case tests, in its exact words; line breaks don't count.
    #[schemars(with = "String")]
    pub quote: Spanned<String>,
    /// The item that this sentence documents: `types.fields.append`, `origin`, `worlds.proxy`.
    #[schemars(with = "String")]
    pub item: Spanned<String>,
    /// Sections that it rests on: `RFC 9110, 7.6.1`.
    #[serde(default)]
    pub rfc: Vec<String>,
    /// The components that it runs on. Cases of components: the worlds.
    #[serde(default = "only_service")]
    pub components: Vec<Kind>,
    /// The versions in which these are presented.
    #[serde(default = "both_versions")]
    pub versions: Vec<Version>,
    /// The protocols between client and host.
    #[serde(default = "both_protocols")]
    pub protocols: Vec<Protocol>,
    /// The features that the host needs.
    #[serde(default)]
    pub needs: Vec<Capability>,
    /// Whether all exchanges begin at once. Otherwise, each one begins when the one before it has ended.
    #[serde(default)]
    pub at_once: bool,
    /// How many mebibytes the host's memory may grow meanwhile.
    pub memory_growth: Option<u64>,
    /// Whether the case also applies if a proxy responds by itself.
    #[serde(default)]
    pub without_origin: bool,
    /// Hosts that are known to fail, and why.
    #[serde(default)]
    pub known: Vec<Known>,
    /// The messages that the client sends and receives.
    #[schemars(with = "Vec<Exchange>")]
    pub exchange: Vec<Spanned<Exchange>>,
    /// The requests that reach the next hop, in this order, and the replies.
    #[serde(default)]
    pub origin: Vec<Call>,
    /// The requests that reach the server of side calls, in this order, and the replies.
    #[serde(default)]
    pub side: Vec<Call>,
    /// Faults that the case finds.
    #[serde(default)]
    #[schemars(with = "Vec<MutantEntry>")]
    pub mutant: Vec<Spanned<MutantEntry>>,
}

fn only_service() -> Vec<Kind> {
    vec![Kind::Service]
}

fn both_versions() -> Vec<Version> {
    vec![Version::Released, Version::Here]
}

fn both_protocols() -> Vec<Protocol> {
    vec![Protocol::Http1, Protocol::Http2]
}

/// How binding a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Level {
    /// Everything else is wrong.
    Must,
    /// There may be reasons for something else.
    Should,
    /// It is good to have.
    May,
}

impl Level {
    /// Returns the word.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Must => "must",
            Level::Should => "should",
            Level::May => "may",
        }
    }
}

/// A component of the suite. In cases of components, only the two worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// The scripted guest as a service.
    Service,
    /// The scripted guest as a proxy, whose next hop is the suite's origin.
    Proxy,
    /// A proxy linked to a service.
    Chain,
    /// Seven proxies linked to a service.
    ChainOfEight,
    /// The scripted guest with two next hops under labels: `primary` is linked to a service, and `fallback` to a proxy that is
    /// linked to another service.
    ChainWithLabels,
    /// A small service of WASI 0.2.
    #[serde(rename = "wasi-0.2")]
    Wasi02,
}

impl Kind {
    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Service => "service",
            Kind::Proxy => "proxy",
            Kind::Chain => "chain",
            Kind::ChainOfEight => "chain-of-eight",
            Kind::ChainWithLabels => "chain-with-labels",
            Kind::Wasi02 => "wasi-0.2",
        }
    }
}

/// A version of `wasi:http` in which a component is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[non_exhaustive]
pub enum Version {
    /// The first of the line, which hosts look up by its exact name.
    #[serde(rename = "0.3.0")]
    Released,
    /// That of this package.
    #[serde(rename = "0.3.1002")]
    Here,
}

impl Version {
    /// Returns the text.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::Released => "0.3.0",
            Version::Here => "0.3.1002",
        }
    }
}

/// A protocol between client and host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[non_exhaustive]
pub enum Protocol {
    /// RFC 9112.
    #[serde(rename = "HTTP/1.1")]
    Http1,
    /// RFC 9113, without TLS, with prior knowledge.
    #[serde(rename = "HTTP/2")]
    Http2,
}

impl Protocol {
    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Http1 => "HTTP/1.1",
            Protocol::Http2 => "HTTP/2",
        }
    }
}

/// A feature that a host may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Capability {
    /// It accepts HTTP/2 without TLS.
    #[serde(rename = "HTTP/2")]
    Http2,
    /// It provides a next hop.
    Origin,
    /// It lets components make side calls to loopback addresses.
    Client,
    /// Lines that a component writes to stderr are in the host's output.
    Stderr,
    /// It runs services of WASI 0.2.
    #[serde(rename = "wasi-0.2")]
    Wasi02,
    /// It runs services of WASI 0.3.
    #[serde(rename = "wasi-0.3")]
    Wasi03,
}

impl Capability {
    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Capability::Http2 => "HTTP/2",
            Capability::Origin => "origin",
            Capability::Client => "client",
            Capability::Stderr => "stderr",
            Capability::Wasi02 => "wasi-0.2",
            Capability::Wasi03 => "wasi-0.3",
        }
    }
}

/// A host that is known to fail a case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Known {
    /// The name of the host's profile.
    pub host: String,
    /// Why it fails.
    pub because: String,
    /// The cause, if it is in another project: an issue, or a file and a function.
    pub upstream: String,
}

/// A request of the client's, and what comes back.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exchange {
    /// The request of the client (default: `GET /`).
    #[serde(default)]
    pub request: Request,
    /// The steps of the scripted guest. Without steps, a proxy passes the request on and a service returns `ready`.
    #[serde(default)]
    pub steps: Vec<StepEntry>,
    /// The response that the client must receive. With steps, the default status is 200.
    #[serde(default)]
    pub response: ResponseExpectation,
}

/// A request that a server of the suite receives, and its reply.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Call {
    /// What arrives.
    #[serde(default)]
    pub request: RequestExpectation,
    /// The response of the server.
    #[serde(default)]
    pub response: Reply,
    /// Whether the request may also not come.
    #[serde(default)]
    pub optional: bool,
}
