//! Spans that members make themselves: the interface `tracing` of `wasi:otel`.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::TraceState;
use opentelemetry::{SpanId, TraceId};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue,
};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ScopeSpans, Span, SpanFlags, Status};
use wasmtime::component::{ComponentType, Lift, Linker, Lower, flags};
use witgen::compose::{InterfaceName, Plan};
use witgen_serve::proxy::State;

use super::context::SpanContext;
use super::names::MEMBER;
use super::tracer::Tracing;
use crate::serve::calls::Pending;

/// The interface, and the interface of its types, in the version that toolchains have.
const TRACING: &str = "wasi:otel/tracing";
const TYPES: &str = "wasi:otel/types";
const VERSION: &str = "0.2.0-rc.2";

/// How many attributes, events or links of a span are kept, as by default in OpenTelemetry's SDKs.
const MAX_ITEMS: usize = 128;

/// Whether an interface is one that members import to make spans.
pub fn is_known(interface: &InterfaceName) -> bool {
    is_any(interface, &[TRACING, TYPES])
}

fn is_any(interface: &InterfaceName, paths: &[&str]) -> bool {
    let version = interface.version.as_ref().map(ToString::to_string);
    paths.contains(&interface.path.as_str()) && version.as_deref() == Some(VERSION)
}

/// Returns the imports of a composition by which members make spans, each with its member if it has only one.
pub fn imports(plan: &Plan) -> Vec<(String, Option<String>)> {
    let imports = plan.imports.iter().filter_map(|import| {
        let name = &import.name;
        let (name, interface) = name.split_once(": ").unwrap_or((name, name));
        let member = match import.members.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        let is_tracing = is_any(&InterfaceName::parse(interface), &[TRACING]);
        is_tracing.then(|| (name.to_owned(), member))
    });
    imports.collect()
}

/// Adds an import by which a member makes spans. Without `tracing` they are dropped.
///
/// # Errors
///
/// If the linker has the import already.
pub fn add_to_linker(
    linker: &mut Linker<State>,
    import: &str,
    member: Option<String>,
    tracing: Option<Arc<Tracing>>,
) -> wasmtime::Result<()> {
    let mut instance = linker.instance(import)?;
    // The host learns of a span when it ends.
    instance.func_wrap("on-start", |_, (_,): (GuestContext,)| Ok(()))?;
    instance.func_wrap("on-end", move |_, (span,): (GuestSpan,)| {
        if let Some(tracing) = &tracing
            && let Some(spans) = span.written(member.as_deref())
        {
            tracing.send_scope(&spans);
        }
        Ok(())
    })?;
    instance.func_wrap("outer-span-context", |store, (): ()| {
        let inbound = State::inbound(store)?;
        let call = inbound.as_ref().and_then(|inbound| inbound.get::<Pending>());
        let context = call.and_then(|pending| pending.call.context);
        Ok((GuestContext::of(context),))
    })
}

flags! {
    GuestFlags {
        #[component(name = "sampled")]
        const SAMPLED;
    }
}

#[derive(ComponentType, Lift, Lower, Clone)]
#[component(record)]
struct GuestContext {
    #[component(name = "trace-id")]
    trace_id: String,
    #[component(name = "span-id")]
    span_id: String,
    #[component(name = "trace-flags")]
    trace_flags: GuestFlags,
    #[component(name = "is-remote")]
    is_remote: bool,
    #[component(name = "trace-state")]
    trace_state: Vec<(String, String)>,
}

#[derive(ComponentType, Lift, Clone)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

#[derive(ComponentType, Lift, Clone)]
#[component(record)]
struct Attribute {
    key: String,
    /// As JSON.
    value: String,
}

#[derive(ComponentType, Lift, Clone)]
#[component(record)]
struct GuestEvent {
    name: String,
    time: Datetime,
    attributes: Vec<Attribute>,
}

#[derive(ComponentType, Lift, Clone)]
#[component(record)]
struct GuestLink {
    #[component(name = "span-context")]
    context: GuestContext,
    attributes: Vec<Attribute>,
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "wasmtime makes them of numbers")]
enum GuestKind {
    #[component(name = "client")]
    Client,
    #[component(name = "server")]
    Server,
    #[component(name = "producer")]
    Producer,
    #[component(name = "consumer")]
    Consumer,
    #[component(name = "internal")]
    Internal,
}

