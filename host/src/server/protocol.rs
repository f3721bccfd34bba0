//! The version of HTTP that a connection uses.

use hyper_util::server::conn::auto;

/// The version of HTTP that a connection uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// The client's first bytes decide.
    Any,
    Http1,
    Http2,
}

impl Protocol {
    /// Returns the version that a TLS handshake negotiated by ALPN, without which HTTP/2 isn't allowed (RFC 9113,
    /// section 3.2).
    pub fn negotiated(alpn: Option<&[u8]>) -> Self {
        match alpn {
            Some(b"h2") => Protocol::Http2,
            _ => Protocol::Http1,
        }
    }

    /// Returns a builder for connections of this version, whose streams an executor runs.
    pub fn connection_builder<E>(self, executor: E) -> auto::Builder<E> {
        let builder = auto::Builder::new(executor);
        match self {
            Protocol::Any => builder,
            Protocol::Http1 => builder.http1_only(),
            Protocol::Http2 => builder.http2_only(),
        }
    }
}
