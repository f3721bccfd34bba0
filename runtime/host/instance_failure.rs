//! The failure of an instance, as its host receives it.

use std::fmt;

use http::Extensions;

use super::inbound::Inbound;

/// The failure of an instance: a trap, a limit, or a start that failed.
///
/// It is shown like its error.
///
/// ```ignore
/// builder.on_failure(|failure| {
///     let names = failure.requests().iter().filter_map(|inbound| inbound.get::<String>());
///     eprintln!("{failure:?} ended {:?}", names.collect::<Vec<_>>());
/// })
/// ```
pub struct InstanceFailure<'a> {
    error: &'a wasmtime::Error,
    requests: Vec<Inbound>,
    extensions: &'a Extensions,
}

impl<'a> InstanceFailure<'a> {
    pub(super) fn new(
        error: &'a wasmtime::Error,
        requests: Vec<Inbound>,
        extensions: &'a Extensions,
    ) -> Self {
        InstanceFailure {
            error,
            requests,
            extensions,
        }
    }

    /// Returns wasmtime's error, which contains the backtrace of a trap.
    ///
    /// ```ignore
    /// let backtrace = failure.error().downcast_ref::<wasmtime::WasmBacktrace>();
    /// ```
    pub fn error(&self) -> &'a wasmtime::Error {
        self.error
    }

    /// Returns the requests in the instance whose callers were still waiting, or receiving the response, if they have
    /// extensions.
    ///
    /// ```ignore
    /// let names = failure.requests().iter().filter_map(|inbound| inbound.get::<String>());
    /// ```
    pub fn requests(&self) -> &[Inbound] {
        &self.requests
    }

    /// Returns the instance's extensions, made by [`Builder::extensions`](super::Builder::extensions).
    ///
    /// ```ignore
    /// let region = failure.extensions().get::<String>();
    /// ```
    pub fn extensions(&self) -> &'a Extensions {
        self.extensions
    }
}

impl fmt::Display for InstanceFailure<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl fmt::Debug for InstanceFailure<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.error, formatter)
    }
}
