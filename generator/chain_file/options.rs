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
    /// How long requests in flight may take when the server stops.
    #[schemars(extend("format" = "witgen-time"))]
    pub grace: Option<Setting<String>>,
    /// How long connections are accepted after the signal to stop: an hour at most.
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
    /// Connections at a time.
    #[schemars(range(min = 1))]
    pub max_connections: Option<Setting<u64>>,
    /// Requests at a time.
    #[schemars(range(min = 1))]
    pub max_requests: Option<Setting<u64>>,
    /// Networks of proxies that pass on the requests of many clients: `"10.0.0.0/8"`.
    #[serde(default)]
    pub trusted_proxies: Vec<Setting<String>>,
    /// The size of a request's head: `"64KiB"`.
    #[schemars(extend("format" = "witgen-size"))]
    pub max_header_size: Option<Setting<String>>,
    /// Headers of an HTTP/1.1 request.
    #[schemars(range(min = 1))]
    pub max_header_count: Option<Setting<u64>>,
    /// The size of a request's content.
    #[schemars(extend("format" = "witgen-size"))]
    pub max_body_size: Option<Setting<String>>,
    /// How long a request's head may take, and how long a connection may be idle: `"30s"`.
    #[schemars(extend("format" = "witgen-time"))]
    pub header_timeout: Option<Setting<String>>,
    /// How long a client may take for 64 KiB.
    #[schemars(extend("format" = "witgen-time"))]
    pub stall_timeout: Option<Setting<String>>,
    /// How long a request may take until its response has been sent.
    #[schemars(extend("format" = "witgen-time"))]
    pub request_timeout: Option<Setting<String>>,
    /// Requests of a client: `"100/s"`.
    pub rate_limit: Option<Setting<String>>,
    /// How long a request may take until there is a response.
    #[schemars(extend("format" = "witgen-time"))]
    pub response_timeout: Option<Setting<String>>,
    /// How long an instance may run after its last response.
    #[schemars(extend("format" = "witgen-time"))]
    pub post_response_timeout: Option<Setting<String>>,
    /// How long a component may compute without a pause.
    #[schemars(extend("format" = "witgen-time"))]
    pub cpu_timeout: Option<Setting<String>>,
    /// The memory of an instance.
    #[schemars(extend("format" = "witgen-size"))]
    pub max_memory: Option<Setting<String>>,
    /// The memory of all instances together.
    #[schemars(extend("format" = "witgen-size"))]
    pub max_total_memory: Option<Setting<String>>,
    /// Connections to servers at a time.
    #[schemars(range(min = 1))]
    pub max_upstream_connections: Option<Setting<u64>>,
    /// Requests of an instance at a time.
    #[schemars(range(min = 1))]
    pub instance_concurrency: Option<Setting<u64>>,
    /// Requests of an instance, altogether.
    #[schemars(range(min = 1))]
    pub instance_requests: Option<Setting<u64>>,
    /// Instances of a chain at a time.
    #[schemars(range(min = 1))]
    pub max_instances: Option<Setting<u64>>,
    /// How long an instance waits for a further request.
    #[schemars(extend("format" = "witgen-time"))]
    pub instance_idle: Option<Setting<String>>,
}

/// The log.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Log {
    /// The least severe level, for all targets or for single ones: `"warn,access=info"`.
    pub level: Option<Setting<String>>,
    /// How the log is written to stderr.
    pub format: Option<Setting<LogFormat>>,
    /// Whether requests are logged.
    pub access_log: Option<Setting<bool>>,
    /// The fields of a request in the log.
    #[serde(default)]
    pub access_log_fields: Vec<Setting<String>>,
    /// Whether each request gets an identifier in `x-request-id`.
    pub request_id: Option<Setting<bool>>,
    /// Lines per second that each member may write to the log.
    #[schemars(range(min = 1))]
    pub max_output_lines: Option<Setting<u64>>,
    /// How much each member may write to the log per second.
    #[schemars(extend("format" = "witgen-size"))]
    pub max_output_size: Option<Setting<String>>,
}

/// The form of the log.
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
