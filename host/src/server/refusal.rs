//! Answers that are not the component's.

use http::header::{HOST, HeaderValue, RETRY_AFTER};
use http::uri::Authority;
use http::{Request, StatusCode, Version};

use crate::proxy::{Body, ErrorCode, Response};

pub(super) fn refusal(status: StatusCode, why: &str) -> Response {
    let mut response = Response::new(Body::from(format!("{why}\n")));
    *response.status_mut() = status;
    response
}

/// RFC 9110, section 15.6.4: what a server answers that has too much to do.
pub(super) fn overloaded() -> Response {
    let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, "too much to do");
    let second = HeaderValue::from_static("1");
    response.headers_mut().insert(RETRY_AFTER, second);
    response
}

/// What a client gets instead of a response.
pub(super) fn no_response(code: ErrorCode) -> Response {
    let status = status(&code);
    // wasmtime's own error has words for each code.
    refusal(status, &wasmtime_wasi_http::Error::from(code).to_string())
}

/// RFC 9110, section 15.6: what an intermediary answers when it has no response to pass on.
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

/// What is wrong with the host that a request names (RFC 9112, section 3.2).
pub(super) fn invalid_host<B>(request: &Request<B>) -> Option<&'static str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (host, other) = (hosts.next(), hosts.next());
    if other.is_some() {
        return Some("Host stands there more than once");
    }
    let is_authority = |host: &HeaderValue| {
        let authority = host.to_str().ok().map(str::parse::<Authority>);
        authority.is_some_and(|parsed| parsed.is_ok_and(|authority| is_host(&authority)))
    };
    let authority = request.uri().authority();
    let is_other = |host: &HeaderValue| {
        let authority = authority.map(|authority| authority.as_str().as_bytes());
        authority.is_some_and(|authority| !authority.eq_ignore_ascii_case(host.as_bytes()))
    };
    match host {
        None if request.version() == Version::HTTP_11 => Some("Host is missing"),
        // RFC 9113, section 8.3.1.
        Some(host) if request.version() == Version::HTTP_2 && is_other(host) => {
            Some("Host is not the authority that is asked for")
        }
        Some(host) if !host.is_empty() && !is_authority(host) => Some("Host names no host"),
        _ if authority.is_some_and(|authority| !is_host(authority)) => {
            Some("the target names no host")
        }
        _ => None,
    }
}

/// Whether it is a host and perhaps a port, and no user (RFC 9110, section 4.2.4).
fn is_host(authority: &Authority) -> bool {
    let has_port = authority
        .as_str()
        .rsplit_once(':')
        .is_some_and(|(_, port)| {
            !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
        });
    !authority.as_str().contains('@') && (!has_port || authority.port_u16().is_some())
}
