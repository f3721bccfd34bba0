//! Limits on what clients may use of a server.

use std::time::Duration;

/// Limits on what clients may use of a server, in total and each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// Connections at a time (default: 4096). Excess ones receive status 503 if the server doesn't use TLS, and are closed. At
    /// the limit, connections that have been idle for the longest time, and at least a second, make room.
    ///
    /// A client may have three times as many as are still free: a single client three quarters of them, and each of two
    /// clients three sevenths. Its IPv6 addresses with the same 64 leading bits are one client. This doesn't apply to
    /// [`trusted_proxies`](super::Server::trusted_proxies).
    pub connections: usize,
    /// Requests at a time, until their responses have been sent (default: 1024). Excess ones receive status 503 with
    /// `Retry-After`. At the limit, requests whose clients are furthest behind the minimum rate are cut off to make room.
    ///
    /// A client may have three times as many as are still free, and a connection half of its client's remaining
    /// requests. Requests that the component still handles after their clients have disconnected count for a client, but not
    /// for the server: see [`handled`](Self::handled).
    pub requests: usize,
    /// Size of a request's head in bytes, at least 8,192 (default: 65,536). Larger ones receive status 431 (RFC 6585,
    /// section 5).
    pub head: u32,
    /// Headers of an HTTP/1.1 request (default: 100). Requests with more receive status 431. Any other value than the
    /// default makes each request slower, however many headers it has.
    pub fields: usize,
    /// Size of a request's content in bytes (default: no limit). Requests with more receive status 413.
    pub body: Option<u64>,
    /// Timeout for the head of a request, and for idle connections (default: 30 s).
    pub head_time: Duration,
    /// How long a client may take to read 64 KiB of a response, or to send 64 KiB of a request's content that the
    /// component reads (default: 60 s). Only the time counts for which the server waits for the client, and longer
    /// content may take longer. After that the response is cut off, or the request's content ends with an error.
    pub stall_time: Duration,
    /// Timeout for a request until its response has been sent (default: no limit). After that it receives status 504,
    /// or its response is cut off.
    pub request_time: Option<Duration>,
}

/// Streams of an HTTP/2 connection at a time.
pub(super) const H2_MAX_STREAMS: u32 = 200;

/// The number of headers that hyper parses without an allocation.
pub(super) const DEFAULT_MAX_FIELDS: usize = 100;

impl Default for ServerLimits {
    fn default() -> Self {
        ServerLimits {
            connections: 4096,
            requests: 1024,
            head: 64 << 10,
            fields: DEFAULT_MAX_FIELDS,
            body: None,
            head_time: Duration::from_secs(30),
            stall_time: Duration::from_secs(60),
            request_time: None,
        }
    }
}

impl ServerLimits {
    /// Returns how many requests components handle at a time: twice as many as [`requests`](Self::requests) allows, to include
    /// disconnected clients. Beyond that, further requests receive status 503 until components have ended.
    ///
    /// ```ignore
    /// assert_eq!(ServerLimits::default().handled(), 2048);
    /// ```
    pub fn handled(&self) -> usize {
        self.requests.saturating_mul(2)
    }
}
