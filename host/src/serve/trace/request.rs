//! The spans of a request: its own, and those of the calls that are made for it.

use std::io::Write as _;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator};
use opentelemetry_semantic_conventions::attribute::{
    CLIENT_ADDRESS, ERROR_TYPE, HTTP_REQUEST_METHOD, HTTP_REQUEST_METHOD_ORIGINAL,
    HTTP_RESPONSE_STATUS_CODE, NETWORK_PROTOCOL_VERSION, SERVER_ADDRESS, SERVER_PORT, URL_FULL,
    URL_PATH, URL_QUERY, URL_SCHEME, USER_AGENT_ORIGINAL,
};
use witgen_serve::proxy::ErrorCode;
use witgen_serve::server::Exchange;

use super::context::{Parent, SpanContext};
use super::headers;
use super::names::{MEMBER, OWN_TIME};
use super::tracer::Tracing;
use super::uri::{redacted, without_user};
use super::wire::{SpanHead, SpanWriter};
use crate::serve::conventions::{self, CANCELLED, ServerOutcome, error_name};

/// After how many spans those of a request are sent before it ends, unless less are sent at a time.
const MAX_SPANS: usize = 64;

/// Enough for the spans of most requests.
const CAPACITY: usize = 1 << 10;

/// The span of a request, and those of its calls.
pub struct RequestSpan {
    pub context: SpanContext,
    parent: Option<Parent>,
    clock: Clock,
    tracing: Arc<Tracing>,
    tracestate: Option<HeaderValue>,
    ended: Mutex<Ended>,
}

/// The spans that have ended and aren't sent yet.
#[derive(Default)]
struct Ended {
    spans: Vec<u8>,
    count: usize,
    /// Whether the request has ended. Spans that end later are sent at once.
    is_over: bool,
}

/// The time of a request.
#[derive(Clone, Copy)]
struct Clock {
    begun: Instant,
    /// In nanoseconds since 1970.
    unix: u64,
}

