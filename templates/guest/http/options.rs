//! How a request is to be sent.

use std::time::Duration;

/// Timeouts for sending a request, which the host keeps.
///
/// They are an extension of the request, and go on with it when it is sent on:
///
/// ```ignore
/// request.extensions_mut().insert(RequestOptions {
///     first_byte_timeout: Some(Duration::from_secs(2)),
///     ..RequestOptions::default()
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestOptions {
    /// How long connecting may take.
    pub connect_timeout: Option<Duration>,
    /// How long the first byte of the response's content may take.
    pub first_byte_timeout: Option<Duration>,
    /// How long each further piece of the response's content may take.
    pub between_bytes_timeout: Option<Duration>,
}
