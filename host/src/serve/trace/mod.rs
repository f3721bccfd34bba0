//! Traces, as OpenTelemetry defines them: a span for each request, member, next hop and side call.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, Uri};
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, Span, SpanData,
    SpanProcessor,
};
use opentelemetry_semantic_conventions::attribute::{
    CLIENT_ADDRESS, ERROR_TYPE, HTTP_REQUEST_METHOD, HTTP_REQUEST_METHOD_ORIGINAL,
    HTTP_RESPONSE_STATUS_CODE, NETWORK_PROTOCOL_VERSION, SERVER_ADDRESS, SERVER_PORT, URL_FULL,
    URL_PATH, URL_QUERY, URL_SCHEME, USER_AGENT_ORIGINAL,
};
use witgen_serve::proxy::{ErrorCode, Request};
use witgen_serve::server::Exchange;

use super::conventions::{self, CANCELLED, ServerOutcome, error_name};
pub use destination::TraceSettings;
use exporter::LoggingExporter;
use queue::Queue;

mod collector;
mod destination;
mod exporter;
pub mod guest;
pub mod headers;
mod queue;
pub mod settings;
mod variables;

/// How long the server waits at its end until the collector has the last spans.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// The name and the time of a member, as attributes of spans.
const MEMBER: &str = "witgen.member";
const OWN_TIME: &str = "witgen.member.own_time";

/// Makes spans, and sends them to a collector.
pub struct Tracing {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    processor: Processor,
    settings: TraceSettings,
}

/// What the spans of this server and those of members go through.
#[derive(Clone, Debug)]
struct Processor {
    batches: Arc<BatchSpanProcessor>,
    queue: Arc<Queue>,
}

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.batches.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.queue.admits() {
            self.batches.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }
}

impl Tracing {
    fn new(
        exporter: LoggingExporter,
        queue: Arc<Queue>,
        resource: Resource,
        sampler: Option<Sampler>,
        settings: TraceSettings,
    ) -> Self {
        let config = BatchConfigBuilder::default().with_max_queue_size(queue.size()).build();
        let mut batches = BatchSpanProcessor::new(exporter, config);
        // The provider can't set the resource of a processor that is shared.
        batches.set_resource(&resource);
        let processor = Processor {
            batches: Arc::new(batches),
            queue,
        };
        let builder = SdkTracerProvider::builder()
            .with_span_processor(processor.clone())
            .with_resource(resource);
        let provider = match sampler {
            Some(sampler) => builder.with_sampler(sampler).build(),
            None => builder.build(),
        };
        Tracing {
            tracer: provider.tracer("witgen-serve"),
            provider,
            processor,
            settings,
        }
    }

    /// Sends a span of a member.
    fn export(&self, span: SpanData) {
        self.processor.on_end(span);
    }

    /// Sends the spans that have ended, as far as the collector takes them soon.
    pub fn shut_down(&self) {
        // The exporter has logged that it can't send.
        let _ = self.provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT);
    }

    /// Begins the span of a request (Semantic Conventions, HTTP server span).
    pub fn begin_request(self: &Arc<Self>, exchange: &Exchange) -> RequestSpan {
        let (method, original) = method(exchange.method.as_str());
        let (path, query) = match exchange.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (exchange.target.as_str(), None),
        };
        let mut attributes = vec![
            KeyValue::new(HTTP_REQUEST_METHOD, method),
            KeyValue::new(URL_SCHEME, conventions::scheme(exchange.is_tls)),
            KeyValue::new(URL_PATH, path.to_owned()),
            KeyValue::new(
                NETWORK_PROTOCOL_VERSION,
                conventions::version(exchange.version),
            ),
        ];
        let headers = &exchange.headers;
        let text = |value: &Option<http::HeaderValue>| {
            value
                .as_ref()
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let optional = [
            (
                CLIENT_ADDRESS,
                exchange.client.ip().map(|address| address.to_string()),
            ),
            (HTTP_REQUEST_METHOD_ORIGINAL, original),
            (URL_QUERY, query.map(str::to_owned)),
            (SERVER_ADDRESS, text(&headers.host)),
            (USER_AGENT_ORIGINAL, text(&headers.user_agent)),
        ];
        attributes.extend(
            optional.into_iter().filter_map(|(key, value)| Some(KeyValue::new(key, value?))),
        );
        let builder = SpanBuilder::from_name(method)
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        let parent = headers::context_of(&headers.traceparent, &headers.tracestate);
        let span = self.start_span(builder, parent);
        RequestSpan {
            context: span.span_context().clone(),
            span,
            tracing: self.clone(),
        }
    }

    fn start_span(&self, builder: SpanBuilder, parent: Option<SpanContext>) -> Span {
        let context = match parent {
            Some(parent) => Context::new().with_remote_span_context(parent),
            None => Context::new(),
        };
        self.tracer.build_with_context(builder, &context)
    }
}

impl Drop for Tracing {
    fn drop(&mut self) {
        // Sending the last spans blocks, and the last request to use this ends on a thread that serves others too.
        let provider = self.provider.clone();
        std::thread::spawn(move || {
            let _ = provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT);
        });
    }
}

