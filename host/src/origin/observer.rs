//! Events of a pool.

use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode, Uri};

use crate::runtime::{ErrorCode, Inbound};

/// Receives the events of a pool. By default, each event is ignored.
///
/// ```
/// use witgen_serve::origin::{Change, PoolObserver};
/// use http::Uri;
///
/// struct Printer;
///
/// impl PoolObserver for Printer {
///     fn changed(&self, server: &Uri, change: &Change) {
///         println!("{server} {change}");
///     }
/// }
/// ```
pub trait PoolObserver: Send + Sync + 'static {
    /// Called when a server becomes usable, or stops being so.
    fn changed(&self, server: &Uri, change: &Change) {
        let _ = (server, change);
    }

    /// Called when a server doesn't respond to a request.
    fn failed(&self, attempt: &FailedAttempt<'_>) {
        let _ = attempt;
    }

    /// Called when a request to a server has ended, with or without a response.
    fn ended(&self, attempt: &EndedAttempt<'_>) {
        let _ = attempt;
    }
}

impl PoolObserver for () {}

/// A change of a server's state. Its `Display` completes the sentence "the server …".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Health checks have failed.
    Unhealthy {
        /// How many in a row.
        checks: u32,
        /// Why the last one failed.
        reason: String,
    },
    /// Health checks have succeeded after others had failed.
    Healthy {
        /// How many in a row.
        checks: u32,
    },
    /// Requests have failed.
    Ejected {
        /// How many in a row.
        failures: u32,
        /// Why the last one failed.
        reason: String,
        /// How long the server is ejected.
        time: Duration,
    },
    /// The ejection has ended.
    Readmitted,
}

impl Change {
    /// Whether the server stops being usable for this reason.
    pub fn is_for_the_worse(&self) -> bool {
        matches!(self, Change::Unhealthy { .. } | Change::Ejected { .. })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Unhealthy { checks: 1, reason } => {
                write!(formatter, "is unhealthy: a check failed: {reason}")
            }
            Change::Unhealthy { checks, reason } => {
                write!(
                    formatter,
                    "is unhealthy: {checks} checks failed, the last one: {reason}"
                )
            }
            Change::Healthy { checks: 1 } => formatter.write_str("is healthy: a check succeeded"),
            Change::Healthy { checks } => {
                write!(formatter, "is healthy: {checks} checks succeeded")
            }
            Change::Ejected {
                failures,
                reason,
                time,
            } => {
                let requests = if *failures == 1 {
                    "request"
                } else {
                    "requests"
                };
                write!(
                    formatter,
                    "is ejected for {time:?}: {failures} {requests} failed, the last one: {reason}"
                )
            }
            Change::Readmitted => formatter.write_str("is used again: its ejection has ended"),
        }
    }
}

/// A request that a server didn't respond to.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct FailedAttempt<'a> {
    /// The server.
    pub server: &'a Uri,
    /// The error.
    pub code: &'a ErrorCode,
    /// The server that the request is sent to next, if it is repeated.
    pub next: Option<&'a Uri>,
    /// The extensions of the request that the component handles, if there is one.
    pub inbound: Option<&'a Inbound>,
}

impl FailedAttempt<'_> {
    /// Describes the error.
    pub fn reason(&self) -> String {
        describe(self.code)
    }
}

/// A request to a server, and how it ended.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct EndedAttempt<'a> {
    /// The server.
    pub server: &'a Uri,
    /// The method of the request.
    pub method: &'a Method,
    /// The status of the response, or the error; `None` if the request was cancelled.
    pub result: Option<Result<StatusCode, &'a ErrorCode>>,
    /// The time to the head of the response, or to the error.
    pub duration: Duration,
}

/// Describes a code with the message of wasmtime's error.
pub(super) fn describe(code: &ErrorCode) -> String {
    wasmtime_wasi_http::Error::from(code.clone()).to_string()
}
