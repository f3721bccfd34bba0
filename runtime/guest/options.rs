//! Timeouts for sending a request.

use std::time::Duration;

/// Timeouts for sending a request, which the host applies.
///
/// They are an extension of the request, and stay with it if it is forwarded:
///
/// ```ignore
/// request.extensions_mut().insert(RequestOptions {
///     first_byte_timeout: Some(Duration::from_secs(2)),
///     ..RequestOptions::default()
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestOptions {
    /// The timeout for connecting.
    pub connect_timeout: Option<Duration>,
    /// The timeout for the first byte of the response's content.
    pub first_byte_timeout: Option<Duration>,
    /// The timeout for each further piece of the response's content.
    pub between_bytes_timeout: Option<Duration>,
}
