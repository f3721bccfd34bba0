//! The log, on stderr.

use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use tracing::{info, warn};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use witgen_serve::server::{Exchange, Observer};

use super::app::App;
use super::calls::{MemberTimes, RequestCalls};
use super::metrics::{ByLimit, ByStatus, Metrics};
use super::trace::Tracing;

mod access;
pub mod args;
mod filter;
pub mod member;
mod overload;
mod printable;

use access::AccessFields;
use args::LogArgs;
use overload::OverloadLog;

/// The maximum number of lines that wait to be written. If stderr isn't read, further lines are lost.
const MAX_BUFFERED_LINES: usize = 16 << 10;

/// Starts to write the log, until the returned guard is dropped.
pub fn start(args: &LogArgs) -> WorkerGuard {
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(MAX_BUFFERED_LINES)
        .lossy(true)
        .finish(io::stderr());
    // An error of writing to stderr can't be written to stderr.
    let log = fmt::layer().with_writer(writer).log_internal_errors(false);
    let filter = args.log_level.0.clone();
    if args.is_for_people() {
        let fields = format::debug_fn(printable::write_field).delimited(" ");
        let log = log.with_ansi(is_colored()).fmt_fields(fields).compact();
        tracing_subscriber::registry().with(log).with(filter).init();
    } else {
        let log = log.json().flatten_event(true);
        tracing_subscriber::registry().with(log).with(filter).init();
    }
    guard
}

/// Whether text for people on stderr has colours.
pub fn is_colored() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Updates the metrics, and logs requests.
pub struct ServerObserver {
    metrics: Arc<Metrics>,
    overloads: OverloadLog,
    /// Whether requests are logged.
    logs_requests: bool,
    fields: AccessFields,
    tracing: Option<Arc<Tracing>>,
    /// Whether the calls of requests are recorded.
    records_calls: bool,
    has_server_timing: bool,
}

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

impl ServerObserver {
    pub fn new(app: &App) -> Self {
        let args = &app.args.log;
        ServerObserver {
            metrics: app.metrics.clone(),
            tracing: app.tracing.clone(),
            records_calls: app.observes_members(),
            has_server_timing: app.args.trace.server_timing,
            overloads: OverloadLog::default(),
            logs_requests: !args.no_access_log,
            fields: AccessFields::new(&args.access_log_fields, args.is_for_people()),
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

    fn begun(&self, exchange: &mut Exchange) {
        if self.records_calls {
            let span = self.tracing.as_ref().map(|tracing| tracing.begin_request(exchange));
            exchange.extensions.insert(Arc::new(RequestCalls::begin(span)));
        }
        self.metrics.in_flight.inc();
    }

    fn responding(&self, exchange: &Exchange, headers: &mut HeaderMap) {
        if self.has_server_timing
            && let Some(calls) = RequestCalls::of(exchange)
            && let Some(value) = MemberTimes::of(calls).server_timing()
        {
            headers.append(SERVER_TIMING, value);
        }
    }

    fn ended(&self, exchange: &Exchange) {
        let metrics = &self.metrics;
        metrics.in_flight.dec();
        let status = exchange.status();
        let (to_head, _) = exchange.durations();
        let (received, sent) = exchange.bytes();
        metrics.requests.get_or_create(&ByStatus { status }).inc();
        if let Some(to_head) = to_head {
            metrics.latency.observe(to_head.as_secs_f64());
        }
        metrics.received.inc_by(received);
        metrics.sent.inc_by(sent);
        if self.logs_requests {
            self.fields.log(exchange);
        }
        if let Some(calls) = RequestCalls::of(exchange) {
            calls.end(exchange);
        }
    }

    fn invalid(&self, client: SocketAddr, error: &hyper::Error) {
        self.metrics.invalid.inc();
        if self.logs_requests {
            info!(target: "access", %client, "no request: {error}");
        }
    }

    fn overloaded(&self, of: &'static str) {
        self.metrics.overloads.get_or_create(&ByLimit { of }).inc();
        let event = match of {
            "connections" => "too many connections",
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
        warn!(target: "overload", "no further connection for now: {error}");
    }
}
