//! The shape of `[origins]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::setting::Setting;

/// Servers that have the same content.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Origin {
    /// The URLs of the servers.
    pub servers: Setting<Vec<Setting<ServerUrl>>>,
    /// How a server is chosen for a request.
    pub balance: Option<Setting<Balance>>,
    /// Requests that check whether a server works.
    pub health: Option<Setting<Health>>,
    /// Servers that fail requests are left out for some time.
    pub outliers: Option<Setting<Outliers>>,
    /// Requests that are sent again, to another server.
    pub retries: Option<Setting<Retries>>,
    /// How long a server may take.
    pub timeouts: Option<Setting<Timeouts>>,
}

/// The URL of a server of `http` or `https`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "witgen-server"))]
#[non_exhaustive]
pub struct ServerUrl(pub String);

/// How a server is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Balance {
    /// One after the other.
    RoundRobin,
    /// The one with the fewest requests in flight.
    LeastRequests,
}

/// Requests that check whether a server works.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Health {
    /// The path of the requests.
    #[schemars(extend("format" = "witgen-path"))]
    pub path: Setting<String>,
    /// The host that the requests name; by default, that of the server.
    pub host: Option<Setting<String>>,
    /// The time between two requests.
    #[schemars(extend("format" = "witgen-time"))]
    pub interval: Option<Setting<String>>,
    /// How long a response may take.
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

/// When servers that fail requests are left out.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Outliers {
    /// The number of failures in a row after which a server is left out.
    #[schemars(range(min = 1))]
    pub failures: Option<Setting<u32>>,
    /// How long it is left out for the first time. This doubles each time.
    #[schemars(extend("format" = "witgen-time"))]
    pub ejection: Option<Setting<String>>,
    /// The longest time that it is left out.
    #[schemars(extend("format" = "witgen-time"))]
    pub max_ejection: Option<Setting<String>>,
    /// How many servers may be left out at a time, in percent.
    #[schemars(range(min = 0, max = 100))]
    pub max_ejected_percent: Option<Setting<u8>>,
}

/// Which requests are sent again, if that is safe.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Retries {
    /// How often a single request is sent again.
    pub attempts: Option<Setting<u32>>,
    /// How many requests may be sent again, in percent of all.
    #[schemars(range(min = 0, max = 100))]
    pub budget_percent: Option<Setting<u8>>,
    /// How many requests may be sent again per second, however few there are.
    pub min_per_second: Option<Setting<u32>>,
}

/// How long a server may take.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Timeouts {
    /// Until there is a connection.
    #[schemars(extend("format" = "witgen-time"))]
    pub connect: Option<Setting<String>>,
    /// Until there is a response.
    #[schemars(extend("format" = "witgen-time"))]
    pub first_byte: Option<Setting<String>>,
    /// Between two parts of a response.
    #[schemars(extend("format" = "witgen-time"))]
    pub between_bytes: Option<Setting<String>>,
}
