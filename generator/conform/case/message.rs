//! Messages, as cases describe them: what is sent, and what is expected.

use schemars::JsonSchema;
use serde::Deserialize;

/// The fields of a message, one entry per line: `[["name", "value"]]`.
pub type Fields = Vec<(String, String)>;

/// A request that a client sends.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The request target.
    pub path: String,
    /// Headers other than `host` and the framing.
    pub headers: Fields,
    /// The content.
    pub body: Option<Body>,
    /// Trailer fields, which HTTP/1.1 needs chunks for.
    pub trailers: Fields,
    /// The whole message in the form of HTTP/1.1, instead of the keys above. The script's header replaces `{script}`.
    pub bytes: Option<Body>,
    /// The event before which the client reads nothing of the response's content.
    pub read_after: Option<String>,
}

impl Default for Request {
    fn default() -> Self {
        Request {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            headers: Fields::new(),
            body: None,
            trailers: Fields::new(),
            bytes: None,
            read_after: None,
        }
    }
}

/// Content: a text, which has a length, or pieces, which are chunks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Body {
    /// A text.
    Text(String),
    /// Pieces, sent one after the other.
    Pieces(Vec<Piece>),
}

/// A part of content, or what happens between two parts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Piece {
    /// A text.
    Text(String),
    /// Something else.
    Action(Action),
}

/// An action at a point of a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Action {
    /// Bytes in hexadecimal digits.
    Hex(String),
    /// So many bytes, in which each one is its position modulo 251.
    Size(u64),
    /// The same number of letters `a`, for a long target or field of a message in `bytes`.
    Letters(u64),
    /// The same number of bytes as with `size`, but the receiver must stop reading them, and the sender must notice this. That
    /// is the event `client-blocked`, `origin-blocked` or `side-blocked`, and the rest isn't sent.
    Fill(u64),
    /// Waits so many milliseconds.
    Pause(u64),
    /// Waits for an event: `response-bytes`, or `response-bytes 2` for the second one.
    Until(String),
    /// Breaks the message off: closes the connection, or resets the stream. The value is always `true`.
    Abort(bool),
}

/// The response that a client must receive.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ResponseExpectation {
    /// The status, several that are right, or `"4xx"`.
    pub status: Option<Status>,
    /// All values of these fields, in their order; `*` in a value is any text.
    pub headers: Fields,
    /// Fields that it must not have.
    pub absent: Vec<String>,
    /// The content.
    pub body: Option<BodyExpectation>,
    /// All trailer fields.
    pub trailers: Option<Fields>,
    /// Fields that describe certain content, and must not come with other content.
    pub if_changed: Option<IfChanged>,
    /// Whether it breaks off.
    pub incomplete: bool,
    /// Whether every response is accepted, and none too.
    pub any: bool,
}

/// Statuses that are right.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Status {
    /// One.
    One(u16),
    /// Several.
    Several(Vec<u16>),
    /// All of a class: `4xx`.
    Class(String),
}

/// Content that is right.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum BodyExpectation {
    /// This text; `*` is any text.
    Text(String),
    /// So many bytes, each of which is its position modulo 251.
    Size {
        /// How many.
        size: u64,
    },
}

/// Fields that describe content: a digest, for example.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IfChanged {
    /// The content that they describe.
    pub from: String,
    /// The fields that a message with other content must not have with these values.
    pub absent: Fields,
}

/// The request that a server must receive.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RequestExpectation {
    /// The method.
    pub method: Option<String>,
    /// The request target.
    pub path: Option<String>,
    /// All values of these fields, in their order; `*` in a value is any text.
    pub headers: Fields,
    /// Fields that it must not have.
    pub absent: Vec<String>,
    /// The content.
    pub body: Option<BodyExpectation>,
    /// All trailer fields.
    pub trailers: Option<Fields>,
    /// Fields that describe certain content, and must not come with other content.
    pub if_changed: Option<IfChanged>,
    /// Whether it breaks off.
    pub incomplete: bool,
    /// Whether it is the start of a TLS handshake, which the server replies to with `bytes`.
    pub tls: bool,
    /// Whether it may be complete or broken off.
    pub any_end: bool,
}

/// The response of a server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers other than the framing.
    pub headers: Fields,
    /// The content.
    pub body: Option<Body>,
    /// Trailer fields.
    pub trailers: Fields,
    /// The whole message as HTTP/1.1 has it, in place of the above.
    pub bytes: Option<Body>,
    /// Whether it begins before the request's content has been read.
    pub early: bool,
    /// The event before which the server reads nothing of the request's content.
    pub read_after: Option<String>,
    /// How many bytes of the request's content the server reads, to close the connection then.
    pub stop_reading_after: Option<u64>,
}

impl Default for Reply {
    fn default() -> Self {
        Reply {
            status: 200,
            headers: Fields::new(),
            body: None,
            trailers: Fields::new(),
            bytes: None,
            early: false,
            read_after: None,
            stop_reading_after: None,
        }
    }
}
