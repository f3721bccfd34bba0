//! Sends spans to a collector, as the settings say.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use opentelemetry_otlp::tonic_types::metadata::MetadataMap;
use opentelemetry_otlp::{
    ExporterBuildError, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
    WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::Sampler;
use rustls::{ClientConfig, RootCertStore};
use tracing::info;
use witgen::chain_file::TraceSampler;
use witgen::diagnostic::{Diagnostic, Failure, codes};
use witgen_serve::proxy::HttpUpstream;

use super::destination::{Collector, TraceSettings};
use super::exporter::{Client, LoggingExporter};
use super::queue::Queue;
use super::variables::{self, Protocol, signal_variable};
use super::{Tracing, without_user};
use crate::serve::metrics::Metrics;
use crate::serve::tls;

/// How long a collector may take, if nothing says so.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

impl Tracing {
    /// Returns what sends traces as these settings say: `previous`, if it does.
    ///
    /// # Errors
    ///
    /// Settings that can't be used.
    pub fn start(
        settings: Option<TraceSettings>,
        previous: Option<&Arc<Tracing>>,
        roots: &RootCertStore,
        metrics: &Arc<Metrics>,
    ) -> Result<Option<Arc<Self>>, Failure> {
        let Some(settings) = settings else {
            return Ok(None);
        };
        if let Some(previous) = previous.filter(|previous| previous.settings == settings) {
            return Ok(Some(previous.clone()));
        }
        let collector = &settings.collector;
        let exporter = match collector.protocol {
            Protocol::HttpProtobuf => collector.http_exporter(tls::client_config(roots.clone())?),
            Protocol::Grpc => collector.grpc_exporter(&settings.authorities),
        };
        let exporter = exporter.map_err(|error| invalid(&error.to_string()))?;
        let queue = Arc::new(Queue::new(variables::queue_size(), metrics));
        let exporter = LoggingExporter::new(exporter, metrics.clone(), queue.clone());
        let (resource, sampler) = (settings.resource(), settings.sampler());
        Ok(Some(Arc::new(Tracing::new(
            exporter, queue, resource, sampler, settings,
        ))))
    }

    /// Logs where traces go.
    pub fn log(&self) {
        info!(target: "trace", "traces are sent to {}", self.settings.collector.shown());
    }
}

impl TraceSettings {
    fn sampler(&self) -> Option<Sampler> {
        let (sampler, ratio) = self.sampler?;
        let parent_based = |root| Sampler::ParentBased(Box::new(root));
        Some(match sampler {
            TraceSampler::AlwaysOff => Sampler::AlwaysOff,
            TraceSampler::Ratio => Sampler::TraceIdRatioBased(ratio),
            TraceSampler::ParentBasedAlwaysOn => parent_based(Sampler::AlwaysOn),
            TraceSampler::ParentBasedAlwaysOff => parent_based(Sampler::AlwaysOff),
            TraceSampler::ParentBasedRatio => parent_based(Sampler::TraceIdRatioBased(ratio)),
            _ => Sampler::AlwaysOn,
        })
    }

    /// Returns what the spans are of. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES can name it.
    fn resource(&self) -> Resource {
        let builder = Resource::builder().with_attribute(opentelemetry::KeyValue::new(
            opentelemetry_semantic_conventions::attribute::SERVICE_VERSION,
            env!("CARGO_PKG_VERSION"),
        ));
        match &self.service_name {
            Some(name) => builder.with_service_name(name.clone()).build(),
            None => builder.build(),
        }
    }
}

impl Collector {
    /// Returns the collector for the log, without its user, who may have a password.
    fn shown(&self) -> String {
        let of_variable = || signal_variable("ENDPOINT")?.parse().ok();
        let endpoint = self.endpoint.clone().or_else(of_variable);
        endpoint.map_or_else(
            || "the local collector".to_owned(),
            |uri| without_user(&uri),
        )
    }

    fn http_exporter(&self, tls: ClientConfig) -> Result<SpanExporter, ExporterBuildError> {
        let timeout = self.timeout.or_else(variables::timeout).unwrap_or(DEFAULT_TIMEOUT);
        let upstream = HttpUpstream::to_target().tls(tls);
        let builder = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new(upstream, timeout))
            .with_headers(texts(&self.headers));
        let builder = match &self.endpoint {
            // As for OTEL_EXPORTER_OTLP_ENDPOINT, the path of the signal follows.
            Some(uri) => {
                let base = uri.to_string();
                builder.with_endpoint(format!("{}/v1/traces", base.trim_end_matches('/')))
            }
            None => builder,
        };
        builder.build()
    }

    fn grpc_exporter(&self, authorities: &[Vec<u8>]) -> Result<SpanExporter, ExporterBuildError> {
        use opentelemetry_otlp::tonic_types::transport::{Certificate, ClientTlsConfig};
        let mut builder = SpanExporter::builder()
            .with_tonic()
            .with_metadata(MetadataMap::from_headers(self.headers.clone()));
        if self.shown().starts_with("https:") {
            let authorities = authorities.iter().map(Certificate::from_pem);
            let tls = ClientTlsConfig::new().with_webpki_roots().ca_certificates(authorities);
            builder = builder.with_tls_config(tls);
        }
        if let Some(timeout) = self.timeout {
            builder = builder.with_timeout(timeout);
        }
        match &self.endpoint {
            Some(uri) => builder.with_endpoint(uri.to_string()).build(),
            None => builder.build(),
        }
    }
}

fn texts(headers: &HeaderMap) -> HashMap<String, String> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn invalid(why: &str) -> Diagnostic {
    Diagnostic::error(
        codes::INVALID_TRACE_SETTING,
        format!("traces cannot be sent: {why}"),
    )
    .help("set --otlp-endpoint to the URL of a collector, such as http://127.0.0.1:4318")
}