#[derive(ComponentType, Lift, Clone)]
#[component(variant)]
enum GuestStatus {
    #[component(name = "unset")]
    Unset,
    #[component(name = "ok")]
    Ok,
    #[component(name = "error")]
    Error(String),
}

#[derive(ComponentType, Lift, Clone)]
#[component(record)]
struct Scope {
    name: String,
    version: Option<String>,
    #[component(name = "schema-url")]
    schema_url: Option<String>,
    attributes: Vec<Attribute>,
}

#[derive(ComponentType, Lift, Clone)]
#[component(record)]
struct GuestSpan {
    #[component(name = "span-context")]
    context: GuestContext,
    #[component(name = "parent-span-id")]
    parent_span_id: String,
    #[component(name = "span-kind")]
    kind: GuestKind,
    name: String,
    #[component(name = "start-time")]
    start_time: Datetime,
    #[component(name = "end-time")]
    end_time: Datetime,
    attributes: Vec<Attribute>,
    events: Vec<GuestEvent>,
    links: Vec<GuestLink>,
    status: GuestStatus,
    #[component(name = "instrumentation-scope")]
    scope: Scope,
    #[component(name = "dropped-attributes")]
    dropped_attributes: u32,
    #[component(name = "dropped-events")]
    dropped_events: u32,
    #[component(name = "dropped-links")]
    dropped_links: u32,
}

impl GuestContext {
    /// Returns a span of the server; without one, a context that is none.
    fn of(context: Option<SpanContext>) -> Self {
        let (trace_id, span_id, is_sampled) = match context {
            Some(context) => (context.trace_id, context.span_id, context.is_sampled),
            None => (TraceId::INVALID, SpanId::INVALID, false),
        };
        GuestContext {
            trace_id: trace_id.to_string(),
            span_id: span_id.to_string(),
            trace_flags: if is_sampled {
                GuestFlags::SAMPLED
            } else {
                GuestFlags::empty()
            },
            is_remote: false,
            trace_state: Vec::new(),
        }
    }

    /// Returns the identifiers of the trace and the span; `None` if they are none.
    fn ids(&self) -> Option<(TraceId, SpanId)> {
        let trace_id = TraceId::from_hex(&self.trace_id).ok()?;
        let span_id = SpanId::from_hex(&self.span_id).ok()?;
        let is_valid = trace_id != TraceId::INVALID && span_id != SpanId::INVALID;
        is_valid.then_some((trace_id, span_id))
    }

    fn is_sampled(&self) -> bool {
        self.trace_flags.contains(GuestFlags::SAMPLED)
    }

    /// Returns the value of `tracestate`, which is empty if it would be malformed.
    fn trace_state(&self) -> String {
        let state = TraceState::from_key_value(self.trace_state.clone());
        state.unwrap_or_default().header()
    }
}

/// Returns the flags of a span or link, and whether its parent or target is a span of another program.
fn written_flags(is_sampled: bool, is_remote: bool) -> u32 {
    let remote = if is_remote {
        SpanFlags::ContextIsRemoteMask as u32
    } else {
        0
    };
    u32::from(is_sampled) | SpanFlags::ContextHasIsRemoteMask as u32 | remote
}

