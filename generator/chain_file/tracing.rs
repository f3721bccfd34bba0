//! The shape of `[tracing]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::setting::Setting;
use super::variable::Variable;

/// Traces, which are sent to a collector of OpenTelemetry.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Tracing {
    /// The URL of the collector: `http://127.0.0.1:4318`.
    pub endpoint: Option<Setting<String>>,
    /// How spans are sent to it: by default `http/protobuf`.
    pub protocol: Option<Setting<TraceProtocol>>,
    /// Headers that are sent to it, such as credentials.
    #[serde(default)]
    pub headers: BTreeMap<Setting<String>, Setting<Variable>>,
    /// How long it may take for a batch of spans.
    #[schemars(extend("format" = "witgen-time"))]
    pub timeout: Option<Setting<String>>,
    /// Which traces are sent: by default all, except those that the client doesn't sample.
    pub sampler: Option<Setting<TraceSampler>>,
    /// The part of the traces that `traceidratio` and `parentbased_traceidratio` send: from 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub ratio: Option<Setting<f64>>,
    /// The name of the service in the spans; `witgen-serve` by default.
    pub service_name: Option<Setting<String>>,
}

/// How spans are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub enum TraceProtocol {
    /// OTLP over HTTP.
    #[serde(rename = "http/protobuf")]
    HttpProtobuf,
    /// OTLP over gRPC.
    #[serde(rename = "grpc")]
    Grpc,
}

/// Which traces are sent, by the names that OpenTelemetry gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TraceSampler {
    /// All.
    AlwaysOn,
    /// None.
    AlwaysOff,
    /// A part of all.
    #[serde(rename = "traceidratio")]
    Ratio,
    /// Those that the client samples, and all that begin here.
    #[serde(rename = "parentbased_always_on")]
    ParentBasedAlwaysOn,
    /// Those that the client samples.
    #[serde(rename = "parentbased_always_off")]
    ParentBasedAlwaysOff,
    /// Those that the client samples, and a part of those that begin here.
    #[serde(rename = "parentbased_traceidratio")]
    ParentBasedRatio,
}

impl TraceSampler {
    /// Whether it sends a part of the traces, which `ratio` sets.
    pub fn has_ratio(self) -> bool {
        matches!(self, TraceSampler::Ratio | TraceSampler::ParentBasedRatio)
    }
}
