//! The log, on stderr.

use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::sync::Arc;

use tracing::{info, warn};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format;
use witgen_serve::server::{Exchange, Observer};

use super::args::LogForm;
use super::metrics::{ByLimit, ByStatus, Metrics};
use super::overload_log::OverloadLog;
use super::printable;
use super::stopping;

/// The maximum number of lines that wait to be written. If stderr isn't read, further lines are lost.
const MAX_BUFFERED_LINES: usize = 16 << 10;

/// Starts to write the log, until the returned guard is dropped.
pub fn start(form: LogForm) -> WorkerGuard {
    let is_human = match form {
        LogForm::Auto => io::stderr().is_terminal(),
        LogForm::Human => true,
        LogForm::Json => false,
    };
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(MAX_BUFFERED_LINES)
        .lossy(true)
        .finish(io::stderr());
    // An error of writing to stderr can't be written to stderr.
    let log = fmt().with_writer(writer).log_internal_errors(false);
    if is_human {
        let fields = format::debug_fn(printable::write_field).delimited(" ");
        log.with_ansi(is_colored()).fmt_fields(fields).compact().init();
    } else {
        log.json().flatten_event(true).init();
    }
    guard
}

/// Whether text for people on stderr has colours.
pub fn is_colored() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Updates the metrics, and logs requests.
pub struct ServerObserver {
    pub metrics: Arc<Metrics>,
    pub overloads: OverloadLog,
    /// Whether requests are logged.
    pub logs_requests: bool,
}

impl ServerObserver {
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

    fn begun(&self, _: &Exchange) {
        self.metrics.in_flight.inc();
    }

    fn ended(&self, exchange: &Exchange) {
        let metrics = &self.metrics;
        metrics.in_flight.dec();
        let status = exchange.status();
        let (to_head, total) = exchange.durations();
        let (received, sent) = exchange.bytes();
        metrics.requests.get_or_create(&ByStatus { status }).inc();
        if let Some(to_head) = to_head {
            metrics.latency.observe(to_head.as_secs_f64());
        }
        metrics.received.inc_by(received);
        metrics.sent.inc_by(sent);
        if !self.logs_requests {
            return;
        }
        let milliseconds = |time: std::time::Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
        let head_ms = to_head.map(milliseconds);
        let end = match (status, exchange.is_cut()) {
            (0, _) => "gone",
            (_, true) => "cut",
            _ => "whole",
        };
        let is_stopped = end == "cut" && stopping::is_stopping();
        let failure = exchange.failure().or(is_stopped.then_some("the server stops"));
        info!(
            target: "access",
            request = exchange.id,
            client = %exchange.client,
            version = ?exchange.version,
            status,
            received,
            sent,
            head_ms,
            total_ms = milliseconds(total),
            side_calls = exchange.side_calls(),
            end,
            failure,
            "{} {}",
            exchange.method,
            exchange.target
        );
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
