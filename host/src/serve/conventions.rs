//! Names of OpenTelemetry's semantic conventions for HTTP, in spans and metrics.

use http::Version;
use witgen_serve::proxy::ErrorCode;
use witgen_serve::server::Exchange;

use super::stopping;

/// The methods of RFC 9110 and RFC 5789.
pub const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

/// The label for any other method.
pub const OTHER: &str = "_OTHER";

/// Returns the name of a method: itself if it is known, or else [`OTHER`].
pub fn method(method: &str) -> &'static str {
    METHODS.iter().find(|known| **known == method).unwrap_or(&OTHER)
}

/// Returns the scheme of a client's requests.
pub fn scheme(is_tls: bool) -> &'static str {
    if is_tls { "https" } else { "http" }
}

/// Returns the version of the protocol.
pub fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}

/// How a request of a client ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerOutcome {
    /// With a whole response.
    Status(u16),
    /// With a response whose content was cut off.
    Cut(u16),
    /// Without a response, because the client has disconnected.
    Disconnected,
    /// Without a response, because the server has stopped.
    Stopped,
}

impl ServerOutcome {
    pub fn of(exchange: &Exchange) -> Self {
        match (exchange.status(), exchange.is_cut()) {
            (0, _) if stopping::is_stopping() => ServerOutcome::Stopped,
            (0, _) => ServerOutcome::Disconnected,
            (status, true) => ServerOutcome::Cut(status),
            (status, false) => ServerOutcome::Status(status),
        }
    }

    /// Returns the status of the response, if there was one.
    pub fn status(self) -> Option<u16> {
        match self {
            ServerOutcome::Status(status) | ServerOutcome::Cut(status) => Some(status),
            ServerOutcome::Disconnected | ServerOutcome::Stopped => None,
        }
    }

    /// Returns the type of the error, if it was one.
    pub fn error_type(self) -> Option<String> {
        match self {
            ServerOutcome::Status(status @ 500..) | ServerOutcome::Cut(status @ 500..) => {
                Some(status.to_string())
            }
            ServerOutcome::Cut(_) => Some("response_cut".to_owned()),
            ServerOutcome::Disconnected => Some("client_disconnected".to_owned()),
            ServerOutcome::Stopped => Some("server_stopped".to_owned()),
            ServerOutcome::Status(_) => None,
        }
    }
}

/// The type of the error if a request is cancelled before it has a response.
pub const CANCELLED: &str = "cancelled";

/// Returns the name of an error code: `ConnectionRefused`.
pub fn error_name(code: &ErrorCode) -> String {
    let shown = format!("{code:?}");
    let name = shown.split([' ', '(', '{']).next().unwrap_or_default();
    // The generated type shows its own name, too.
    name.trim_start_matches("ErrorCode::").to_owned()
}
