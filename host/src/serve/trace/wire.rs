//! Spans in the format of OTLP: the messages of `opentelemetry/proto/trace/v1/trace.proto`, in the encoding of Protocol Buffers.
//!
//! A busy server makes a hundred thousand spans per second, and the types that are generated from these messages need an allocation
//! for each text. So the spans of requests are written as they are sent.

use bytes::BufMut as _;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ScopeSpans, SpanFlags};
use prost::{Message as _, encode_length_delimiter, length_delimiter_len};

use super::context::{Parent, SpanContext};
use super::limits::Limits;

/// The wire types of fields.
const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const LENGTH: u8 = 2;
const FIXED_32: u8 = 5;

/// The fields of `ResourceSpans` and `ScopeSpans` that repeat.
const SCOPE_SPANS: u8 = 2;
const SPANS: u8 = 2;

/// The field of `ExportTraceServiceRequest`.
const RESOURCE_SPANS: u8 = 1;

/// A span that is being written, as a field of `ScopeSpans`.
pub struct SpanWriter<'a> {
    to: &'a mut Vec<u8>,
    start: usize,
    limits: Limits,
    attributes: u32,
}

/// The fields of each span.
pub struct SpanHead<'a> {
    pub context: SpanContext,
    pub parent: Option<Parent>,
    pub tracestate: Option<&'a str>,
    pub name: &'a str,
    pub kind: SpanKind,
    /// In nanoseconds since 1970.
    pub begin: u64,
    pub end: u64,
}

impl<'a> SpanWriter<'a> {
    /// Begins a span at the end of others.
    pub fn begin(to: &'a mut Vec<u8>, limits: Limits, head: &SpanHead<'_>) -> Self {
        to.push(key(SPANS, LENGTH));
        let start = to.len();
        let mut ids = [0; 28];
        ids[..2].copy_from_slice(&[key(1, LENGTH), 16]);
        ids[2..18].copy_from_slice(&head.context.trace_id.to_bytes());
        ids[18..20].copy_from_slice(&[key(2, LENGTH), 8]);
        ids[20..].copy_from_slice(&head.context.span_id.to_bytes());
        to.extend_from_slice(&ids);
        if let Some(state) = head.tracestate {
            bytes(to, 3, state.as_bytes());
        }
        let mut flags =
            u32::from(head.context.is_sampled) | SpanFlags::ContextHasIsRemoteMask as u32;
        if let Some(parent) = head.parent {
            bytes(to, 4, &parent.span_id.to_bytes());
            if parent.is_remote {
                flags |= SpanFlags::ContextIsRemoteMask as u32;
            }
        }
        bytes(to, 5, head.name.as_bytes());
        let mut fixed = [0; 26];
        fixed[..3].copy_from_slice(&[key(6, VARINT), head.kind as u8, key(7, FIXED_64)]);
        fixed[3..11].copy_from_slice(&head.begin.to_le_bytes());
        fixed[11] = key(8, FIXED_64);
        fixed[12..20].copy_from_slice(&head.end.to_le_bytes());
        // Field 16, whose key is longer.
        fixed[20..22].copy_from_slice(&[0x80 | FIXED_32, 1]);
        fixed[22..].copy_from_slice(&flags.to_le_bytes());
        to.extend_from_slice(&fixed);
        SpanWriter {
            to,
            start,
            limits,
            attributes: 0,
        }
    }

    /// Adds an attribute, whose value consists of parts.
    pub fn text(&mut self, name: &str, parts: &[&str]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let mut left = self.limits.kept(length, parts);
        self.attribute(name, 1 + length_delimiter_len(left) + left, |to| {
            delimited(to, 1, left);
            for part in parts {
                let kept = &part.as_bytes()[..part.len().min(left)];
                to.extend_from_slice(kept);
                left -= kept.len();
            }
        });
    }

    /// Adds an attribute that is a number.
    pub fn number(&mut self, name: &str, value: u16) {
        let value = usize::from(value);
        self.attribute(name, 1 + length_delimiter_len(value), |to| {
            to.push(key(3, VARINT));
            varint(to, value);
        });
    }

