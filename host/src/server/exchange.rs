//! Requests with their responses, and what is told of them.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::{Method, StatusCode, Version};

/// A request and its response.
///
/// It is in the extensions of the request that the component is given, and so in those that it makes on the side, as
/// an `Arc<Exchange>` of their [`Inbound`](crate::proxy::Inbound).
pub struct Exchange {
    /// Tells it from others.
    pub id: String,
    /// Who sent the request.
    pub client: SocketAddr,
    /// The request's method.
    pub method: Method,
    /// The request's path and query.
    pub target: String,
    /// The version of HTTP that is spoken.
    pub version: Version,
    begin: Instant,
    status: AtomicU16,
    headers_after: OnceLock<Duration>,
    pub(super) received: AtomicU64,
    pub(super) sent: AtomicU64,
    side_calls: AtomicU32,
    pub(super) is_cut: AtomicBool,
    failure: OnceLock<String>,
}

impl Exchange {
    pub(super) fn begin<B>(id: String, client: SocketAddr, request: &http::Request<B>) -> Self {
        let target = request.uri().path_and_query();
        Exchange {
            id,
            client,
            method: request.method().clone(),
            target: target.map_or("", |target| target.as_str()).to_owned(),
            version: request.version(),
            begin: Instant::now(),
            status: AtomicU16::new(0),
            headers_after: OnceLock::new(),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            side_calls: AtomicU32::new(0),
            is_cut: AtomicBool::new(false),
            failure: OnceLock::new(),
        }
    }

    /// The status of the response; 0 as long as there is none.
    pub fn status(&self) -> u16 {
        self.status.load(Ordering::Relaxed)
    }

    /// How long it has taken until there was a response, and how long altogether so far.
    pub fn durations(&self) -> (Option<Duration>, Duration) {
        (self.headers_after.get().copied(), self.begin.elapsed())
    }

    /// How many bytes of content the request had so far, and the response.
    pub fn bytes(&self) -> (u64, u64) {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (count(&self.received), count(&self.sent))
    }

    /// How many requests were made for it on the side.
    pub fn side_calls(&self) -> u32 {
        self.side_calls.load(Ordering::Relaxed)
    }

    /// Counts one that is made on the side.
    pub fn add_side_call(&self) {
        self.side_calls.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the response's content ended before its end.
    pub fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed)
    }

    /// Why it was the server that answered, and not the component, or why the response's content ended before its end,
    /// where that is known: a client that goes away doesn't say so.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    pub(super) fn failed(&self, why: String) {
        // What was first is the reason.
        let _ = self.failure.set(why);
    }

    /// RFC 9110, section 6.4.1.
    pub(super) fn has_no_content(&self) -> bool {
        self.method == Method::HEAD || matches!(self.status(), 204 | 304)
    }

    pub(super) fn answered(&self, status: StatusCode) {
        self.status.store(status.as_u16(), Ordering::Relaxed);
        // It is answered once.
        let _ = self.headers_after.set(self.begin.elapsed());
    }
}
