//! The settings of traces: options, OpenTelemetry's environment variables and the file.

use std::path::PathBuf;

use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use witgen::chain_file::{ChainFile, TraceProtocol};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};

use super::destination::{Collector, TraceSettings};
use super::variables::{self, Protocol, signal_variable};
use crate::serve::files::Files;
use crate::serve::tls;
use crate::serve::values::duration;

/// The default service that the spans belong to.
const SERVICE_NAME: &str = "witgen-serve";

/// Where traces go.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Traces")]
pub struct TraceArgs {
    /// Send traces to this collector of OpenTelemetry, such as http://127.0.0.1:4318; otherwise that of
    /// OTEL_EXPORTER_OTLP_ENDPOINT. OpenTelemetry's other variables set protocol, headers, sampling and batches
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    pub otlp_endpoint: Option<Uri>,
    /// Add the header Server-Timing to responses, with the time of each member
    #[arg(long)]
    pub server_timing: bool,
    /// Measure the time of each member, for metrics and the access log; traces and --server-timing do too
    #[arg(long)]
    pub member_times: bool,
}

impl TraceArgs {
    /// Whether members are called through the host, which measures their times.
    pub fn measures_members(&self) -> bool {
        self.member_times || self.server_timing
    }
}

fn endpoint(text: &str) -> Result<Uri, String> {
    let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some() => Ok(uri),
        _ => Err("write it as http://HOST:PORT".to_owned()),
    }
}

impl TraceSettings {
    /// Returns the settings; `None` if no traces are sent.
    ///
    /// # Errors
    ///
    /// Values that aren't supported.
    pub fn read(
        args: &TraceArgs,
        authorities: &[PathBuf],
        file: Option<&ChainFile>,
        files: &Files,
    ) -> Result<Option<Self>, Failure> {
        // A mistake in the file is an error, even if another setting replaces the value.
        let of_file = file.map(Collector::of_file).transpose()?.flatten();
        let Some(collector) = Collector::choose(args, of_file)? else {
            return Ok(None);
        };
        let tracing = file.map(|file| &file.contents().tracing);
        let sampler = tracing.and_then(|tracing| {
            let ratio = tracing.ratio.as_deref().copied().unwrap_or(1.0);
            Some((**tracing.sampler.as_ref()?, ratio))
        });
        let service_name = tracing.and_then(|tracing| tracing.service_name.as_deref().cloned());
        Ok(Some(TraceSettings {
            collector,
            sampler: variables::sampler()?.or(sampler),
            service_name: (!variables::have_service_name())
                .then(|| service_name.unwrap_or_else(|| SERVICE_NAME.to_owned())),
            authorities: tls::authorities(authorities, files)?,
        }))
    }
}

/// Returns the warning for settings of the file without a collector to send traces to.
pub fn without_collector(args: &TraceArgs, file: &ChainFile) -> Option<Diagnostic> {
    let tracing = &file.contents().tracing;
    let is_named =
        args.otlp_endpoint.is_some() || tracing.endpoint.is_some() || variables::name_collector();
    let text = |setting: &Option<_>| setting.as_ref().map(|setting| file.place(setting));
    let places = [
        tracing.sampler.as_ref().map(|setting| file.place(setting)),
        tracing.protocol.as_ref().map(|setting| file.place(setting)),
        tracing.headers.keys().next().map(|setting| file.place(setting)),
        text(&tracing.service_name),
        text(&tracing.timeout),
    ];
    let place = places.into_iter().flatten().next().filter(|_| !is_named)?;
    let message = "`tracing` has no effect: no collector is configured";
    let warning = Diagnostic::warning(codes::UNUSED_ENTRY, message).at(place);
    Some(warning.help("set `endpoint` to the URL of a collector, or leave `tracing` out"))
}

impl Collector {
    /// Returns the collector that traces are sent to, if there is one. A collector that an option or a variable names is another
    /// one than that of the file, whose headers may be secrets.
    fn choose(args: &TraceArgs, of_file: Option<Self>) -> Result<Option<Self>, Failure> {
        let is_enabled = variables::is_enabled()?;
        if is_enabled == Some(false) {
            return Ok(None);
        }
        let protocol = variables::protocol()?;
        let elsewhere = |endpoint: Option<Uri>| Collector {
            endpoint,
            protocol: protocol.unwrap_or(Protocol::HttpProtobuf),
            headers: HeaderMap::new(),
            timeout: None,
        };
        Ok(
            match (&args.otlp_endpoint, signal_variable("ENDPOINT"), of_file) {
                (Some(uri), _, _) => Some(elsewhere(Some(uri.clone()))),
                (None, Some(_), _) => Some(elsewhere(None)),
                (None, None, Some(collector)) => Some(Collector {
                    protocol: protocol.unwrap_or(collector.protocol),
                    headers: match signal_variable("HEADERS") {
                        Some(_) => HeaderMap::new(),
                        None => collector.headers,
                    },
                    timeout: collector.timeout.filter(|_| signal_variable("TIMEOUT").is_none()),
                    ..collector
                }),
                (None, None, None) if is_enabled == Some(true) => Some(elsewhere(None)),
                (None, None, None) => None,
            },
        )
    }

    /// Returns the collector of the file, if it names one.
    fn of_file(file: &ChainFile) -> Result<Option<Self>, Failure> {
        let tracing = &file.contents().tracing;
        let headers = headers(file)?;
        let Some(written) = &tracing.endpoint else {
            return Ok(None);
        };
        let endpoint = endpoint(written).map_err(|help| {
            // A URL may have a user with a password.
            let message = "`tracing.endpoint` is not the URL of a collector";
            invalid(message.to_owned(), file.place(written)).help(help)
        })?;
        Ok(Some(Collector {
            endpoint: Some(endpoint),
            protocol: match tracing.protocol.as_deref() {
                Some(TraceProtocol::Grpc) => Protocol::Grpc,
                _ => Protocol::HttpProtobuf,
            },
            headers,
            timeout: tracing.timeout.as_ref().and_then(|time| duration(time).ok()),
        }))
    }
}

/// Returns the headers of the file.
fn headers(file: &ChainFile) -> Result<HeaderMap, Failure> {
    let headers = file.tracing_headers().iter().map(|(name, value)| {
        let key = file.contents().tracing.headers.get_key_value(name.as_str());
        let error = |message: String| {
            let places = key.iter().map(|(key, _)| file.place(key));
            places.fold(invalid(message, None), Diagnostic::at)
        };
        let header: HeaderName = name
            .parse()
            .map_err(|_| error(format!("`{name}` is not the name of a header")))?;
        // The value may be a secret.
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| error(format!("the value of `{name}` is not valid in a header")))?;
        value.set_sensitive(true);
        Ok((header, value))
    });
    let headers: Vec<(HeaderName, HeaderValue)> = Failure::collect(headers)?;
    Ok(headers.into_iter().collect())
}

fn invalid(message: String, place: impl Into<Option<Place>>) -> Diagnostic {
    let error = Diagnostic::error(codes::INVALID_CHAIN_FILE, message);
    place.into().into_iter().fold(error, Diagnostic::at)
}
