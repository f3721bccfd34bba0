//! Starts to send spans to a collector, as the settings say.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Uri};
use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_semantic_conventions::attribute::SERVICE_VERSION;
use rustls::{ClientConfig, RootCertStore};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};
use tracing::info;
use witgen::diagnostic::{Diagnostic, Failure, codes};
use witgen_serve::proxy::HttpUpstream;

use super::destination::{Collector, TraceSettings};
use super::exporter::Exporter;
use super::exporters::Exporters;
use super::queue::Queue;
use super::sampling::Sampling;
use super::send::{Grpc, Http, Sender, Transport};
use super::tracer::Tracing;
use super::uri::without_user;
use super::variables::{self, Batches, Protocol, signal_variable};
use crate::serve::metrics::Metrics;
use crate::serve::tls;

/// The default timeout of a collector.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The default addresses of collectors.
const DEFAULT_HTTP_ENDPOINT: &str = "http://localhost:4318/v1/traces";
const DEFAULT_GRPC_ENDPOINT: &str = "http://localhost:4317";

/// How long a connection by gRPC may take to connect, and to respond to a ping.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// After this time without a response, a connection by gRPC is pinged: a collector that has vanished doesn't close it.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// The name of this program.
const AGENT: &str = concat!("witgen-serve/", env!("CARGO_PKG_VERSION"));

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
        exporters: &Exporters,
    ) -> Result<Option<Arc<Self>>, Failure> {
        let Some(settings) = settings else {
            return Ok(None);
        };
        if let Some(previous) = previous.filter(|previous| previous.settings == settings) {
            return Ok(Some(previous.clone()));
        }
        let (batches, limits) = (Batches::read()?, variables::limits()?);
        let collector = &settings.collector;
        let transport = match collector.protocol {
            Protocol::HttpProtobuf => collector.http(tls::client_config(roots.clone())?)?,
            Protocol::Grpc => collector.grpc(&settings.authorities)?,
        };
        let timeout = match collector.timeout {
            Some(timeout) => timeout,
            None => variables::timeout()?.unwrap_or(DEFAULT_TIMEOUT),
        };
        let sender = Sender::new(transport, timeout.min(batches.timeout));
        let queue = Arc::new(Queue::new(batches, metrics, &exporters.unsent));
        let resource = settings.resource();
        let exporter = Exporter::new(queue.clone(), sender, &resource, metrics.clone());
        exporters.start(&queue, exporter);
        let sampling = Sampling::new(settings.sampler);
        let tracing = Tracing::new(settings, sampling, limits, batches.size, queue);
        Ok(Some(Arc::new(tracing)))
    }

    /// Logs where traces go.
    pub fn log(&self) {
        info!(target: "trace", "traces are sent to {}", self.settings.collector.shown());
    }
}

impl TraceSettings {
    /// Returns what the spans are of. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES can name it.
    fn resource(&self) -> Resource {
        let version = KeyValue::new(SERVICE_VERSION, env!("CARGO_PKG_VERSION"));
        let builder = Resource::builder().with_attribute(version);
        match &self.service_name {
            Some(name) => builder.with_service_name(name.clone()).build(),
            None => builder.build(),
        }
    }
}

impl Collector {
    /// Returns the collector for the log, without its user, path and query, which may have a password.
    fn shown(&self) -> String {
        let of_variable = || signal_variable("ENDPOINT")?.value.parse().ok();
        let endpoint = self.endpoint.clone().or_else(of_variable);
        endpoint.map_or_else(
            || "the local collector".to_owned(),
            |uri| {
                let [scheme, separator, host, _] = without_user(&uri);
                [scheme, separator, host].concat()
            },
        )
    }

    /// Returns the headers of each request.
    fn headers(&self) -> Result<HeaderMap, Failure> {
        let mut headers = self.headers.clone();
        headers.extend(variables::headers()?);
        Ok(headers)
    }

    fn http(&self, tls: ClientConfig) -> Result<Transport, Failure> {
        let uri = self.http_uri()?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(invalid(
                "its URL doesn't start with `http://` or `https://`",
            ));
        }
        let upstream = HttpUpstream::to_target().tls(tls);
        Ok(Transport::Http(Box::new(Http::new(
            upstream,
            uri,
            AGENT,
            self.headers()?,
        ))))
    }

    /// Returns the URL that spans are sent to by HTTP. Only OTEL_EXPORTER_OTLP_TRACES_ENDPOINT has its path; otherwise the path of
    /// the signal follows (OTLP exporter, "Endpoint URLs for OTLP/HTTP").
    fn http_uri(&self) -> Result<Uri, Failure> {
        let with_path = |base: &str| format!("{}/v1/traces", base.trim_end_matches('/'));
        let text = match (&self.endpoint, signal_variable("ENDPOINT")) {
            (Some(uri), _) => with_path(&uri.to_string()),
            (None, Some(variable)) if variable.is_for_traces() => variable.value,
            (None, Some(variable)) => with_path(&variable.value),
            (None, None) => DEFAULT_HTTP_ENDPOINT.to_owned(),
        };
        text.parse().map_err(|error| invalid(&format!("its URL is invalid: {error}")))
    }

    fn grpc(&self, authorities: &[Vec<u8>]) -> Result<Transport, Failure> {
        let unusable = |error: tonic::transport::Error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            invalid(&cause.unwrap_or_else(|| error.to_string()))
        };
        let mut endpoint = Endpoint::from_shared(self.grpc_url())
            .and_then(|endpoint| endpoint.user_agent(AGENT))
            .map_err(unusable)?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
            .keep_alive_timeout(CONNECT_TIMEOUT);
        if endpoint.uri().scheme_str() == Some("https") {
            let authorities = authorities.iter().map(Certificate::from_pem);
            let tls = ClientTlsConfig::new().with_webpki_roots().ca_certificates(authorities);
            endpoint = endpoint.tls_config(tls).map_err(unusable)?;
        }
        let channel = endpoint.connect_lazy();
        Ok(Transport::Grpc(Grpc::new(channel, self.headers()?)))
    }

    fn grpc_url(&self) -> String {
        let of_variable = || signal_variable("ENDPOINT").map(|variable| variable.value);
        let url = self.endpoint.as_ref().map(ToString::to_string).or_else(of_variable);
        match url {
            None => DEFAULT_GRPC_ENDPOINT.to_owned(),
            Some(url) if url.contains("://") => url,
            Some(url) if variables::is_insecure() => format!("http://{url}"),
            Some(url) => format!("https://{url}"),
        }
    }
}

fn invalid(why: &str) -> Failure {
    Diagnostic::error(
        codes::INVALID_TRACE_SETTING,
        format!("traces cannot be sent: {why}"),
    )
    .help("set --otlp-endpoint to the URL of a collector, such as http://127.0.0.1:4318")
    .into()
}
