//! The log, on stderr.

use std::io::{self, IsTerminal as _};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt as _;

pub mod access;
pub mod args;
mod filter;
mod json;
pub mod member;
pub mod observer;
mod overload;
mod paced;
mod printable;

use args::LogArgs;
use json::JsonLines;
use paced::Paced;

/// The maximum number of lines that wait to be written. If stderr isn't read, further lines are lost.
const MAX_BUFFERED_LINES: usize = 16 << 10;

/// The log, whose settings can change.
pub struct Log {
    set_filter: Box<dyn Fn(Targets) + Send + Sync>,
}

impl Log {
    /// Sets which lines the log has from now on.
    pub fn set_level(&self, args: &LogArgs) {
        (self.set_filter)(args.log_level.0.clone());
    }
}

/// Starts to write the log, until the returned guard is dropped.
pub fn start(args: &LogArgs) -> (Log, WorkerGuard) {
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(MAX_BUFFERED_LINES)
        .lossy(true)
        // It is flushed when no further line waits.
        .finish(Paced::new(io::stderr()));
    // An error of writing to stderr can't be written to stderr.
    let log = fmt::layer().with_writer(writer).log_internal_errors(false);
    // The filter comes first, so that both forms of the log have the same one.
    let (filter, handle) = reload::Layer::new(args.log_level.0.clone());
    let registry = tracing_subscriber::registry().with(filter);
    if args.is_for_people() {
        let fields = format::debug_fn(printable::write_field).delimited(" ");
        let log = log.with_ansi(is_colored()).fmt_fields(fields).compact();
        registry.with(log).init();
    } else {
        registry.with(log.json().event_format(JsonLines::new())).init();
    }
    let set_filter = Box::new(move |filter| {
        // It only fails if the log has ended.
        let _ = handle.reload(filter);
    });
    (Log { set_filter }, guard)
}

/// Whether text for people on stderr has colours.
pub fn is_colored() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