    /// Adds an attribute that is a number with a fraction.
    pub fn fraction(&mut self, name: &str, value: f64) {
        self.attribute(name, 9, |to| {
            to.push(key(4, FIXED_64));
            to.put_f64_le(value);
        });
    }

    /// Adds an attribute whose value, an `AnyValue`, has this length.
    fn attribute(&mut self, name: &str, length: usize, write: impl FnOnce(&mut Vec<u8>)) {
        self.attributes += 1;
        if self.attributes > self.limits.attributes {
            return;
        }
        let to = &mut *self.to;
        let of_field = |length: usize| 1 + length_delimiter_len(length) + length;
        delimited(to, 9, of_field(name.len()) + of_field(length));
        bytes(to, 1, name.as_bytes());
        delimited(to, 2, length);
        write(to);
    }

    /// Marks the span as failed.
    pub fn error(&mut self, description: &str) {
        let length = if description.is_empty() {
            0
        } else {
            1 + length_delimiter_len(description.len()) + description.len()
        };
        let to = &mut *self.to;
        to.push(key(15, LENGTH));
        varint(to, length + 2);
        if !description.is_empty() {
            bytes(to, 2, description.as_bytes());
        }
        to.push(key(3, VARINT));
        to.push(StatusCode::Error as u8);
    }

    /// Ends the span.
    pub fn end(self) {
        let dropped = self.attributes.saturating_sub(self.limits.attributes);
        if dropped > 0 {
            self.to.push(key(10, VARINT));
            varint(self.to, dropped as usize);
        }
        // The length precedes the span, and is known after it.
        let length = self.to.len() - self.start;
        varint(self.to, length);
        self.to[self.start..].rotate_right(length_delimiter_len(length));
    }
}

/// Writes spans of another scope than the server's own, as a field of `ResourceSpans`.
pub fn write_scope(to: &mut Vec<u8>, spans: &ScopeSpans) {
    to.push(key(SCOPE_SPANS, LENGTH));
    // A vector has room for everything.
    let _ = spans.encode_length_delimited(to);
}

/// Returns the content of a request to a collector. `resource` has the other fields of `ResourceSpans`, and `scope` those of
/// `ScopeSpans`; `spans` are of that scope, and `scopes` are others with their spans.
pub fn request(resource: &[u8], scope: &[u8], spans: &[u8], scopes: &[u8]) -> Vec<u8> {
    /// Enough for the keys and the lengths.
    const HEADS: usize = 32;
    let own = if spans.is_empty() {
        0
    } else {
        let length = scope.len() + spans.len();
        1 + length_delimiter_len(length) + length
    };
    let length = resource.len() + own + scopes.len();
    let mut to = Vec::with_capacity(length + HEADS);
    to.push(key(RESOURCE_SPANS, LENGTH));
    varint(&mut to, length);
    to.extend_from_slice(resource);
    if !spans.is_empty() {
        to.push(key(SCOPE_SPANS, LENGTH));
        varint(&mut to, scope.len() + spans.len());
        to.extend_from_slice(scope);
        to.extend_from_slice(spans);
    }
    to.extend_from_slice(scopes);
    to
}

/// The key of a field whose number is below 16.
const fn key(field: u8, wire_type: u8) -> u8 {
    field << 3 | wire_type
}

fn varint(to: &mut Vec<u8>, value: usize) {
    // A vector has room for everything.
    let _ = encode_length_delimiter(value, to);
}

/// Writes what precedes a field of this length.
fn delimited(to: &mut Vec<u8>, field: u8, length: usize) {
    if length < 0x80 {
        // One write instead of two.
        to.extend_from_slice(&[key(field, LENGTH), length as u8]);
    } else {
        to.push(key(field, LENGTH));
        varint(to, length);
    }
}