impl Clock {
    fn start() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Clock {
            begun: Instant::now(),
            unix: nanoseconds(now),
        }
    }

    /// Returns a time of the request in nanoseconds since 1970.
    fn unix(&self, time: Instant) -> u64 {
        let since = nanoseconds(time.saturating_duration_since(self.begun));
        self.unix.saturating_add(since)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The span of a call, which is sent when it ends.
pub struct CallSpan {
    pub context: SpanContext,
    parent: Parent,
    begun: Instant,
    called: Called,
}

/// The callee.
pub enum Called {
    /// A member of this name.
    Member(Arc<str>),
    /// A server, by a member of this name.
    Server {
        caller: Arc<str>,
        method: Method,
        uri: Uri,
    },
}

impl RequestSpan {
    /// Begins the span of a request (Semantic Conventions, HTTP server span). If the request names no parent, its `tracestate` is
    /// removed from its headers (W3C Trace Context, sections 4.2 and 4.3).
    pub fn begin(tracing: &Arc<Tracing>, exchange: &Exchange, headers: &mut HeaderMap) -> Self {
        let parent = exchange.headers.traceparent.as_ref().and_then(headers::parse);
        if parent.is_none() {
            headers.remove(headers::TRACESTATE);
        }
        let ids = RandomIdGenerator::default();
        let trace_id = parent.map_or_else(|| ids.new_trace_id(), |parent| parent.trace_id);
        let is_sampled = tracing.sampling.samples(trace_id, parent.map(|parent| parent.is_sampled));
        let tracestate = exchange
            .headers
            .tracestate
            .as_ref()
            .filter(|header| parent.is_some() && headers::tracestate(Some(header)).is_some());
        RequestSpan {
            context: SpanContext {
                trace_id,
                span_id: ids.new_span_id(),
                is_sampled,
            },
            parent: parent.map(|parent| Parent {
                span_id: parent.span_id,
                is_remote: true,
            }),
            clock: Clock::start(),
            tracing: tracing.clone(),
            tracestate: tracestate.cloned(),
            ended: Mutex::default(),
        }
    }

    /// Begins the span of a call. `caller` is the span of the member that calls, if one does, and `headers` are those of the request.
    pub fn begin_call(
        &self,
        called: impl FnOnce() -> Called,
        caller: Option<&SpanContext>,
        headers: &HeaderMap,
        begun: Instant,
    ) -> (SpanContext, Option<CallSpan>) {
        // A member that makes spans of its own names the one in which it makes the call.
        let named = caller.and_then(|caller| {
            headers::context(headers).filter(|named| named.trace_id == caller.trace_id)
        });
        let own = caller.unwrap_or(&self.context);
        let parent = named.as_ref().unwrap_or(own);
        let sampling = &self.tracing.sampling;
        let context = SpanContext {
            trace_id: self.context.trace_id,
            span_id: RandomIdGenerator::default().new_span_id(),
            is_sampled: sampling.samples_beneath(self.context.is_sampled, parent.is_sampled),
        };
        let span = context.is_sampled.then(|| CallSpan {
            context,
            parent: Parent {
                span_id: parent.span_id,
                is_remote: named.is_some_and(|named| named.span_id != own.span_id),
            },
            begun,
            called: called(),
        });
        (context, span)
    }

    /// Ends the span of a call at a time; `response` is `None` if the caller has given the call up. `own` is a member's own time.
    pub fn end_call(
        &self,
        span: &CallSpan,
        response: Option<Result<StatusCode, &ErrorCode>>,
        own: Option<Duration>,
        end: Instant,
    ) {
        let (name, kind) = match &span.called {
            Called::Member(name) => (&**name, SpanKind::Internal),
            Called::Server { method, .. } => {
                (conventions::method(method.as_str()), SpanKind::Client)
            }
        };
        let head = SpanHead {
            context: span.context,
            parent: Some(span.parent),
            tracestate: self.tracestate(),
            name,
            kind,
            begin: self.clock.unix(span.begun),
            end: self.clock.unix(end),
        };
        self.write(&head, |writer| {
            span.called.write(writer);
            if let Some(own) = own {
                writer.fraction(OWN_TIME, own.as_secs_f64());
            }
            match response {
                Some(Ok(status)) => {
                    writer.number(HTTP_RESPONSE_STATUS_CODE, status.as_u16());
                    if span.called.has_failed(status) {
                        writer.text(ERROR_TYPE, &[status.as_str()]);
                        writer.error("");
                    }
                }
                Some(Err(code)) => fail(writer, &error_name(code)),
                None => fail(writer, CANCELLED),
            }
        });
    }

    /// Ends the span of a request, with its response, and sends it.
    pub fn end(&self, exchange: &Exchange) {
        let mut ended = self.lock();
        ended.is_over = true;
        if !self.context.is_sampled {
            // A member may sample a trace that isn't.
            return self.send(&mut ended);
        }
        let method = conventions::method(exchange.method.as_str());
        let head = SpanHead {
            context: self.context,
            parent: self.parent,
            tracestate: self.tracestate(),
            name: method,
            kind: SpanKind::Server,
            begin: self.clock.unix,
            end: self.clock.unix(Instant::now()),
        };
        self.write_to(&mut ended, &head, |writer| write_exchange(writer, exchange));
    }

    fn tracestate(&self) -> Option<&str> {
        self.tracestate.as_ref()?.to_str().ok()
    }

    fn lock(&self) -> MutexGuard<'_, Ended> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, head: &SpanHead<'_>, attributes: impl FnOnce(&mut SpanWriter<'_>)) {
        self.write_to(&mut self.lock(), head, attributes);
    }

    /// Writes a span, and sends the waiting spans if the request is over or if there are enough of them.
    fn write_to(
        &self,
        ended: &mut Ended,
        head: &SpanHead<'_>,
        attributes: impl FnOnce(&mut SpanWriter<'_>),
    ) {
        if ended.spans.is_empty() {
            ended.spans.reserve(CAPACITY);
        }
        let mut writer = SpanWriter::begin(&mut ended.spans, self.tracing.limits, head);
        attributes(&mut writer);
        writer.end();
        ended.count += 1;
        if ended.is_over || ended.count >= MAX_SPANS.min(self.tracing.batch_size) {
            self.send(ended);
        }
    }

    fn send(&self, ended: &mut Ended) {
        if ended.count > 0 {
            self.tracing.send(&ended.spans, ended.count);
            ended.spans.clear();
            ended.count = 0;
        }
    }
}

impl Called {
    fn write(&self, writer: &mut SpanWriter<'_>) {
        let (caller, method, uri) = match self {
            Called::Member(name) => return writer.text(MEMBER, &[name]),
            Called::Server {
                caller,
                method,
                uri,
            } => (caller, method, uri),
        };
        write_method(writer, method);
        let [scheme, separator, host, target] = without_user(uri);
        writer.text(URL_FULL, &[scheme, separator, host, &redacted(target)]);
        writer.text(MEMBER, &[caller]);
        if let Some(server) = uri.authority() {
            write_server(writer, server);
        }
    }

    /// Whether a response is an error for the caller: from 400 on for the client of a server (Semantic Conventions, "HTTP client span").
    fn has_failed(&self, status: StatusCode) -> bool {
        match self {
            Called::Member(_) => status.is_server_error(),
            Called::Server { .. } => status.is_client_error() || status.is_server_error(),
        }
    }
}

fn write_method(writer: &mut SpanWriter<'_>, method: &Method) {
    let name = conventions::method(method.as_str());
    writer.text(HTTP_REQUEST_METHOD, &[name]);
    if name != method.as_str() {
        writer.text(HTTP_REQUEST_METHOD_ORIGINAL, &[method.as_str()]);
    }
}

/// Adds the attributes of a client's request and its response.
fn write_exchange(writer: &mut SpanWriter<'_>, exchange: &Exchange) {
    write_method(writer, &exchange.method);
    writer.text(URL_SCHEME, &[conventions::scheme(exchange.is_tls)]);
    let target = redacted(&exchange.target);
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (&*target, None),
    };
    writer.text(URL_PATH, &[path]);
    if let Some(query) = query {
        writer.text(URL_QUERY, &[query]);
    }
    writer.text(
        NETWORK_PROTOCOL_VERSION,
        &[conventions::version(exchange.version)],
    );
    if let Some(address) = exchange.client.ip() {
        write_address(writer, address);
    }
    let host = exchange.headers.host.as_ref();
    if let Some(host) = host.and_then(|host| Authority::try_from(host.as_bytes()).ok()) {
        write_server(writer, &host);
    }
    if let Some(agent) = &exchange.headers.user_agent {
        let agent = String::from_utf8_lossy(agent.as_bytes());
        writer.text(USER_AGENT_ORIGINAL, &[&agent]);
    }
    let outcome = ServerOutcome::of(exchange);
    if let Some(status) = outcome.status() {
        writer.number(HTTP_RESPONSE_STATUS_CODE, status);
    }
    if let Some(kind) = outcome.error_type() {
        writer.text(ERROR_TYPE, &[&kind]);
        writer.error(exchange.failure().unwrap_or_default());
    }
}

/// Adds the name and the port of a server.
fn write_server(writer: &mut SpanWriter<'_>, server: &Authority) {
    writer.text(SERVER_ADDRESS, &[server.host()]);
    if let Some(port) = server.port_u16() {
        writer.number(SERVER_PORT, port);
    }
}

fn write_address(writer: &mut SpanWriter<'_>, address: IpAddr) {
    /// The longest address has 39 characters, or 45 with a trailing IPv4 address.
    const MAX_BYTES: usize = 48;
    let mut text = [0; MAX_BYTES];
    let mut free = &mut text[..];
    // It has room for every address.
    let _ = write!(free, "{address}");
    let length = MAX_BYTES - free.len();
    writer.text(
        CLIENT_ADDRESS,
        &[str::from_utf8(&text[..length]).unwrap_or_default()],
    );
}

fn fail(writer: &mut SpanWriter<'_>, kind: &str) {
    writer.text(ERROR_TYPE, &[kind]);
    writer.error(kind);
}
