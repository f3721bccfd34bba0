//! Takes spans from the queue and sends them, until the queue ends.

use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource as WrittenResource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_sdk::Resource;
use prost::Message as _;
use tracing::{info, warn};

use super::names::SCOPE;
use super::queue::{Batch, Queue};
use super::send::Sender;
use super::wire;
use crate::serve::metrics::{ByOutcomeAlone, Metrics};

/// Sends spans, and logs when that begins to fail, and when it works again.
pub struct Exporter {
    queue: Arc<Queue>,
    sender: Sender,
    metrics: Arc<Metrics>,
    /// The service that the spans belong to, as fields of `ResourceSpans`.
    resource: Vec<u8>,
    /// The program that makes them, as fields of `ScopeSpans`.
    scope: Vec<u8>,
    is_failing: bool,
}

impl Exporter {
    pub fn new(
        queue: Arc<Queue>,
        sender: Sender,
        resource: &Resource,
        metrics: Arc<Metrics>,
    ) -> Self {
        let of_resource = ResourceAttributesWithSchema::from(resource);
        let resource = ResourceSpans {
            resource: Some(WrittenResource {
                attributes: of_resource.attributes.0,
                ..WrittenResource::default()
            }),
            schema_url: of_resource.schema_url.unwrap_or_default(),
            scope_spans: Vec::new(),
        };
        let scope = ScopeSpans {
            scope: Some(InstrumentationScope {
                name: SCOPE.to_owned(),
                ..InstrumentationScope::default()
            }),
            ..ScopeSpans::default()
        };
        Exporter {
            queue,
            sender,
            metrics,
            resource: resource.encode_to_vec(),
            scope: scope.encode_to_vec(),
            is_failing: false,
        }
    }

    /// Sends spans until the queue ends.
    pub async fn run(mut self) {
        while let Some(batch) = self.queue.next().await {
            self.send(batch).await;
        }
    }

    async fn send(&mut self, batch: Batch) {
        let content = wire::request(&self.resource, &self.scope, &batch.spans, &batch.scopes);
        let count = batch.count;
        drop(batch);
        let (rejected, problem) = match self.sender.send(content.into()).await {
            Ok(response) => rejected(&response, count),
            Err(reason) => (count, Some(reason)),
        };
        self.queue.end(count);
        self.count("sent", count - rejected);
        self.count("failed", rejected);
        match problem {
            Some(reason) if !self.is_failing => {
                self.is_failing = true;
                warn!(target: "trace", "spans are lost: the collector cannot be reached or rejects them: {reason}");
            }
            None if self.is_failing => {
                self.is_failing = false;
                info!(target: "trace", "the collector accepts spans again");
            }
            _ => {}
        }
    }

    fn count(&self, outcome: &'static str, spans: usize) {
        let spans_of = self.metrics.spans.get_or_create(&ByOutcomeAlone { outcome });
        spans_of.inc_by(spans as u64);
    }
}

/// Returns how many of the spans a collector has rejected, and why if there are some (OTLP, "Partial Success").
fn rejected(response: &[u8], count: usize) -> (usize, Option<String>) {
    let response = ExportTraceServiceResponse::decode(response).unwrap_or_default();
    let partial = response.partial_success.unwrap_or_default();
    let rejected = usize::try_from(partial.rejected_spans).unwrap_or_default().min(count);
    (rejected, (rejected > 0).then_some(partial.error_message))
}
