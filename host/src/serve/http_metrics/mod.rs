//! Metrics by the names and labels of OpenTelemetry's semantic conventions for HTTP.

mod all;
mod bounded;
mod client;
mod histograms;
mod server;
mod timed_call;

pub use all::{HttpMetrics, ServedNames};
pub use client::Caller;
pub use timed_call::TimedCall;
