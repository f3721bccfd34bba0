//! The environment variables of OpenTelemetry's specification.

use std::env;
use std::str::FromStr;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use witgen::chain_file::TraceSampler;
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};

use super::limits::Limits;

const SAMPLERS: [(&str, TraceSampler); 6] = [
    ("always_on", TraceSampler::AlwaysOn),
    ("always_off", TraceSampler::AlwaysOff),
    ("traceidratio", TraceSampler::Ratio),
    ("parentbased_always_on", TraceSampler::ParentBasedAlwaysOn),
    ("parentbased_always_off", TraceSampler::ParentBasedAlwaysOff),
    ("parentbased_traceidratio", TraceSampler::ParentBasedRatio),
];

/// A variable that is set.
pub struct Variable {
    pub name: String,
    pub value: String,
}

impl Variable {
    /// Whether it is for traces alone.
    pub fn is_for_traces(&self) -> bool {
        self.name.starts_with("OTEL_EXPORTER_OTLP_TRACES_")
    }
}

/// Returns a variable. Empty ones count as unset.
fn variable(name: &str) -> Option<Variable> {
    let value = env::var(name).ok().filter(|value| !value.is_empty())?;
    let name = name.to_owned();
    Some(Variable { name, value })
}

/// Returns the first of two variables, or the second one if the first one is unset.
fn first_of(name: &str, other: &str) -> Option<Variable> {
    variable(name).or_else(|| variable(other))
}

/// Returns the variable for traces, or the one for all signals.
pub fn signal_variable(name: &str) -> Option<Variable> {
    first_of(
        &format!("OTEL_EXPORTER_OTLP_TRACES_{name}"),
        &format!("OTEL_EXPORTER_OTLP_{name}"),
    )
}

/// How spans are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    HttpProtobuf,
    Grpc,
}

/// When spans are sent, and how many are kept until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batches {
    pub queue_size: usize,
    /// How many spans are sent at a time.
    pub size: usize,
    /// How long a span waits for others.
    pub delay: Duration,
    /// How long it may take to send them, with repetitions.
    pub timeout: Duration,
}