fn bytes(to: &mut Vec<u8>, field: u8, value: &[u8]) {
    delimited(to, field, value.len());
    to.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use opentelemetry::{SpanId, TraceId};
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
    use opentelemetry_proto::tonic::resource::v1::Resource;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span, Status};
    use pretty_assertions::assert_eq;

    use super::*;

    fn head<'a>() -> SpanHead<'a> {
        SpanHead {
            context: SpanContext {
                trace_id: TraceId::from(7),
                span_id: SpanId::from(8),
                is_sampled: true,
            },
            parent: Some(Parent {
                span_id: SpanId::from(9),
                is_remote: true,
            }),
            tracestate: Some("vendor=1"),
            name: "GET",
            kind: SpanKind::Server,
            begin: 1,
            end: u64::MAX,
        }
    }

    fn attribute(name: &str, value: Value) -> KeyValue {
        KeyValue {
            key: name.to_owned(),
            value: Some(AnyValue { value: Some(value) }),
            ..KeyValue::default()
        }
    }

    fn text(name: &str, value: &str) -> KeyValue {
        attribute(name, Value::StringValue(value.to_owned()))
    }

    fn scope(name: &str, spans: Vec<Span>) -> ScopeSpans {
        let scope = InstrumentationScope {
            name: name.to_owned(),
            ..InstrumentationScope::default()
        };
        ScopeSpans {
            scope: Some(scope),
            spans,
            schema_url: String::new(),
        }
    }

    fn resource(scope_spans: Vec<ScopeSpans>) -> ResourceSpans {
        ResourceSpans {
            resource: Some(Resource::default()),
            scope_spans,
            schema_url: "https://example.com/schema".to_owned(),
        }
    }

    #[test]
    fn a_collector_reads_what_is_written() {
        let mut spans = Vec::new();
        let mut writer = SpanWriter::begin(&mut spans, Limits::default(), &head());
        let long = "x".repeat(20_000);
        writer.text("empty", &[]);
        writer.text("path", &["/", "a", ""]);
        writer.text("long", &[&long]);
        writer.number("status", 503);
        writer.fraction("time", 0.25);
        writer.error("it failed");
        writer.end();
        let bare = SpanHead {
            parent: None,
            tracestate: None,
            ..head()
        };
        let mut writer = SpanWriter::begin(&mut spans, Limits::default(), &bare);
        writer.error("");
        writer.end();
        let mut others = Vec::new();
        let guest = scope("guest", vec![Span::default()]);
        write_scope(&mut others, &guest);
        let written = request(
            &resource(Vec::new()).encode_to_vec(),
            &scope("own", Vec::new()).encode_to_vec(),
            &spans,
            &others,
        );

        let second = Span {
            trace_id: TraceId::from(7).to_bytes().to_vec(),
            span_id: SpanId::from(8).to_bytes().to_vec(),
            name: "GET".to_owned(),
            kind: SpanKind::Server.into(),
            flags: 0x101,
            start_time_unix_nano: 1,
            end_time_unix_nano: u64::MAX,
            status: Some(Status {
                code: StatusCode::Error.into(),
                message: String::new(),
            }),
            ..Span::default()
        };
        let first = Span {
            parent_span_id: SpanId::from(9).to_bytes().to_vec(),
            trace_state: "vendor=1".to_owned(),
            flags: 0x301,
            attributes: vec![
                text("empty", ""),
                text("path", "/a"),
                text("long", &long),
                attribute("status", Value::IntValue(503)),
                attribute("time", Value::DoubleValue(0.25)),
            ],
            status: Some(Status {
                code: StatusCode::Error.into(),
                message: "it failed".to_owned(),
            }),
            ..second.clone()
        };
        let expected = ExportTraceServiceRequest {
            resource_spans: vec![resource(vec![scope("own", vec![first, second]), guest])],
        };
        let read = ExportTraceServiceRequest::decode(&*written).unwrap();
        assert_eq!(read, expected);
    }

    #[test]
    fn attributes_are_limited_in_number_and_length() {
        let limits = Limits {
            attributes: 2,
            value_length: Some(3),
        };
        let mut spans = Vec::new();
        let mut writer = SpanWriter::begin(&mut spans, limits, &head());
        writer.text("short", &["äöü"]);
        writer.text("long", &["a", "äö", "b"]);
        writer.number("status", 200);
        writer.fraction("time", 0.25);
        writer.end();
        let read = ScopeSpans::decode(&*spans).unwrap();
        let [span] = read.spans.as_slice() else {
            panic!("{read:?}");
        };
        assert_eq!(span.attributes, [text("short", "äöü"), text("long", "aäö")]);
        assert_eq!(span.dropped_attributes_count, 2);
    }
}
