//! Responses that the server sends instead of the component's.

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};

use crate::proxy::{Body, ErrorCode, Response};

/// Why the server responds instead of the component, as an extension of the response.
#[derive(Clone)]
pub(super) struct FailureReason(pub String);

/// Returns a response with a reason as its content.
pub(super) fn with_reason(status: StatusCode, reason: &str) -> Response {
    let mut response = Response::new(Body::from(format!("{reason}\n")));
    *response.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response.extensions_mut().insert(FailureReason(reason.to_owned()));
    response
}

/// Returns the response to send if a limit is reached (RFC 9110, section 15.6.4).
pub(super) fn overloaded() -> Response {
    let mut response = with_reason(StatusCode::SERVICE_UNAVAILABLE, "server overloaded");
    let seconds = HeaderValue::from_static("1");
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

/// Returns the response to send if the component fails to respond.
pub(super) fn from_code(code: ErrorCode) -> Response {
    if matches!(code, ErrorCode::ConnectionLimitReached) {
        return overloaded();
    }
    let status = status(&code);
    // wasmtime's own error has a text for each code.
    with_reason(status, &wasmtime_wasi_http::Error::from(code).to_string())
}

/// Returns the status with which an intermediary reports an error (RFC 9110, section 15.6).
fn status(code: &ErrorCode) -> StatusCode {
    match code {
        ErrorCode::ConfigurationError | ErrorCode::InternalError(_) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        ErrorCode::DnsTimeout
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorCode::HttpRequestBodySize(_) => StatusCode::PAYLOAD_TOO_LARGE,
        // RFC 5842, section 7.2.
        ErrorCode::LoopDetected => StatusCode::LOOP_DETECTED,
        _ => StatusCode::BAD_GATEWAY,
    }
}
