//! Responses that the server sends instead of the component's.

use std::time::Duration;

use http::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Method, StatusCode};

use super::Exchange;
use crate::proxy::{Body, ErrorCode, Response};

/// Why the server responds instead of the component, as an extension of the response.
#[derive(Clone)]
pub(super) struct FailureReason(pub String);

/// Returns a response with a reason as its content.
pub(super) fn with_reason(status: StatusCode, reason: &str) -> Response {
    with_text(status, reason, reason.to_owned())
}

/// Returns a response with a text as its content, and the reason for observers.
fn with_text(status: StatusCode, text: &str, reason: String) -> Response {
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response.extensions_mut().insert(FailureReason(reason));
    response
}

/// Returns the response to send if a limit is reached (RFC 9110, section 15.6.4).
pub(super) fn overloaded() -> Response {
    let mut response = with_reason(StatusCode::SERVICE_UNAVAILABLE, "server overloaded");
    let seconds = HeaderValue::from_static("1");
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

/// Returns the response to send if a client has made too many requests, and may make the next one after a time (RFC 6585,
/// section 4).
pub(super) fn too_many_requests(wait: Duration) -> Response {
    let mut response = with_reason(StatusCode::TOO_MANY_REQUESTS, "too many requests");
    // Full seconds (RFC 9110, section 10.2.3).
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    response.headers_mut().insert(RETRY_AFTER, seconds.max(1).into());
    response
}

/// Returns the response to send if the component fails to respond. The client receives only the status. The reason may
/// reveal internals, so only observers receive it.
pub(super) fn from_code(code: ErrorCode, exchange: &Exchange) -> Response {
    if matches!(code, ErrorCode::ConnectionLimitReached) {
        return overloaded();
    }
    let status = status(&code, exchange);
    let text = status.canonical_reason().unwrap_or_default();
    // wasmtime's own error has a text for each code.
    with_text(
        status,
        text,
        wasmtime_wasi_http::Error::from(code).to_string(),
    )
}

/// Returns the status that the documentation of `wasi:http/types.error-code` names for an error.
fn status(code: &ErrorCode, exchange: &Exchange) -> StatusCode {
    use ErrorCode::*;
    match code {
        // The request is at fault.
        HttpRequestUriInvalid => StatusCode::BAD_REQUEST,
        HttpRequestMethodInvalid if is_known(&exchange.method) => StatusCode::BAD_REQUEST,
        HttpRequestMethodInvalid => StatusCode::NOT_IMPLEMENTED,
        HttpProtocolError if exchange.is_malformed() => StatusCode::BAD_REQUEST,
        HttpRequestDenied => StatusCode::FORBIDDEN,
        HttpRequestLengthRequired => StatusCode::LENGTH_REQUIRED,
        HttpRequestBodySize(_) => StatusCode::PAYLOAD_TOO_LARGE,
        HttpRequestUriTooLong => StatusCode::URI_TOO_LONG,
        HttpRequestHeaderSectionSize(_)
        | HttpRequestHeaderSize(_)
        | HttpRequestTrailerSectionSize(_)
        | HttpRequestTrailerSize(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        // The host is at fault.
        DestinationNotFound | ConfigurationError | InternalError(_) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        DestinationUnavailable | ConnectionLimitReached => StatusCode::SERVICE_UNAVAILABLE,
        // An upstream is at fault.
        DnsTimeout
        | ConnectionTimeout
        | ConnectionReadTimeout
        | ConnectionWriteTimeout
        | HttpResponseTimeout => StatusCode::GATEWAY_TIMEOUT,
        DnsError(_)
        | DestinationIpProhibited
        | DestinationIpUnroutable
        | ConnectionRefused
        | ConnectionTerminated
        | TlsProtocolError
        | TlsCertificateError
        | TlsAlertReceived(_)
        | HttpResponseIncomplete
        | HttpResponseHeaderSectionSize(_)
        | HttpResponseHeaderSize(_)
        | HttpResponseBodySize(_)
        | HttpResponseTrailerSectionSize(_)
        | HttpResponseTrailerSize(_)
        | HttpResponseTransferCoding(_)
        | HttpResponseContentCoding(_)
        | HttpUpgradeFailed
        | HttpProtocolError
        | LoopDetected => StatusCode::BAD_GATEWAY,
    }
}

/// Whether a method is one of RFC 9110 or RFC 5789.
fn is_known(method: &Method) -> bool {
    [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::CONNECT,
        Method::OPTIONS,
        Method::TRACE,
        Method::PATCH,
    ]
    .contains(method)
}

/// Rejects a request whose end is ambiguous, and closes the connection, because the next request may start anywhere.
pub(super) fn ambiguous_framing() -> Response {
    let reason = "ambiguous request length";
    let mut response = with_reason(StatusCode::BAD_REQUEST, reason);
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

/// Rejects a request whose target has a fragment (RFC 9112, section 3.2), which hyper would remove without a report.
pub(super) fn fragment_in_target() -> Response {
    let reason = "fragment in the request target";
    with_reason(StatusCode::BAD_REQUEST, reason)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::atomic::Ordering;

    use http_body_util::BodyExt as _;

    use super::super::client::Client;
    use super::*;

    fn exchange(method: &str) -> Exchange {
        let request = http::Request::builder().method(method).body(()).unwrap();
        let client = Client {
            address: SocketAddr::from(([127, 0, 0, 1], 1)).into(),
            is_tls: false,
        };
        Exchange::begin(String::new(), client, &request)
    }

    #[tokio::test]
    async fn clients_learn_the_status_and_observers_the_cause() {
        let coding = ErrorCode::HttpResponseTransferCoding(Some("secret".to_owned()));
        for (code, status, text, cause) in [
            (
                ErrorCode::InternalError(Some("secret".to_owned())),
                500,
                "Internal Server Error\n",
                "internal error: secret",
            ),
            (
                ErrorCode::HttpRequestDenied,
                403,
                "Forbidden\n",
                "HTTP request denied",
            ),
            (
                ErrorCode::ConnectionRefused,
                502,
                "Bad Gateway\n",
                "connection refused",
            ),
            (
                coding,
                502,
                "Bad Gateway\n",
                "unsupported HTTP response transfer coding: \"secret\"",
            ),
        ] {
            let mut response = from_code(code, &exchange("GET"));
            assert_eq!(response.status(), status);
            let FailureReason(reason) = response.extensions_mut().remove().unwrap();
            assert_eq!(reason, cause);
            let content = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(content, text);
        }
    }

    #[test]
    fn the_request_decides_where_a_code_has_several_statuses() {
        let invalid = ErrorCode::HttpRequestMethodInvalid;
        assert_eq!(status(&invalid, &exchange("GET")), 400);
        assert_eq!(status(&invalid, &exchange("BREW")), 501);
        let (good, malformed) = (exchange("POST"), exchange("POST"));
        malformed.is_malformed.store(true, Ordering::Relaxed);
        assert_eq!(status(&ErrorCode::HttpProtocolError, &good), 502);
        assert_eq!(status(&ErrorCode::HttpProtocolError, &malformed), 400);
    }
}
