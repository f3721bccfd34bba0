//! Which traces are sent.

use opentelemetry::TraceId;
use opentelemetry::trace::SpanKind;
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample as _};
use witgen::chain_file::TraceSampler;

/// Decides which traces are sent, once for each request: none of the samplers decides otherwise for the spans beneath.
#[derive(Clone, Debug)]
pub struct Sampling {
    /// Decides about traces that begin here.
    root: Sampler,
    /// Whether the decision of a parent is taken over.
    is_parent_based: bool,
}

impl Sampling {
    /// Returns what decides as a sampler of OpenTelemetry does; by default, all traces are sent except for those that the client
    /// doesn't sample.
    pub fn new(sampler: Option<(TraceSampler, f64)>) -> Self {
        let (sampler, ratio) = sampler.unwrap_or((TraceSampler::ParentBasedAlwaysOn, 1.0));
        let (root, is_parent_based) = match sampler {
            TraceSampler::AlwaysOn => (Sampler::AlwaysOn, false),
            TraceSampler::AlwaysOff => (Sampler::AlwaysOff, false),
            TraceSampler::Ratio => (Sampler::TraceIdRatioBased(ratio), false),
            TraceSampler::ParentBasedAlwaysOff => (Sampler::AlwaysOff, true),
            TraceSampler::ParentBasedRatio => (Sampler::TraceIdRatioBased(ratio), true),
            // `ParentBasedAlwaysOn`; the type may get others.
            _ => (Sampler::AlwaysOn, true),
        };
        Sampling {
            root,
            is_parent_based,
        }
    }

    /// Returns whether the trace of a request is sent. `parent` is whether the client samples it, if it names a trace.
    pub fn samples(&self, trace: TraceId, parent: Option<bool>) -> bool {
        match parent.filter(|_| self.is_parent_based) {
            Some(is_sampled) => is_sampled,
            None => {
                let kind = SpanKind::Server;
                let result = self.root.should_sample(None, trace, "", &kind, &[], &[]);
                result.decision == SamplingDecision::RecordAndSample
            }
        }
    }

    /// Returns whether a span is sent, whose parent is a span that a member has made. `request` is whether the trace is sent.
    pub fn samples_beneath(&self, request: bool, parent: bool) -> bool {
        if self.is_parent_based {
            parent
        } else {
            request
        }
    }
}
