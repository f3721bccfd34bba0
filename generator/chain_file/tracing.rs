//! The shape of `[tracing]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::setting::Setting;
use super::variable::Variable;

/// Traces for a collector of OpenTelemetry.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Tracing {
    /// The URL of the collector: `http://127.0.0.1:4318`.
    pub endpoint: Option<Setting<String>>,
    /// The protocol for the collector (default: `http/protobuf`).
    pub protocol: Option<Setting<TraceProtocol>>,
    /// Headers for the collector, such as credentials.
    #[serde(default)]
    pub headers: BTreeMap<Setting<String>, Setting<Variable>>,
    /// The timeout of a batch of spans.
    #[schemars(extend("format" = "witgen-time"))]
    pub timeout: Option<Setting<String>>,
    /// The traces that are sent (default: all, except traces that the client doesn't sample).
    pub sampler: Option<Setting<TraceSampler>>,
    /// The part of the traces that `traceidratio` and `parentbased_traceidratio` send: from 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub ratio: Option<Setting<f64>>,
    /// The name of the service in the spans (default: `witgen-serve`).
    pub service_name: Option<Setting<String>>,
}

/// The protocol for spans.
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

/// The traces that are sent, with the names of OpenTelemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TraceSampler {
    /// All traces.
    AlwaysOn,
    /// No traces.
    AlwaysOff,
    /// A part of all traces.
    #[serde(rename = "traceidratio")]
    Ratio,
    /// Traces that the client samples, and all that begin here.
    #[serde(rename = "parentbased_always_on")]
    ParentBasedAlwaysOn,
    /// Traces that the client samples.
    #[serde(rename = "parentbased_always_off")]
    ParentBasedAlwaysOff,
    /// Traces that the client samples, and a part of the traces that begin here.
    #[serde(rename = "parentbased_traceidratio")]
    ParentBasedRatio,
}

impl TraceSampler {
    /// Whether it sends a part of the traces, which `ratio` sets.
    pub fn has_ratio(self) -> bool {
        matches!(self, TraceSampler::Ratio | TraceSampler::ParentBasedRatio)
    }
}
