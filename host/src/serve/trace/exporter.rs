//! Sends spans to a collector (OTLP).

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::SpanExporter as OtlpExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::Handle;
use tracing::{info, warn};
use witgen_serve::proxy::{Body, HttpUpstream, Upstream as _};

use super::queue::Queue;
use crate::serve::metrics::{ByOutcomeAlone, Metrics};

/// The maximum size of a collector's response.
const MAX_RESPONSE_BYTES: usize = 4 << 20;

/// Sends spans, and logs when that begins to fail, and when it works again.
pub struct LoggingExporter {
    inner: OtlpExporter,
    metrics: Arc<Metrics>,
    queue: Arc<Queue>,
    is_failing: AtomicBool,
}

impl LoggingExporter {
    pub fn new(inner: OtlpExporter, metrics: Arc<Metrics>, queue: Arc<Queue>) -> Self {
        LoggingExporter {
            inner,
            metrics,
            queue,
            is_failing: AtomicBool::new(false),
        }
    }

    fn count(&self, outcome: &'static str, spans: usize) {
        let spans_of = self.metrics.spans.get_or_create(&ByOutcomeAlone { outcome });
        spans_of.inc_by(spans as u64);
    }
}

impl fmt::Debug for LoggingExporter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LoggingExporter").finish_non_exhaustive()
    }
}

impl SpanExporter for LoggingExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.queue.remove(spans);
        let result = self.inner.export(batch).await;
        match &result {
            Ok(()) => {
                self.count("sent", spans);
                if self.is_failing.swap(false, Ordering::Relaxed) {
                    info!(target: "trace", "the collector takes spans again");
                }
            }
            Err(error) => {
                self.count("failed", spans);
                if !self.is_failing.swap(true, Ordering::Relaxed) {
                    warn!(target: "trace", "spans are lost: the collector cannot be reached or rejects them: {error}");
                }
            }
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Sends requests to a collector over HTTP.
pub struct Client {
    upstream: HttpUpstream,
    /// The exporter runs on a thread of its own.
    runtime: Handle,
    timeout: Duration,
}

impl Client {
    pub fn new(upstream: HttpUpstream, timeout: Duration) -> Self {
        Client {
            upstream,
            runtime: Handle::current(),
            timeout,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (upstream, timeout) = (self.upstream.clone(), self.timeout);
        let sent = self.runtime.spawn(async move {
            let response = async {
                let response = upstream.send(request.map(Body::from)).await;
                let response = response.map_err(wasmtime_wasi_http::Error::from)?;
                let (head, body) = response.into_parts();
                let content = Limited::new(body, MAX_RESPONSE_BYTES).collect().await?.to_bytes();
                Ok::<_, HttpError>(Response::from_parts(head, content))
            };
            tokio::time::timeout(timeout, response).await?
        });
        sent.await?
    }
}
