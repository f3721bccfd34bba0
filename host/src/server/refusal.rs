//! Answers that are not the component's.

use std::net::Ipv6Addr;

use http::header::{CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER};
use http::uri::Authority;
use http::{Request, StatusCode, Version};

use crate::proxy::{Body, ErrorCode, Response};

/// Why it is not the component that answers, as an extension of the answer.
#[derive(Clone)]
pub(super) struct Why(pub String);

pub(super) fn refusal(status: StatusCode, why: &str) -> Response {
    let mut response = Response::new(Body::from(format!("{why}\n")));
    *response.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response.extensions_mut().insert(Why(why.to_owned()));
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
    if matches!(code, ErrorCode::ConnectionLimitReached) {
        return overloaded();
    }
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

/// Whether it is a host and perhaps a port, and no user (RFC 9110, section 4.2.4; RFC 3986, section 3.2.2).
fn is_host(authority: &Authority) -> bool {
    let text = authority.as_str();
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if address.parse::<Ipv6Addr>().is_ok() => ("", port),
            _ => return false,
        },
        None => match text.find(':') {
            Some(colon) if colon > 0 => text.split_at(colon),
            Some(_) => return false,
            None => (text, ""),
        },
    };
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte);
    let digits = port.strip_prefix(':').unwrap_or(port);
    let is_port = port.is_empty()
        || port.starts_with(':')
            && (digits.is_empty() || is_number(digits) && digits.parse::<u16>().is_ok());
    host.bytes().all(is_of_name) && is_port
}

fn is_number(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for (host, is_valid) in [
            ("example.com", true),
            ("example.com:80", true),
            ("example.com:", true),
            ("[::1]:80", true),
            ("192.0.2.1", true),
            (":80", false),
            ("[]", false),
            ("[::1]x", false),
            ("a:+80", false),
            ("a:99999", false),
            ("user@a", false),
        ] {
            let is_host = host.parse().is_ok_and(|authority| is_host(&authority));
            assert_eq!(is_host, is_valid, "{host}");
        }
    }
}