impl Batches {
    /// Reads the variables.
    ///
    /// # Errors
    ///
    /// Values that are no positive numbers.
    pub fn read() -> Result<Self, Failure> {
        let milliseconds = |name, default| {
            let number = variable(name).map(positive).transpose()?.unwrap_or(default);
            Ok::<_, Failure>(Duration::from_millis(number))
        };
        let count = |name, default| {
            let number: Option<usize> = variable(name).map(positive).transpose()?;
            Ok::<_, Failure>(number.unwrap_or(default))
        };
        let queue_size = count("OTEL_BSP_MAX_QUEUE_SIZE", 2048)?;
        Ok(Batches {
            queue_size,
            size: count("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512)?.min(queue_size),
            delay: milliseconds("OTEL_BSP_SCHEDULE_DELAY", 5_000)?,
            timeout: milliseconds("OTEL_BSP_EXPORT_TIMEOUT", 30_000)?,
        })
    }
}

/// Returns whether traces are sent; `None` if that depends on whether a collector is named.
///
/// # Errors
///
/// An exporter that isn't supported.
pub fn is_enabled() -> Result<Option<bool>, Failure> {
    let is_true = |variable: Variable| variable.value.eq_ignore_ascii_case("true");
    if variable("OTEL_SDK_DISABLED").is_some_and(is_true) {
        return Ok(Some(false));
    }
    let Some(exporter) = variable("OTEL_TRACES_EXPORTER") else {
        return Ok(None);
    };
    match exporter.value.as_str() {
        "otlp" => Ok(Some(true)),
        "none" => Ok(Some(false)),
        _ => Err(unsupported(&exporter, &["otlp", "none"])),
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
    let Some(protocol) = signal_variable("PROTOCOL") else {
        return Ok(None);
    };
    match protocol.value.as_str() {
        "http/protobuf" => Ok(Some(Protocol::HttpProtobuf)),
        "grpc" => Ok(Some(Protocol::Grpc)),
        _ => Err(unsupported(&protocol, &["http/protobuf", "grpc"])),
    }
}

/// Returns how long the collector may take, if a variable sets it.
///
/// # Errors
///
/// A value that is no positive number.
pub fn timeout() -> Result<Option<Duration>, Failure> {
    let milliseconds = signal_variable("TIMEOUT").map(positive).transpose()?;
    Ok(milliseconds.map(Duration::from_millis))
}

/// Returns the headers for the collector that a variable sets: `name=value,name=value`, with percent-encoded values.
///
/// # Errors
///
/// An item that isn't a header.
pub fn headers() -> Result<HeaderMap, Failure> {
    let Some(Variable { name, value }) = signal_variable("HEADERS") else {
        return Ok(HeaderMap::new());
    };
    let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
    let headers = items.enumerate().map(|(at, item)| {
        // The values may be secrets.
        header(item).ok_or_else(|| {
            let message = format!("item {} of {name} is not a header", at + 1);
            let error = Diagnostic::error(codes::INVALID_TRACE_SETTING, message);
            let error = error.at(Place::argument(name.clone()));
            error
                .help("write each one as NAME=VALUE, with other characters percent-encoded")
                .into()
        })
    });
    let headers: Vec<(HeaderName, HeaderValue)> = Failure::collect(headers)?;
    Ok(headers.into_iter().collect())
}

fn header(item: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = item.split_once('=')?;
    let decoded = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let mut value = HeaderValue::from_str(&decoded).ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}

/// Whether the connection to a collector by gRPC whose endpoint has no scheme is without TLS.
pub fn is_insecure() -> bool {
    signal_variable("INSECURE").is_some_and(|variable| variable.value.eq_ignore_ascii_case("true"))
}

/// Whether variables name what the spans are of.
pub fn have_service_name() -> bool {
    let names_service = |attributes: Variable| {
        let mut names = attributes.value.split(',').filter_map(|item| item.split_once('='));
        names.any(|(name, _)| name.trim() == "service.name")
    };
    variable("OTEL_SERVICE_NAME").is_some()
        || variable("OTEL_RESOURCE_ATTRIBUTES").is_some_and(names_service)
}

/// Returns the limits of the attributes of a span.
///
/// # Errors
///
/// Values that are no numbers.
pub fn limits() -> Result<Limits, Failure> {
    let read = |name: &str| {
        let variable = first_of(
            &format!("OTEL_SPAN_ATTRIBUTE_{name}_LIMIT"),
            &format!("OTEL_ATTRIBUTE_{name}_LIMIT"),
        );
        variable.map(|variable| number::<u32>(&variable)).transpose()
    };
    let default = Limits::default();
    Ok(Limits {
        attributes: read("COUNT")?.unwrap_or(default.attributes),
        value_length: read("VALUE_LENGTH")?.and_then(|length| usize::try_from(length).ok()),
    })
}

/// Returns the sampler and its ratio, if a variable sets it.
///
/// # Errors
///
/// A sampler that isn't supported, or a ratio that is none.
pub fn sampler() -> Result<Option<(TraceSampler, f64)>, Failure> {
    let Some(variable) = variable("OTEL_TRACES_SAMPLER") else {
        return Ok(None);
    };
    let Some((name, sampler)) = SAMPLERS.iter().find(|(name, _)| *name == variable.value) else {
        return Err(unsupported(&variable, &SAMPLERS.map(|(name, _)| name)));
    };
    let ratio = if sampler.has_ratio() {
        ratio(name)?
    } else {
        1.0
    };
    Ok(Some((*sampler, ratio)))
}

fn ratio(sampler: &str) -> Result<f64, Failure> {
    let Some(Variable {
        value: argument, ..
    }) = variable("OTEL_TRACES_SAMPLER_ARG")
    else {
        return Ok(1.0);
    };
    match argument.parse::<f64>() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => {
            let message = format!("OTEL_TRACES_SAMPLER_ARG is `{argument}`, which is not a ratio");
            let error = Diagnostic::error(codes::INVALID_TRACE_SETTING, message);
            let place = Place::argument(format!("OTEL_TRACES_SAMPLER={sampler}"));
            Err(error.at(place).help("set it to a number from 0 to 1, such as 0.1").into())
        }
    }
}

/// Parses a number above zero.
fn positive<T: FromStr + Default + PartialEq>(variable: Variable) -> Result<T, Failure> {
    let number = variable.value.parse().ok().filter(|number| *number != T::default());
    number.ok_or_else(|| not_a_number(&variable, "a number above 0"))
}

fn number<T: FromStr>(variable: &Variable) -> Result<T, Failure> {
    variable.value.parse().map_err(|_| not_a_number(variable, "a number"))
}

fn not_a_number(variable: &Variable, needed: &str) -> Failure {
    let Variable { name, value } = variable;
    let is_time = name.ends_with("TIMEOUT") || name.ends_with("DELAY");
    let unit = if is_time { " of milliseconds" } else { "" };
    let message = format!("{name} is `{value}`, which is not {needed}{unit}");
    Diagnostic::error(codes::INVALID_TRACE_SETTING, message)
        .at(Place::argument(format!("{name}={value}")))
        .help(format!("set it to {needed}{unit}, or unset it"))
        .into()
}

fn unsupported(variable: &Variable, supported: &[&str]) -> Failure {
    let Variable { name, value } = variable;
    let message = format!("{name} is `{value}`, which is not supported");
    Diagnostic::error(codes::INVALID_TRACE_SETTING, message)
        .at(Place::argument(format!("{name}={value}")))
        .help(format!("set it to one of these: {}", supported.join(", ")))
        .into()
}
