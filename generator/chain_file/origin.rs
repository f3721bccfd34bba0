//! The shape of `[origins]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::setting::Setting;

/// A pool of servers with the same content.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Origin {
    /// The URLs of the servers.
    pub servers: Setting<Vec<Setting<ServerUrl>>>,
    /// The selection of a server for a request.
    pub balance: Option<Setting<Balance>>,
    /// Health checks: requests that test a server.
    pub health: Option<Setting<Health>>,
    /// The ejection of servers that fail requests.
    pub outliers: Option<Setting<Outliers>>,
    /// Retries of requests at another server.
    pub retries: Option<Setting<Retries>>,
    /// Timeouts of a server.
    pub timeouts: Option<Setting<Timeouts>>,
}

/// The URL of a server of `http` or `https`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "witgen-server"))]
#[non_exhaustive]
pub struct ServerUrl(pub String);

/// The selection of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Balance {
    /// The servers in turn.
    RoundRobin,
    /// The server with the fewest requests in flight.
    LeastRequests,
}

/// Health checks: requests that test a server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Health {
    /// The path of the requests.
    #[schemars(extend("format" = "witgen-path"))]
    pub path: Setting<String>,
    /// The `Host` of the requests (default: the server's).
    pub host: Option<Setting<String>>,
    /// The time between two requests.
    #[schemars(extend("format" = "witgen-time"))]
    pub interval: Option<Setting<String>>,
    /// The timeout of a response.
    #[schemars(extend("format" = "witgen-time"))]
    pub timeout: Option<Setting<String>>,
    /// The number of failures in a row after which a server is unhealthy.
    #[schemars(range(min = 1))]
    pub unhealthy_after: Option<Setting<u32>>,
    /// The number of successes in a row after which a server is healthy again.
    #[schemars(range(min = 1))]
    pub healthy_after: Option<Setting<u32>>,
    /// The status codes of healthy servers; without any, 200 to 399.
    #[serde(default)]
    pub status: Vec<Setting<u16>>,
}

/// The ejection of servers that fail requests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Outliers {
    /// The number of failures in a row after which a server is ejected.
    #[schemars(range(min = 1))]
    pub failures: Option<Setting<u32>>,
    /// The time of the first ejection of a server, which doubles with each further one.
    #[schemars(extend("format" = "witgen-time"))]
    pub ejection: Option<Setting<String>>,
    /// The longest time of an ejection.
    #[schemars(extend("format" = "witgen-time"))]
    pub max_ejection: Option<Setting<String>>,
    /// The maximum part of the servers that are ejected at a time, in percent.
    #[schemars(range(min = 0, max = 100))]
    pub max_ejected_percent: Option<Setting<u8>>,
}

/// Retries of requests, if a retry is safe.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Retries {
    /// The maximum number of retries of a request.
    pub attempts: Option<Setting<u32>>,
    /// The maximum part of all requests that are retried, in percent.
    #[schemars(range(min = 0, max = 100))]
    pub budget_percent: Option<Setting<u8>>,
    /// The number of retries per second that are always allowed.
    pub min_per_second: Option<Setting<u32>>,
}

/// Timeouts of a server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Timeouts {
    /// The timeout of a connection.
    #[schemars(extend("format" = "witgen-time"))]
    pub connect: Option<Setting<String>>,
    /// The timeout of the head of a response.
    #[schemars(extend("format" = "witgen-time"))]
    pub first_byte: Option<Setting<String>>,
    /// The timeout between two parts of a response.
    #[schemars(extend("format" = "witgen-time"))]
    pub between_bytes: Option<Setting<String>>,
}
