//! The identifiers of a span.

use opentelemetry::{SpanId, TraceId};

/// A span, as those beneath it and other servers know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanContext {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    /// Whether the span is sent to a collector.
    pub is_sampled: bool,
}

/// The parent of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    pub span_id: SpanId,
    /// Whether it is a span of another program.
    pub is_remote: bool,
}
