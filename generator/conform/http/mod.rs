//! HTTP as bytes: what a client and servers of the suite write and read.

pub mod http1;
pub mod http2;
mod pieces;

pub use pieces::{Writer, pattern, write_pieces};

/// A message as it was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The status of a response.
    pub status: Option<u16>,
    /// Whether a request is the start of a TLS handshake (RFC 8446, 4.1.2), and not one of HTTP.
    pub is_tls: bool,
    /// The method of a request.
    pub method: String,
    /// The target of a request.
    pub path: String,
    /// The header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
    /// The trailer fields, names in lower case.
    pub trailers: Vec<(String, String)>,
    /// Why the message isn't complete.
    pub broken: Option<String>,
}

/// The longest content that is kept; of the rest, only the length matters.
pub const MAX_KEPT: usize = 1 << 20;

impl Received {
    /// A message that wasn't received, and why.
    pub fn broken(reason: impl Into<String>) -> Self {
        Received {
            broken: Some(reason.into()),
            ..Received::default()
        }
    }

    /// Returns all values of a field.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(it, _)| it.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }
}

/// Text of bytes; what isn't UTF-8 is `\xXX`.
pub fn text(bytes: &[u8]) -> String {
    bytes
        .utf8_chunks()
        .map(|chunk| {
            let invalid = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
            chunk.valid().to_owned() + &invalid.collect::<String>()
        })
        .collect()
}