impl GuestSpan {
    /// Returns the span for the collector; `None` if it isn't sampled, or no span.
    fn written(self, member: Option<&str>) -> Option<ScopeSpans> {
        let (trace_id, span_id) = self.context.ids().filter(|_| self.context.is_sampled())?;
        let parent = SpanId::from_hex(&self.parent_span_id).unwrap_or(SpanId::INVALID);
        let (mut attributes, dropped) = attributes(self.attributes);
        attributes.extend(
            member
                .map(|member| key_value(MEMBER.to_owned(), Value::StringValue(member.to_owned()))),
        );
        let (code, message) = match self.status {
            GuestStatus::Unset => (StatusCode::Unset, String::new()),
            GuestStatus::Ok => (StatusCode::Ok, String::new()),
            GuestStatus::Error(description) => (StatusCode::Error, description),
        };
        let kind = match self.kind {
            GuestKind::Client => SpanKind::Client,
            GuestKind::Server => SpanKind::Server,
            GuestKind::Producer => SpanKind::Producer,
            GuestKind::Consumer => SpanKind::Consumer,
            GuestKind::Internal => SpanKind::Internal,
        };
        let span = Span {
            trace_id: trace_id.to_bytes().to_vec(),
            span_id: span_id.to_bytes().to_vec(),
            trace_state: self.context.trace_state(),
            parent_span_id: if parent == SpanId::INVALID {
                Vec::new()
            } else {
                parent.to_bytes().to_vec()
            },
            flags: written_flags(true, false),
            name: self.name,
            kind: kind.into(),
            start_time_unix_nano: self.start_time.nanoseconds(),
            end_time_unix_nano: self.end_time.nanoseconds(),
            attributes,
            dropped_attributes_count: self.dropped_attributes.saturating_add(dropped),
            dropped_events_count: self.dropped_events.saturating_add(excess(&self.events)),
            events: self.events.into_iter().take(MAX_ITEMS).map(GuestEvent::written).collect(),
            dropped_links_count: self.dropped_links.saturating_add(excess(&self.links)),
            links: self.links.into_iter().take(MAX_ITEMS).filter_map(GuestLink::written).collect(),
            status: Some(Status {
                code: code.into(),
                message,
            }),
        };
        Some(ScopeSpans {
            scope: Some(InstrumentationScope {
                name: self.scope.name,
                version: self.scope.version.unwrap_or_default(),
                attributes: self::attributes(self.scope.attributes).0,
                ..InstrumentationScope::default()
            }),
            schema_url: self.scope.schema_url.unwrap_or_default(),
            spans: vec![span],
        })
    }
}

impl GuestEvent {
    fn written(self) -> Event {
        let (attributes, dropped) = attributes(self.attributes);
        Event {
            time_unix_nano: self.time.nanoseconds(),
            name: self.name,
            attributes,
            dropped_attributes_count: dropped,
        }
    }
}

impl GuestLink {
    fn written(self) -> Option<Link> {
        let (trace_id, span_id) = self.context.ids()?;
        let (attributes, dropped) = attributes(self.attributes);
        Some(Link {
            trace_id: trace_id.to_bytes().to_vec(),
            span_id: span_id.to_bytes().to_vec(),
            trace_state: self.context.trace_state(),
            attributes,
            dropped_attributes_count: dropped,
            flags: written_flags(self.context.is_sampled(), self.context.is_remote),
        })
    }
}

impl Datetime {
    /// Returns the time in nanoseconds since 1970.
    fn nanoseconds(&self) -> u64 {
        let since = Duration::new(self.seconds, self.nanoseconds.min(999_999_999));
        u64::try_from(since.as_nanos()).unwrap_or_default()
    }
}

/// Returns how many items exceed the limit.
fn excess<T>(items: &[T]) -> u32 {
    u32::try_from(items.len().saturating_sub(MAX_ITEMS)).unwrap_or(u32::MAX)
}

/// Returns attributes, and how many are left out.
fn attributes(all: Vec<Attribute>) -> (Vec<KeyValue>, u32) {
    let dropped = excess(&all);
    let kept = all.into_iter().take(MAX_ITEMS);
    let kept = kept.map(|attribute| key_value(attribute.key, value(attribute.value)));
    (kept.collect(), dropped)
}

fn key_value(key: String, value: Value) -> KeyValue {
    KeyValue {
        key,
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// Returns the value of an attribute, which is JSON; if it is neither a scalar nor an array of strings, its text.
fn value(text: String) -> Value {
    use serde_json::Value as Json;
    match serde_json::from_str::<Json>(&text) {
        Ok(Json::Bool(value)) => Value::BoolValue(value),
        Ok(Json::String(value)) => Value::StringValue(value),
        Ok(Json::Number(value)) => match (value.as_i64(), value.as_f64()) {
            (Some(value), _) => Value::IntValue(value),
            (None, Some(value)) => Value::DoubleValue(value),
            (None, None) => Value::StringValue(text),
        },
        Ok(Json::Array(items)) => strings(&items).unwrap_or(Value::StringValue(text)),
        _ => Value::StringValue(text),
    }
}

/// Returns an array of strings; `None` if an item is none.
fn strings(items: &[serde_json::Value]) -> Option<Value> {
    let values = items.iter().map(|item| {
        let value = Some(Value::StringValue(item.as_str()?.to_owned()));
        Some(AnyValue { value })
    });
    let values = values.collect::<Option<_>>()?;
    Some(Value::ArrayValue(ArrayValue { values }))
}
