//! The environment variables of OpenTelemetry's specification.

use std::env;
use std::time::Duration;

use witgen::diagnostic::{Diagnostic, Failure, Place, codes};

/// The number of spans that wait for the collector, if no variable sets it.
const DEFAULT_QUEUE_SIZE: usize = 2048;

const SAMPLERS: [&str; 6] = [
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];

/// Returns a variable. Empty ones count as unset.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the variable for traces, or the one for all signals.
pub fn signal_variable(name: &str) -> Option<String> {
    variable(&format!("OTEL_EXPORTER_OTLP_TRACES_{name}"))
        .or_else(|| variable(&format!("OTEL_EXPORTER_OTLP_{name}")))
}

/// How spans are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    HttpProtobuf,
    Grpc,
}

/// Returns whether traces are sent; `None` if that depends on whether a collector is named.
///
/// # Errors
///
/// An exporter that isn't supported.
pub fn is_enabled() -> Result<Option<bool>, Failure> {
    if variable("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(Some(false));
    }
    match variable("OTEL_TRACES_EXPORTER").as_deref() {
        Some("otlp") => Ok(Some(true)),
        Some("none") => Ok(Some(false)),
        Some(other) => {
            let supported = ["otlp", "none"];
            Err(unsupported("OTEL_TRACES_EXPORTER", other, &supported))
        }
        None => Ok(None),
    }
}

/// Whether variables name a collector, or switch traces off.
pub fn name_collector() -> bool {
    signal_variable("ENDPOINT").is_some() || matches!(is_enabled(), Ok(Some(_)))
}

/// Returns the protocol, if a variable sets it.
///
/// # Errors
///
/// A protocol that isn't supported.
pub fn protocol() -> Result<Option<Protocol>, Failure> {
    match signal_variable("PROTOCOL").as_deref() {
        None => Ok(None),
        Some("http/protobuf") => Ok(Some(Protocol::HttpProtobuf)),
        Some("grpc") => Ok(Some(Protocol::Grpc)),
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

/// Returns how long the collector may take, if a variable sets it.
pub fn timeout() -> Option<Duration> {
    signal_variable("TIMEOUT")?.parse().ok().map(Duration::from_millis)
}

/// Returns how many spans wait for the collector at most.
pub fn queue_size() -> usize {
    let size = variable("OTEL_BSP_MAX_QUEUE_SIZE").and_then(|value| value.parse().ok());
    size.unwrap_or(DEFAULT_QUEUE_SIZE)
}

/// Whether variables name what the spans are of.
pub fn have_service_name() -> bool {
    variable("OTEL_SERVICE_NAME").is_some()
        || variable("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|all| all.contains("service.name="))
}

/// Checks the variables of sampling, and returns whether there are some. The SDK would ignore wrong ones, and send every trace.
///
/// # Errors
///
/// A sampler that isn't supported, or a ratio that is none.
pub fn have_sampler() -> Result<bool, Failure> {
    let Some(sampler) = variable("OTEL_TRACES_SAMPLER") else {
        return Ok(false);
    };
    if !SAMPLERS.contains(&sampler.as_str()) {
        return Err(unsupported("OTEL_TRACES_SAMPLER", &sampler, &SAMPLERS));
    }
    if !sampler.ends_with("traceidratio") {
        return Ok(true);
    }
    let argument = variable("OTEL_TRACES_SAMPLER_ARG").unwrap_or_default();
    match argument.parse::<f64>() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(true),
        _ => {
            let message = format!("OTEL_TRACES_SAMPLER_ARG is `{argument}`, which is no ratio");
            let error = Diagnostic::error(codes::INVALID_TRACE_SETTING, message);
            let place = Place::argument(format!("OTEL_TRACES_SAMPLER={sampler}"));
            Err(error.at(place).help("set it to a number from 0 to 1, such as 0.1").into())
        }
    }
}

fn unsupported(variable: &str, value: &str, supported: &[&str]) -> Failure {
    let message = format!("{variable} is `{value}`, which is not supported");
    Diagnostic::error(codes::INVALID_TRACE_SETTING, message)
        .at(Place::argument(format!("{variable}={value}")))
        .help(format!("set it to one of these: {}", supported.join(", ")))
        .into()
}