/// The span of a request.
pub struct RequestSpan {
    span: Span,
    pub context: SpanContext,
    tracing: Arc<Tracing>,
}

impl RequestSpan {
    /// Begins the span of a call to a member. `caller` is the span of the member that calls, if one does. The headers of the request
    /// get the new span as the parent of what follows.
    pub fn begin_member(
        &self,
        member: &str,
        caller: Option<&SpanContext>,
        headers: &mut HeaderMap,
    ) -> CallSpan {
        let builder = SpanBuilder::from_name(member.to_owned())
            .with_kind(SpanKind::Internal)
            .with_attributes([KeyValue::new(MEMBER, member.to_owned())]);
        self.begin_call(builder, caller, headers)
    }

    /// Begins the span of a request to a server (Semantic Conventions, HTTP client span).
    pub fn begin_client(
        &self,
        member: &str,
        request: &mut Request,
        caller: Option<&SpanContext>,
    ) -> CallSpan {
        let uri = request.uri();
        let (method, original) = method(request.method().as_str());
        let mut attributes = vec![
            KeyValue::new(HTTP_REQUEST_METHOD, method),
            KeyValue::new(URL_FULL, without_user(uri)),
            KeyValue::new(MEMBER, member.to_owned()),
        ];
        if let Some(original) = original {
            attributes.push(KeyValue::new(HTTP_REQUEST_METHOD_ORIGINAL, original));
        }
        if let Some(host) = uri.host() {
            attributes.push(KeyValue::new(SERVER_ADDRESS, host.to_owned()));
        }
        if let Some(port) = uri.port_u16() {
            attributes.push(KeyValue::new(SERVER_PORT, i64::from(port)));
        }
        let builder = SpanBuilder::from_name(method)
            .with_kind(SpanKind::Client)
            .with_attributes(attributes);
        self.begin_call(builder, caller, request.headers_mut())
    }

    fn begin_call(
        &self,
        builder: SpanBuilder,
        caller: Option<&SpanContext>,
        headers: &mut HeaderMap,
    ) -> CallSpan {
        // A member that makes spans of its own names the one in which it makes the call.
        let of_caller = |caller: &SpanContext| {
            let named = headers::context(headers);
            let own = named.filter(|named| named.trace_id() == caller.trace_id());
            own.unwrap_or_else(|| caller.clone())
        };
        let parent = caller.map_or_else(|| self.context.clone(), of_caller);
        let span = self.tracing.start_span(builder, Some(parent));
        let context = span.span_context().clone();
        headers::insert(&context, headers);
        CallSpan { span, context }
    }

    /// Ends the span of a request, with its response.
    pub fn end(mut self, exchange: &Exchange) {
        let outcome = ServerOutcome::of(exchange);
        if let Some(status) = outcome.status() {
            let status = KeyValue::new(HTTP_RESPONSE_STATUS_CODE, i64::from(status));
            self.span.set_attribute(status);
        }
        if let Some(kind) = outcome.error_type() {
            self.span.set_attribute(KeyValue::new(ERROR_TYPE, kind));
            let reason = exchange.failure().unwrap_or_default();
            self.span.set_status(Status::error(reason.to_owned()));
        }
        self.span.end();
    }
}

/// The span of a call.
pub struct CallSpan {
    span: Span,
    pub context: SpanContext,
}

impl CallSpan {
    /// Ends the span of a call; `response` is `None` if the caller has given the call up. `own` is a member's own time.
    pub fn end(
        mut self,
        response: Option<Result<StatusCode, &ErrorCode>>,
        own: Option<Duration>,
        end: SystemTime,
    ) {
        if let Some(own) = own {
            self.span.set_attribute(KeyValue::new(OWN_TIME, own.as_secs_f64()));
        }
        match response {
            Some(Ok(status)) => {
                let code = i64::from(status.as_u16());
                self.span.set_attribute(KeyValue::new(HTTP_RESPONSE_STATUS_CODE, code));
                if status.is_server_error() {
                    self.span.set_attribute(KeyValue::new(ERROR_TYPE, status.as_u16().to_string()));
                    self.span.set_status(Status::error(""));
                }
            }
            Some(Err(code)) => self.set_error(error_name(code)),
            None => self.set_error(CANCELLED.to_owned()),
        }
        self.span.end_with_timestamp(end);
    }

    fn set_error(&mut self, kind: String) {
        self.span.set_attribute(KeyValue::new(ERROR_TYPE, kind.clone()));
        self.span.set_status(Status::error(kind));
    }
}

/// Returns the name of a method, and the method itself if it is another one.
fn method(method: &str) -> (&'static str, Option<String>) {
    let name = conventions::method(method);
    (name, (name != method).then(|| method.to_owned()))
}

/// Returns a URI without its user, who may have a password.
fn without_user(uri: &Uri) -> String {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let Some((user, _)) = authority.rsplit_once('@') else {
        return uri.to_string();
    };
    uri.to_string().replacen(&format!("{user}@"), "", 1)
}
