//! The log, on stderr.

use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::sync::Arc;

use tracing::{info, warn};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt;
use witgen_serve::server::{Exchange, Observer};

use super::app;
use super::args::LogForm;
use super::metrics::{ByStatus, Metrics, OfWhat};

/// How many lines wait to be written; where nobody reads them, further ones are lost.
const WAITING: usize = 16 << 10;

/// Begins to write what is told, until what is returned is dropped.
pub fn begin(form: LogForm) -> WorkerGuard {
    let is_human = match form {
        LogForm::Auto => io::stderr().is_terminal(),
        LogForm::Human => true,
        LogForm::Json => false,
    };
    let writer = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING)
        .lossy(true);
    let (writer, guard) = writer.finish(io::stderr());
    // What can't be written can't be complained about either.
    let log = fmt().with_writer(writer).log_internal_errors(false);
    if is_human {
        log.with_ansi(is_colored()).compact().init();
    } else {
        log.json().flatten_event(true).init();
    }
    guard
}

/// Whether text for people on stderr has colours.
pub fn is_colored() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Counts what the server does, and writes down requests.
pub struct Record {
    pub metrics: Arc<Metrics>,
    pub has_requests: bool,
}

impl Observer for Record {
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
        if !self.has_requests {
            return;
        }
        let milliseconds = |time: std::time::Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
        let head_ms = to_head.map(milliseconds);
        let end = match (status, exchange.is_cut()) {
            (0, _) => "gone",
            (_, true) => "cut",
            _ => "whole",
        };
        let is_stopped = end == "cut" && app::is_stopping();
        let failure = exchange
            .failure()
            .or(is_stopped.then_some("the server stops"));
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
        if self.has_requests {
            info!(target: "access", %client, "no request: {error}");
        }
    }

    fn overloaded(&self, of: &'static str) {
        self.metrics.overloads.get_or_create(&OfWhat { of }).inc();
        warn!(target: "overload", "too many {of}");
    }

    fn exhausted(&self, error: &io::Error) {
        warn!(target: "overload", "no further connection for now: {error}");
    }
}
