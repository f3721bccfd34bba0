//! The shape of `[server]`, `[limits]` and `[log]`, whose keys are options of `witgen serve`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::setting::Setting;

/// Settings of the whole server.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Server {
    /// The server's name in `Via` and `CDN-Loop`.
    pub name: Option<Setting<String>>,
    /// The time for requests in flight when the server stops.
    #[schemars(extend("format" = "witgen-time"))]
    pub grace: Option<Setting<String>>,
    /// The time for which the server accepts connections after the signal to stop: at most an hour.
    #[schemars(extend("format" = "witgen-delay"))]
    pub drain_delay: Option<Setting<String>>,
    /// Whether the time of each member is measured, for metrics and the log.
    pub member_times: Option<Setting<bool>>,
    /// Whether responses have the header `Server-Timing`, with the time of each member.
    pub server_timing: Option<Setting<bool>>,
}

/// Limits of clients and of components.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Limits {
    /// The maximum number of connections.
    #[schemars(range(min = 1))]
    pub max_connections: Option<Setting<u64>>,
    /// The maximum number of concurrent requests.
    #[schemars(range(min = 1))]
    pub max_requests: Option<Setting<u64>>,
    /// Networks of load balancers and other proxies, which have no limits per client: `"10.0.0.0/8"`.
    #[serde(default)]
    pub trusted_proxies: Vec<Setting<String>>,
    /// The maximum size of a request's head: `"64KiB"`.
    #[schemars(extend("format" = "witgen-size"))]
    pub max_header_size: Option<Setting<String>>,
    /// The maximum number of headers of an HTTP/1.1 request.
    #[schemars(range(min = 1))]
    pub max_header_count: Option<Setting<u64>>,
    /// The maximum size of a request's body.
    #[schemars(extend("format" = "witgen-size"))]
    pub max_body_size: Option<Setting<String>>,
    /// The timeout for a request's head, and for idle connections: `"30s"`.
    #[schemars(extend("format" = "witgen-time"))]
    pub header_timeout: Option<Setting<String>>,
    /// The timeout for a client to read or to send 64 KiB.
    #[schemars(extend("format" = "witgen-time"))]
    pub stall_timeout: Option<Setting<String>>,
    /// The timeout until the end of the response.
    #[schemars(extend("format" = "witgen-time"))]
    pub request_timeout: Option<Setting<String>>,
    /// The rate of each client's requests: `"100/s"`.
    pub rate_limit: Option<Setting<String>>,
    /// The timeout until the head of the response.
    #[schemars(extend("format" = "witgen-time"))]
    pub response_timeout: Option<Setting<String>>,
    /// The time that an instance may run after its last response.
    #[schemars(extend("format" = "witgen-time"))]
    pub post_response_timeout: Option<Setting<String>>,
    /// The time that a component may compute without a pause.
    #[schemars(extend("format" = "witgen-time"))]
    pub cpu_timeout: Option<Setting<String>>,
    /// The maximum memory of an instance.
    #[schemars(extend("format" = "witgen-size"))]
    pub max_memory: Option<Setting<String>>,
    /// The maximum memory of all instances together.
    #[schemars(extend("format" = "witgen-size"))]
    pub max_total_memory: Option<Setting<String>>,
    /// The maximum number of connections to servers.
    #[schemars(range(min = 1))]
    pub max_upstream_connections: Option<Setting<u64>>,
    /// The maximum number of concurrent requests of an instance.
    #[schemars(range(min = 1))]
    pub instance_concurrency: Option<Setting<u64>>,
    /// The maximum number of requests of an instance in total.
    #[schemars(range(min = 1))]
    pub instance_requests: Option<Setting<u64>>,
    /// The maximum number of instances of a chain.
    #[schemars(range(min = 1))]
    pub max_instances: Option<Setting<u64>>,
    /// The time that an instance waits for another request.
    #[schemars(extend("format" = "witgen-time"))]
    pub instance_idle: Option<Setting<String>>,
}

/// The log.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Log {
    /// The minimum level, for all targets or per target: `"warn,access=info"`.
    pub level: Option<Setting<String>>,
    /// The format of the log on stderr.
    pub format: Option<Setting<LogFormat>>,
    /// Whether requests are logged.
    pub access_log: Option<Setting<bool>>,
    /// The fields of a request in the log.
    #[serde(default)]
    pub access_log_fields: Vec<Setting<String>>,
    /// Whether each request has an identifier in `x-request-id`.
    pub request_id: Option<Setting<bool>>,
    /// The maximum number of lines per second that each member may write to the log.
    #[schemars(range(min = 1))]
    pub max_output_lines: Option<Setting<u64>>,
    /// The maximum size per second that each member may write to the log.
    #[schemars(extend("format" = "witgen-size"))]
    pub max_output_size: Option<Setting<String>>,
}

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LogFormat {
    /// Lines for people on a terminal, and JSON elsewhere.
    Auto,
    /// Lines for people.
    Human,
    /// A line of JSON for each event.
    Json,
}
