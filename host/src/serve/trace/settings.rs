//! The settings of traces: options, and OpenTelemetry's environment variables.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use http::Uri;
use opentelemetry_otlp::{
    ExporterBuildError, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
    WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use rustls::ClientConfig;
use tracing::info;
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen_serve::proxy::HttpUpstream;

use super::exporter::{Client, LoggingExporter};
use super::{Tracing, without_user};
use crate::serve::files::Files;
use crate::serve::metrics::Metrics;
use crate::serve::tls;

/// Where traces go.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Traces")]
pub struct TraceArgs {
    /// Send traces to this collector of OpenTelemetry, such as http://127.0.0.1:4318. OTEL_EXPORTER_OTLP_ENDPOINT and the other
    /// variables of OpenTelemetry's specification set this and the rest: protocol, headers, sampling, batches
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    pub otlp_endpoint: Option<Uri>,
    /// Add the header Server-Timing to responses, with the time of each member
    #[arg(long)]
    pub server_timing: bool,
    /// Measure the time of each member, for metrics and the access log; traces and --server-timing do too
    #[arg(long)]
    pub member_times: bool,
}

fn endpoint(text: &str) -> Result<Uri, String> {
    let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some() => Ok(uri),
        _ => Err("write it as http://HOST:PORT".to_owned()),
    }
}

/// A variable of OpenTelemetry's specification. Empty ones count as unset.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// A variable for traces, or the one for all signals.
fn signal_variable(name: &str) -> Option<String> {
    variable(&format!("OTEL_EXPORTER_OTLP_TRACES_{name}"))
        .or_else(|| variable(&format!("OTEL_EXPORTER_OTLP_{name}")))
}

/// How spans are sent.
#[derive(Clone, Copy)]
enum Protocol {
    HttpProtobuf,
    Grpc,
}

impl TraceArgs {
    /// Whether members are called through the host, which measures their times.
    pub fn measures_members(&self) -> bool {
        self.member_times || self.server_timing
    }

    /// Starts to send traces, if a collector is named.
    ///
    /// # Errors
    ///
    /// Variables whose values aren't supported.
    pub fn start(
        &self,
        authorities: &[PathBuf],
        files: &Files,
        metrics: &Arc<Metrics>,
    ) -> Result<Option<Arc<Tracing>>, Failure> {
        if !self.is_enabled()? {
            return Ok(None);
        }
        check_sampler()?;
        let exporter = match protocol()? {
            Protocol::HttpProtobuf => {
                self.http_exporter(tls::client_config(tls::roots(authorities, files)?)?)
            }
            Protocol::Grpc => self.grpc_exporter(&tls::authorities(authorities, files)?),
        };
        let exporter = exporter.map_err(|error| invalid(&error.to_string()))?;
        let exporter = LoggingExporter::new(exporter, metrics.clone());
        info!(target: "trace", "traces are sent to {}", self.shown_endpoint());
        Ok(Some(Arc::new(Tracing::new(exporter, resource()))))
    }

    fn is_enabled(&self) -> Result<bool, Failure> {
        if variable("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(false);
        }
        match variable("OTEL_TRACES_EXPORTER").as_deref() {
            Some("otlp") => Ok(true),
            Some("none") => Ok(false),
            Some(other) => Err(unsupported(
                "OTEL_TRACES_EXPORTER",
                other,
                &["otlp", "none"],
            )),
            None => Ok(self.otlp_endpoint.is_some() || signal_variable("ENDPOINT").is_some()),
        }
    }

    /// Returns the collector for the log, without its user, who may have a password.
    fn shown_endpoint(&self) -> String {
        let of_variable = || signal_variable("ENDPOINT")?.parse().ok();
        let endpoint = self.otlp_endpoint.clone().or_else(of_variable);
        endpoint.map_or_else(
            || "the local collector".to_owned(),
            |uri| without_user(&uri),
        )
    }

    fn http_exporter(&self, tls: ClientConfig) -> Result<SpanExporter, ExporterBuildError> {
        let timeout = signal_variable("TIMEOUT").and_then(|value| value.parse().ok());
        let timeout = timeout.map_or(Duration::from_secs(10), Duration::from_millis);
        let upstream = HttpUpstream::to_target().tls(tls);
        let builder = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new(upstream, timeout));
        let builder = match &self.otlp_endpoint {
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
        let builder = SpanExporter::builder().with_tonic();
        let is_tls = self.shown_endpoint().starts_with("https:");
        let builder = if is_tls {
            let authorities = authorities.iter().map(Certificate::from_pem);
            let tls = ClientTlsConfig::new().with_webpki_roots().ca_certificates(authorities);
            builder.with_tls_config(tls)
        } else {
            builder
        };
        match &self.otlp_endpoint {
            Some(uri) => builder.with_endpoint(uri.to_string()).build(),
            None => builder.build(),
        }
    }
}

fn protocol() -> Result<Protocol, Failure> {
    match signal_variable("PROTOCOL").as_deref() {
        None | Some("http/protobuf") => Ok(Protocol::HttpProtobuf),
        Some("grpc") => Ok(Protocol::Grpc),
        Some(other) => {
            let supported = ["http/protobuf", "grpc"];
            Err(unsupported(
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                other,
                &supported,
            ))
        }
    }
}

/// Checks the variables of sampling. The SDK would ignore wrong ones, and send every trace.
fn check_sampler() -> Result<(), Failure> {
    const SAMPLERS: [&str; 6] = [
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ];
    let Some(sampler) = variable("OTEL_TRACES_SAMPLER") else {
        return Ok(());
    };
    if !SAMPLERS.contains(&sampler.as_str()) {
        return Err(unsupported("OTEL_TRACES_SAMPLER", &sampler, &SAMPLERS));
    }
    if !sampler.ends_with("traceidratio") {
        return Ok(());
    }
    let argument = variable("OTEL_TRACES_SAMPLER_ARG").unwrap_or_default();
    match argument.parse::<f64>() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(()),
        _ => {
            let message = format!("OTEL_TRACES_SAMPLER_ARG is `{argument}`, which is no ratio");
            let error = Diagnostic::error(codes::INVALID_TRACE_SETTING, message);
            let place = Place::argument(format!("OTEL_TRACES_SAMPLER={sampler}"));
            Err(error.at(place).help("set it to a number from 0 to 1, such as 0.1").into())
        }
    }
}

/// What the spans are of. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES can name it.
fn resource() -> Resource {
    let has_name = variable("OTEL_SERVICE_NAME").is_some()
        || variable("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|all| all.contains("service.name="));
    let builder = Resource::builder().with_attribute(opentelemetry::KeyValue::new(
        opentelemetry_semantic_conventions::attribute::SERVICE_VERSION,
        env!("CARGO_PKG_VERSION"),
    ));
    if has_name {
        builder.build()
    } else {
        builder.with_service_name("witgen-serve").build()
    }
}

fn unsupported(variable: &str, value: &str, supported: &[&str]) -> Failure {
    let message = format!("{variable} is `{value}`, which is not supported");
    Diagnostic::error(codes::INVALID_TRACE_SETTING, message)
        .at(Place::argument(format!("{variable}={value}")))
        .help(format!("set it to one of these: {}", supported.join(", ")))
        .into()
}

fn invalid(why: &str) -> Diagnostic {
    Diagnostic::error(
        codes::INVALID_TRACE_SETTING,
        format!("traces cannot be sent: {why}"),
    )
    .help("set --otlp-endpoint to the URL of a collector, such as http://127.0.0.1:4318")
}
