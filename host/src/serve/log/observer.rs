//! Records a server's events in the log and the metrics.

use std::io;
use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use tracing::{info, warn};
use witgen_serve::server::{ClientAddress, Exchange, Observer, ProxyHeaderError};

use super::super::args::Args;
use super::super::calls::{MemberTimes, RequestCalls};
use super::super::http_metrics::HttpMetrics;
use super::super::metrics::{ByLimit, ByReason, ByRoute, ByStatus, Metrics};
use super::super::page::recorder::Recorder;
use super::super::process::Process;
use super::super::trace::Tracing;
use super::super::trace::request::RequestSpan;
use super::access::AccessFields;
use super::overload::OverloadLog;

/// Updates the metrics, and logs requests.
pub struct ServerObserver {
    metrics: Arc<Metrics>,
    /// The metrics of OpenTelemetry's conventions, if `--admin` serves them.
    http: Option<Arc<HttpMetrics>>,
    overloads: OverloadLog,
    /// Whether requests are logged.
    logs_requests: bool,
    fields: AccessFields,
    tracing: Option<Arc<Tracing>>,
    recorder: Option<Arc<Recorder>>,
    /// Whether the calls of requests are recorded.
    records_calls: bool,
    has_server_timing: bool,
}

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

impl ServerObserver {
    pub fn new(process: &Process, args: &Args, tracing: Option<&Arc<Tracing>>) -> Self {
        let (trace, log) = (&args.trace, &args.log);
        ServerObserver {
            metrics: process.metrics.clone(),
            http: process.http_metrics(args),
            tracing: tracing.cloned(),
            recorder: process.recorder(args).cloned(),
            records_calls: tracing.is_some() || trace.measures_members(),
            has_server_timing: trace.server_timing,
            overloads: OverloadLog::default(),
            logs_requests: !log.no_access_log,
            fields: AccessFields::new(&log.access_log_fields, log.is_for_people()),
        }
    }

    /// Logs an event with its number, unless it has just been logged.
    fn log_overload(&self, event: &'static str) {
        if let Some(count) = self.overloads.add(event) {
            warn!(target: "overload", count, "{event}");
        }
    }
}

impl Observer for ServerObserver {
    fn connections(&self, change: i64) {
        self.metrics.connections.inc_by(change);
    }

    fn begun(&self, exchange: &mut Exchange, headers: &mut HeaderMap) {
        if self.records_calls {
            let begin = |tracing| RequestSpan::begin(tracing, exchange, headers);
            let span = self.tracing.as_ref().map(begin);
            exchange.extensions.insert(Arc::new(RequestCalls::begin(span)));
        }
        self.metrics.in_flight.inc();
        if let Some(http) = &self.http {
            http.server.begin(exchange);
        }
    }

    fn responding(&self, exchange: &Exchange, headers: &mut HeaderMap) {
        if self.has_server_timing
            && let Some(calls) = RequestCalls::of(exchange)
            && let Some(value) = MemberTimes::of(calls).and_then(|times| times.server_timing())
        {
            headers.append(SERVER_TIMING, value);
        }
    }

    fn ended(&self, exchange: &Exchange) {
        let metrics = &self.metrics;
        let status = exchange.status();
        let (to_head, total) = exchange.durations();
        let (received, sent) = exchange.bytes();
        metrics.requests.get_or_create(&ByStatus { status }).inc();
        if let Some(to_head) = to_head {
            metrics.latency.observe(to_head.as_secs_f64());
        }
        if let Some(route) = exchange.route() {
            let by = ByRoute {
                chain: route.chain.clone(),
                route: route.route.clone(),
                status,
            };
            metrics.route_requests.get_or_create(&by).inc();
        }
        metrics.received.inc_by(received);
        metrics.sent.inc_by(sent);
        if let Some(http) = &self.http {
            http.server.end(exchange, total);
        }
        if self.logs_requests {
            self.fields.log(exchange);
        }
        if let Some(recorder) = &self.recorder {
            recorder.request(exchange);
        }
        if let Some(calls) = RequestCalls::of(exchange) {
            calls.end(exchange);
        }
        // Last, because the server waits for this when it stops.
        metrics.in_flight.dec();
    }

    fn invalid(&self, client: ClientAddress, error: &hyper::Error) {
        self.metrics.invalid.inc();
        if self.logs_requests {
            info!(target: "access", %client, "malformed request: {error}");
        }
    }

    fn unproxied(&self, client: ClientAddress, error: ProxyHeaderError) {
        let (reason, event) = match error {
            ProxyHeaderError::Untrusted => {
                ("untrusted", "rejected: the client is not a --trusted-proxy")
            }
            ProxyHeaderError::Malformed => ("malformed", "no valid PROXY header"),
            ProxyHeaderError::TooLong => ("too-long", "a PROXY header that is too long"),
            _ => ("timeout", "no PROXY header in time"),
        };
        self.metrics.unproxied.get_or_create(&ByReason { reason }).inc();
        if let Some(count) = self.overloads.add(event) {
            warn!(target: "proxy-protocol", %client, count, "{event}");
        }
    }

    fn overloaded(&self, of: &'static str) {
        self.metrics.overloads.get_or_create(&ByLimit { of }).inc();
        let event = match of {
            "connections" => "too many connections",
            "rate" => "a client exceeded its rate of requests",
            "route-rate" => "a route exceeded its rate of requests",
            "resets" => "a client cancelled too many requests",
            _ => "too many requests",
        };
        self.log_overload(event);
    }

    fn evicted(&self, of: &'static str) {
        self.metrics.evictions.get_or_create(&ByLimit { of }).inc();
        let event = match of {
            "connections" => "an idle connection was closed to make room",
            _ => "the request of a slow client was cut off to make room",
        };
        self.log_overload(event);
    }

    fn exhausted(&self, error: &io::Error) {
        warn!(target: "overload", "can't accept connections for now: {error}");
    }
}
