//! Spans that members make themselves: the interface `tracing` of `wasi:otel`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use wasmtime::component::{ComponentType, Lift, Linker, Lower, flags};
use witgen::compose::{InterfaceName, Plan};
use witgen_serve::proxy::State;

use super::{MEMBER, Tracing};
use crate::serve::calls::Call;

/// The interface, and the one whose types it uses, in the version that toolchains have.
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
            && let Some(span) = span.data(member.as_deref())
        {
            tracing.export(span);
        }
        Ok(())
    })?;
    instance.func_wrap("outer-span-context", |store, (): ()| {
        let inbound = State::inbound(store)?;
        let call = inbound.as_ref().and_then(|inbound| inbound.get::<Arc<Call>>());
        let context = call.and_then(|call| call.context.clone());
        Ok((GuestContext::of(&context.unwrap_or(SpanContext::NONE)),))
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
    fn of(context: &SpanContext) -> Self {
        GuestContext {
            trace_id: context.trace_id().to_string(),
            span_id: context.span_id().to_string(),
            trace_flags: if context.is_sampled() {
                GuestFlags::SAMPLED
            } else {
                GuestFlags::empty()
            },
            is_remote: context.is_remote(),
            trace_state: Vec::new(),
        }
    }

    /// Returns the context; `None` if an identifier is none.
    fn context(&self) -> Option<SpanContext> {
        let trace_id = TraceId::from_hex(&self.trace_id).ok()?;
        let span_id = SpanId::from_hex(&self.span_id).ok()?;
        let flags = if self.trace_flags.contains(GuestFlags::SAMPLED) {
            TraceFlags::SAMPLED
        } else {
            TraceFlags::NOT_SAMPLED
        };
        let state = TraceState::from_key_value(self.trace_state.clone()).unwrap_or_default();
        let context = SpanContext::new(trace_id, span_id, flags, self.is_remote, state);
        context.is_valid().then_some(context)
    }
}

impl GuestSpan {
    /// Returns the span for the collector; `None` if it isn't sampled, or no span.
    fn data(self, member: Option<&str>) -> Option<SpanData> {
        let context = self.context.context().filter(SpanContext::is_sampled)?;
        let (mut attributes, dropped) = attributes(self.attributes);
        if let Some(member) = member {
            attributes.push(KeyValue::new(MEMBER, member.to_owned()));
        }
        let mut events = SpanEvents::default();
        events.dropped_count = self.dropped_events.saturating_add(excess(&self.events));
        events.events = self.events.into_iter().take(MAX_ITEMS).map(GuestEvent::event).collect();
        let mut links = SpanLinks::default();
        links.dropped_count = self.dropped_links.saturating_add(excess(&self.links));
        links.links = self.links.into_iter().take(MAX_ITEMS).filter_map(GuestLink::link).collect();
        let mut scope = InstrumentationScope::builder(self.scope.name);
        if let Some(version) = self.scope.version {
            scope = scope.with_version(version);
        }
        if let Some(url) = self.scope.schema_url {
            scope = scope.with_schema_url(url);
        }
        scope = scope.with_attributes(self::attributes(self.scope.attributes).0);
        Some(SpanData {
            span_context: context,
            parent_span_id: SpanId::from_hex(&self.parent_span_id).unwrap_or(SpanId::INVALID),
            parent_span_is_remote: false,
            span_kind: match self.kind {
                GuestKind::Client => SpanKind::Client,
                GuestKind::Server => SpanKind::Server,
                GuestKind::Producer => SpanKind::Producer,
                GuestKind::Consumer => SpanKind::Consumer,
                GuestKind::Internal => SpanKind::Internal,
            },
            name: Cow::Owned(self.name),
            start_time: self.start_time.time(),
            end_time: self.end_time.time(),
            attributes,
            dropped_attributes_count: self.dropped_attributes.saturating_add(dropped),
            events,
            links,
            status: match self.status {
                GuestStatus::Unset => Status::Unset,
                GuestStatus::Ok => Status::Ok,
                GuestStatus::Error(description) => Status::error(description),
            },
            instrumentation_scope: scope.build(),
        })
    }
}

impl GuestEvent {
    fn event(self) -> Event {
        let (attributes, dropped) = attributes(self.attributes);
        Event::new(self.name, self.time.time(), attributes, dropped)
    }
}

impl GuestLink {
    fn link(self) -> Option<Link> {
        let (attributes, dropped) = attributes(self.attributes);
        Some(Link::new(self.context.context()?, attributes, dropped))
    }
}

impl Datetime {
    fn time(&self) -> SystemTime {
        let since = Duration::new(self.seconds, self.nanoseconds.min(999_999_999));
        SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// Returns how many items are too many.
fn excess<T>(items: &[T]) -> u32 {
    u32::try_from(items.len().saturating_sub(MAX_ITEMS)).unwrap_or(u32::MAX)
}

/// Returns attributes, and how many are left out.
fn attributes(all: Vec<Attribute>) -> (Vec<KeyValue>, u32) {
    let dropped = excess(&all);
    let kept = all.into_iter().take(MAX_ITEMS);
    let kept = kept.map(|attribute| KeyValue::new(attribute.key, value(attribute.value)));
    (kept.collect(), dropped)
}

/// Returns the value of an attribute, which is JSON; if it is neither a scalar nor an array of strings, its text.
fn value(text: String) -> Value {
    use serde_json::Value as Json;
    match serde_json::from_str::<Json>(&text) {
        Ok(Json::Bool(value)) => value.into(),
        Ok(Json::String(value)) => value.into(),
        Ok(Json::Number(value)) => match (value.as_i64(), value.as_f64()) {
            (Some(value), _) => value.into(),
            (None, Some(value)) => value.into(),
            (None, None) => text.into(),
        },
        Ok(Json::Array(items)) => {
            let strings =
                items.iter().map(|item| item.as_str().map(|s| StringValue::from(s.to_owned())));
            let strings: Option<Vec<StringValue>> = strings.collect();
            strings.map_or_else(
                || text.into(),
                |strings| Value::Array(Array::String(strings)),
            )
        }
        _ => text.into(),
    }
}
