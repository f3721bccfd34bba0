//! What clients may use of a server.

use std::time::Duration;

/// What clients may use of a server, all together and each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// How many connections there are at a time; 4096 by default. One more is told that there are too many, by
    /// status 503 where TLS isn't spoken, and closed.
    pub connections: usize,
    /// How many requests are under way at a time, until their responses are through; 1024 by default. One more is
    /// answered with 503, and `Retry-After`.
    pub requests: usize,
    /// How many bytes the head of a request may have, from 8,192; 65,536 by default. What is larger is answered with
    /// 431 (RFC 6585, section 5).
    pub head: u32,
    /// How many fields the head of a request may have, by HTTP/1.1; 100 by default. Where more are allowed, each request
    /// takes longer, however many it has.
    pub fields: usize,
    /// How many bytes the content of a request may have; no limit by default. More is answered with 413.
    pub body: Option<u64>,
    /// How long a client may take for the head of a request, and how long a connection may be idle; 30 s by default.
    pub head_time: Duration,
    /// How long a client may take for 64 KiB of a response that is there, or send nothing of a request that somebody
    /// reads; 60 s by default. Its connection is closed, or the request's content ends with an error, then.
    pub stall_time: Duration,
    /// How long a request may take until its response is through; no limit by default. It is answered with 504, or
    /// cut, then.
    pub request_time: Option<Duration>,
}

/// What hyper has room for without asking for memory.
pub(super) const FIELDS: usize = 100;

impl Default for ServerLimits {
    fn default() -> Self {
        ServerLimits {
            connections: 4096,
            requests: 1024,
            head: 64 << 10,
            fields: FIELDS,
            body: None,
            head_time: Duration::from_secs(30),
            stall_time: Duration::from_secs(60),
            request_time: None,
        }
    }
}
