//! The headers `traceparent` and `tracestate` (W3C Trace Context).

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Returns the span that a request names as its parent; `None` if it names none, or its header is malformed.
pub fn context(headers: &HeaderMap) -> Option<SpanContext> {
    headers.contains_key(TRACEPARENT).then(|| extract(&HeaderExtractor(headers)))?
}

/// Returns the span that these headers name.
pub fn context_of(
    traceparent: &Option<HeaderValue>,
    tracestate: &Option<HeaderValue>,
) -> Option<SpanContext> {
    let text = |value: &'_ Option<HeaderValue>| value.as_ref()?.to_str().ok().map(str::to_owned);
    let traceparent = text(traceparent)?;
    extract(&Headers {
        traceparent,
        tracestate: text(tracestate),
    })
}

fn extract(headers: &dyn Extractor) -> Option<SpanContext> {
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), headers);
    let context = context.span().span_context().clone();
    context.is_valid().then_some(context)
}

struct Headers {
    traceparent: String,
    tracestate: Option<String>,
}

impl Extractor for Headers {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => Some(&self.traceparent),
            "tracestate" => self.tracestate.as_deref(),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}

/// Makes a span the parent of what happens for a request. `tracestate` stays as it is (section 3.3).
pub fn insert(context: &SpanContext, headers: &mut HeaderMap) {
    let value = format!(
        "00-{}-{}-{:02x}",
        context.trace_id(),
        context.span_id(),
        context.trace_flags()
    );
    // It consists of digits and hyphens.
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(TRACEPARENT, value);
    }
}
