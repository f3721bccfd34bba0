//! Requests before they reach a component: which ones are rejected, and the form that the others get.

use std::net::Ipv6Addr;

use http::header::{CONTENT_LENGTH, COOKIE, EXPECT, HOST, HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Request, StatusCode, Uri, Version};
use http_body::Body;

use super::error_response;
use crate::proxy::Response;

/// The size of a header in addition to its name and its value (RFC 9113, section 6.5.2).
const FIELD_OVERHEAD: usize = 32;

/// Returns about how many bytes the head of a request has.
pub(super) fn head_size<B>(request: &Request<B>) -> usize {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let size = |(name, value): (&HeaderName, &HeaderValue)| {
        name.as_str().len() + value.len() + FIELD_OVERHEAD
    };
    target + request.headers().iter().map(size).sum::<usize>()
}

/// Validates and normalizes a request.
///
/// # Errors
///
/// The response to send instead, if the request is rejected.
pub(super) fn validate_request<B: Body>(
    request: &mut Request<B>,
    max_body_bytes: Option<u64>,
    is_tls: bool,
) -> Result<(), Box<Response>> {
    if let Some((status, reason)) = rejection(request, max_body_bytes) {
        return Err(Box::new(error_response::with_reason(status, reason)));
    }
    // RFC 9110, section 10.1.1: hyper sends "100 Continue" as soon as the content is read.
    request.headers_mut().remove(EXPECT);
    set_absolute_uri(request, is_tls);
    join_cookies(request);
    Ok(())
}

/// Returns why a request is rejected.
fn rejection<B: Body>(
    request: &Request<B>,
    max_body_bytes: Option<u64>,
) -> Option<(StatusCode, &'static str)> {
    if request.method() == Method::CONNECT {
        return Some((StatusCode::NOT_IMPLEMENTED, "CONNECT is not supported"));
    }
    if let Some(reason) = invalid_target(request).or_else(|| invalid_head(request)) {
        return Some((StatusCode::BAD_REQUEST, reason));
    }
    if has_unknown_expectation(request) {
        let reason = "Expect supports only 100-continue";
        return Some((StatusCode::EXPECTATION_FAILED, reason));
    }
    let is_too_large = |limit| request.body().size_hint().lower() > limit;
    max_body_bytes
        .is_some_and(is_too_large)
        .then_some((StatusCode::PAYLOAD_TOO_LARGE, "request body too large"))
}

/// Returns what is wrong with the form of a request's target (RFC 9112, section 3.2; RFC 9113, section 8.3.1).
fn invalid_target<B>(request: &Request<B>) -> Option<&'static str> {
    match request.uri().path() {
        "*" if request.method() != Method::OPTIONS => Some("only OPTIONS may have the target *"),
        "*" => None,
        // CONNECT alone has an authority as its target.
        path if !path.starts_with('/') => Some("the request target has no path"),
        _ => None,
    }
}

/// Returns what is wrong with the fields that all recipients must read alike.
fn invalid_head<B>(request: &Request<B>) -> Option<&'static str> {
    // RFC 9110, section 8.6. HTTP/2 has other means to find the end of a request, so that it accepts equal ones.
    if request.headers().get_all(CONTENT_LENGTH).iter().nth(1).is_some() {
        return Some("duplicate Content-Length header");
    }
    invalid_host(request)
}

/// Returns what is wrong with the host that a request names (RFC 9112, section 3.2).
fn invalid_host<B>(request: &Request<B>) -> Option<&'static str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (host, other) = (hosts.next(), hosts.next());
    if other.is_some() {
        return Some("duplicate Host header");
    }
    let authority = request.uri().authority();
    let differs = |host: &HeaderValue| {
        authority.is_some_and(|authority| {
            !authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes())
        })
    };
    match host {
        None if request.version() == Version::HTTP_11 => Some("missing Host header"),
        // RFC 9113, section 8.3.1.
        Some(host) if request.version() == Version::HTTP_2 && differs(host) => {
            Some("Host header differs from :authority")
        }
        Some(host) if !host.is_empty() && !is_valid_host(host) => Some("invalid Host header"),
        _ if authority.is_some_and(|authority| !is_host_and_port(authority)) => {
            Some("invalid host in the request target")
        }
        _ => None,
    }
}

fn is_valid_host(host: &HeaderValue) -> bool {
    host.to_str()
        .ok()
        .and_then(|host| host.parse().ok())
        .is_some_and(|authority| is_host_and_port(&authority))
}

/// Whether an authority is a host and perhaps a port, without a user (RFC 9110, section 4.2.4; RFC 3986, section 3.2.2).
fn is_host_and_port(authority: &Authority) -> bool {
    let text = authority.as_str();
    let (name, port) = match text.strip_prefix('[') {
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
    let is_name_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte);
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port_or_empty);
    name.bytes().all(is_name_byte) && is_port
}

fn is_port_or_empty(digits: &str) -> bool {
    digits.is_empty()
        || digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
}

/// Whether a request expects anything other than `100-continue`. HTTP/1.0 has no expectations.
fn has_unknown_expectation<B>(request: &Request<B>) -> bool {
    request.version() >= Version::HTTP_11
        && request
            .headers()
            .get_all(EXPECT)
            .iter()
            .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// Adds the host to a target that is a path, and sets the scheme to that of the connection, regardless of the client's
/// (RFC 9112, section 3.3).
fn set_absolute_uri<B>(request: &mut Request<B>, is_tls: bool) {
    let host = || Authority::try_from(request.headers().get(HOST)?.as_bytes()).ok();
    let Some(authority) = request.uri().authority().cloned().or_else(host) else {
        return;
    };
    let scheme = if is_tls { Scheme::HTTPS } else { Scheme::HTTP };
    let path = request
        .uri()
        .path_and_query()
        .cloned()
        .unwrap_or(PathAndQuery::from_static("/"));
    let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build();
    if let Ok(uri) = uri {
        *request.uri_mut() = uri;
    }
}

/// Joins cookies, which only HTTP/2 may split into several fields (RFC 9113, section 8.2.3).
fn join_cookies<B>(request: &mut Request<B>) {
    let cookies: Vec<&[u8]> =
        request.headers().get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if request.version() != Version::HTTP_2 || cookies.len() < 2 {
        return;
    }
    if let Ok(cookie) = HeaderValue::from_bytes(&cookies.join(&b"; "[..])) {
        request.headers_mut().insert(COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Empty;

    use super::*;

    #[test]
    fn the_target_has_the_form_that_its_method_needs() {
        for (method, target, is_valid) in [
            ("GET", "/", true),
            ("GET", "http://a", true),
            ("GET", "http://a/*", true),
            ("OPTIONS", "*", true),
            ("OPTIONS", "/", true),
            ("GET", "*", false),
            ("GET", "a:80", false),
            ("OPTIONS", "a", false),
        ] {
            let request = Request::builder().method(method).uri(target).body(()).unwrap();
            assert_eq!(
                invalid_target(&request).is_none(),
                is_valid,
                "{method} {target}"
            );
        }
    }

    #[test]
    fn lengths_are_stated_once() {
        let mut request = Request::new(Empty::<&[u8]>::new());
        *request.version_mut() = Version::HTTP_2;
        request.headers_mut().append(CONTENT_LENGTH, 3.into());
        assert_eq!(rejection(&request, None), None);
        request.headers_mut().append(CONTENT_LENGTH, 3.into());
        let (status, _) = rejection(&request, None).unwrap();
        assert_eq!(status, 400);
    }

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
            assert_eq!(
                is_valid_host(&HeaderValue::from_static(host)),
                is_valid,
                "{host}"
            );
        }
    }
}
