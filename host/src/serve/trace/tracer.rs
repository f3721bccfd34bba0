//! Creates spans of requests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::ScopeSpans;
use tokio::task::JoinHandle;

use super::destination::TraceSettings;
use super::exporter::Exporter;
use super::limits::Limits;
use super::queue::Queue;
use super::sampling::Sampling;

/// How long the server waits for the collector to accept the last spans when it stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// Creates spans of requests, and sends them to a collector. Spans that wait when this is dropped are still sent.
pub struct Tracing {
    pub sampling: Sampling,
    pub limits: Limits,
    /// How many spans are sent at a time.
    pub batch_size: usize,
    pub settings: TraceSettings,
    queue: Arc<Queue>,
    exporting: Mutex<Option<JoinHandle<()>>>,
}

impl Tracing {
    /// Starts to send what is added to the queue.
    pub fn new(
        settings: TraceSettings,
        sampling: Sampling,
        limits: Limits,
        batch_size: usize,
        queue: Arc<Queue>,
        exporter: Exporter,
    ) -> Self {
        Tracing {
            sampling,
            limits,
            batch_size,
            settings,
            queue,
            exporting: Mutex::new(Some(tokio::spawn(exporter.run()))),
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

    /// Sends the spans that have ended, as far as the collector takes them soon.
    pub async fn shut_down(&self) {
        self.queue.close();
        let exporting = self.exporting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(exporting) = exporting {
            // The exporter has logged that it can't send.
            let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, exporting).await;
        }
    }
}

impl Drop for Tracing {
    fn drop(&mut self) {
        self.queue.close();
    }
}
