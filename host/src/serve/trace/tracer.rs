//! Creates spans of requests.

use std::sync::Arc;

use opentelemetry_proto::tonic::trace::v1::ScopeSpans;

use super::destination::TraceSettings;
use super::limits::Limits;
use super::queue::Queue;
use super::sampling::Sampling;

/// Creates spans of requests, and sends them to a collector. Spans that wait when this is dropped are still sent.
pub struct Tracing {
    pub sampling: Sampling,
    pub limits: Limits,
    /// How many spans are sent at a time.
    pub batch_size: usize,
    pub settings: TraceSettings,
    queue: Arc<Queue>,
}

impl Tracing {
    pub fn new(
        settings: TraceSettings,
        sampling: Sampling,
        limits: Limits,
        batch_size: usize,
        queue: Arc<Queue>,
    ) -> Self {
        Tracing {
            sampling,
            limits,
            batch_size,
            settings,
            queue,
        }
    }

    /// Sends spans of a request, at most as many as are sent at a time.
    pub fn send(&self, spans: &[u8], count: usize) {
        self.queue.add(spans, count);
    }

    /// Sends a span that a member has made.
    pub fn send_scope(&self, span: &ScopeSpans) {
        self.queue.add_scope(span);
    }
}

impl Drop for Tracing {
    fn drop(&mut self) {
        self.queue.close();
    }
}
