//! Whether a request can be sent again without risk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Records that nothing of a request was sent, because no connection could be made: as an extension of the request, set
/// by its sender. Clones record for the same request.
///
/// [`HttpUpstream`](super::HttpUpstream) records it. A sender can then send the request to another server, even if it
/// isn't idempotent. An error code isn't enough: a connection can time out, or end, before and after a request is
/// sent.
///
/// ```ignore
/// let upstream = HttpUpstream::to_target();
/// let unsent = runtime::Unsent::default();
/// let mut request = Request::default();
/// request.extensions_mut().insert(unsent.clone());
/// let has_failed = upstream.send(request).await.is_err();
/// let may_be_repeated = has_failed && unsent.is_recorded();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Unsent(Arc<AtomicBool>);

impl Unsent {
    /// Records that nothing of the request was sent.
    ///
    /// ```ignore
    /// let unsent = runtime::Unsent::default();
    /// unsent.record();
    /// ```
    pub fn record(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is certain that nothing of the request was sent.
    ///
    /// ```ignore
    /// let unsent = runtime::Unsent::default();
    /// assert!(!unsent.is_recorded());
    /// ```
    pub fn is_recorded(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
