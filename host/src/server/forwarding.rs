//! What a host does to requests that it forwards (RFC 9110, section 7).

use std::net::{IpAddr, SocketAddr};

use http::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, FORWARDED, HOST, MAX_FORWARDS, PROXY_AUTHORIZATION, VIA,
};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode, Version};
use witgen_runtime::message::connection;

use super::refusal::refusal;
use crate::proxy::{Body, Response};

const CDN_LOOP: HeaderName = HeaderName::from_static("cdn-loop");

/// A host before an origin.
pub(super) struct Forwarding {
    /// What it calls itself towards others. No two are to have the same.
    pub name: String,
}

/// Where a request comes from.
#[derive(Clone, Copy)]
pub(super) struct From {
    pub client: SocketAddr,
    pub is_tls: bool,
}

impl Forwarding {
    /// Prepares a request to be forwarded.
    ///
    /// # Errors
    ///
    /// The answer to one that isn't: it has been here before, or it has been forwarded often enough.
    pub fn prepare<B>(&self, request: &mut Request<B>, from: From) -> Result<(), Box<Response>> {
        // Before anything is added that `Connection` might name.
        connection::remove_fields(request.headers_mut());
        if self.has_been_here(request.headers()) {
            let why = "the request has been here before";
            return Err(Box::new(refusal(StatusCode::LOOP_DETECTED, why)));
        }
        if matches!(*request.method(), Method::TRACE | Method::OPTIONS)
            && let Some(left) = max_forwards(request.headers())
        {
            let Some(left) = left.checked_sub(1) else {
                return Err(Box::new(last(request)));
            };
            request.headers_mut().insert(MAX_FORWARDS, left.into());
        }
        let via = format!("{} {}", version(request.version()), self.name);
        let forwarded = forwarded(request, from);
        let fields = request.headers_mut();
        for (name, value) in [(VIA, &via), (CDN_LOOP, &self.name), (FORWARDED, &forwarded)] {
            // All of it is visible text.
            if let Ok(value) = HeaderValue::from_str(value) {
                fields.append(name, value);
            }
        }
        Ok(())
    }

    /// RFC 8586, section 2: an identifier, which may have a port, and parameters behind it.
    fn has_been_here(&self, fields: &HeaderMap) -> bool {
        let mut entries = fields
            .get_all(CDN_LOOP)
            .iter()
            .flat_map(|value| entries(value.as_bytes()));
        entries.any(|entry| {
            let end = entry
                .iter()
                .position(|byte| b";:".contains(byte) || byte.is_ascii_whitespace());
            entry[..end.unwrap_or(entry.len())].eq_ignore_ascii_case(self.name.as_bytes())
        })
    }
}

/// The entries of a list, at whose commas no quotes are open (RFC 9110, section 5.6.1).
fn entries(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let entries = value.split(move |byte| {
        let was_escaped = is_escaped;
        is_escaped = is_quoted && *byte == b'\\' && !was_escaped;
        is_quoted ^= *byte == b'"' && !was_escaped;
        *byte == b',' && !is_quoted
    });
    entries.map(<[u8]>::trim_ascii)
}

/// RFC 9110, section 7.6.2: digits, and nothing else counts.
fn max_forwards(fields: &HeaderMap) -> Option<u32> {
    let digits = fields.get(MAX_FORWARDS)?.to_str().ok()?.trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u32::MAX))
}

/// What the last who receives a request answers (RFC 9110, sections 9.3.7 and 9.3.8).
fn last<B>(request: &Request<B>) -> Response {
    if *request.method() == Method::OPTIONS {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        return response;
    }
    let mut echo = format!("TRACE {} {:?}\r\n", request.uri(), request.version()).into_bytes();
    for (name, value) in request.headers() {
        // Who sends credentials to a server is not to have them sent back to a script.
        if ![AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION].contains(name) {
            echo.extend_from_slice(name.as_str().as_bytes());
            echo.extend_from_slice(b": ");
            echo.extend_from_slice(value.as_bytes());
            echo.extend_from_slice(b"\r\n");
        }
    }
    let mut response = Response::new(Body::from(echo));
    let is_message = HeaderValue::from_static("message/http");
    response.headers_mut().insert(CONTENT_TYPE, is_message);
    response
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "2.0",
        Version::HTTP_10 => "1.0",
        _ => "1.1",
    }
}

/// RFC 7239, section 4.
fn forwarded<B>(request: &Request<B>, from: From) -> String {
    let node = match from.client.ip().to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("\"[{address}]\""),
    };
    let proto = if from.is_tls { "https" } else { "http" };
    let authority = request
        .uri()
        .authority()
        .map(|authority| authority.as_str());
    let host = || request.headers().get(HOST)?.to_str().ok();
    match authority.or_else(host).filter(|host| !host.is_empty()) {
        // It has been looked at: there is nothing in it that would end the quotes.
        Some(host) => format!("for={node};host=\"{host}\";proto={proto}"),
        None => format!("for={node};proto={proto}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = "192.0.2.1:4000";

    fn forwarded_by_us(
        method: Method,
        fields: &[(&'static str, &str)],
    ) -> Result<HeaderMap, Box<Response>> {
        let us = Forwarding {
            name: "us".to_owned(),
        };
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.uri_mut() = "http://example.com:81/".parse().unwrap();
        for (name, value) in fields {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        let from = From {
            client: CLIENT.parse().unwrap(),
            is_tls: true,
        };
        us.prepare(&mut request, from)?;
        Ok(request.headers().clone())
    }

    #[test]
    fn a_request_says_whom_it_came_by() {
        let earlier = [
            ("via", "1.0 them"),
            ("forwarded", "for=secret"),
            ("cdn-loop", "them; x"),
        ];
        let fields = forwarded_by_us(Method::GET, &earlier).unwrap();
        let all = |name: &str| -> Vec<_> {
            let values = fields.get_all(name).iter();
            values.map(|value| value.to_str().unwrap()).collect()
        };
        assert_eq!(all("via"), ["1.0 them", "1.1 us"]);
        assert_eq!(all("cdn-loop"), ["them; x", "us"]);
        let ours = "for=192.0.2.1;host=\"example.com:81\";proto=https";
        assert_eq!(all("forwarded"), ["for=secret", ours]);
    }

    #[test]
    fn a_connection_cannot_take_away_what_is_added() {
        let connection = [
            ("connection", "via, Forwarded, cdn-loop, x-a"),
            ("x-a", "1"),
            ("via", "1.1 them"),
        ];
        let fields = forwarded_by_us(Method::GET, &connection).unwrap();
        assert_eq!(fields["via"], "1.1 us");
        assert!(fields.contains_key("forwarded") && fields.contains_key("cdn-loop"));
        assert!(!fields.contains_key("x-a") && !fields.contains_key("connection"));
    }

    #[test]
    fn a_request_that_comes_back_is_stopped() {
        for value in [
            "us",
            "them, us",
            "them;a=b , us;x",
            "US",
            "us:80",
            "\u{e9}, us",
            "a=\"x,y\", us",
        ] {
            let answer = forwarded_by_us(Method::GET, &[("cdn-loop", value)]).unwrap_err();
            assert_eq!(answer.status(), 508, "{value}");
        }
        assert!(forwarded_by_us(Method::GET, &[("cdn-loop", "usual, \"a, us\"")]).is_ok());
    }

    #[test]
    fn forwards_are_counted_where_they_are_limited() {
        let fields = forwarded_by_us(Method::OPTIONS, &[("max-forwards", "3")]).unwrap();
        assert_eq!(fields["max-forwards"], "2");
        let many = [("max-forwards", "99999999999")];
        let fields = forwarded_by_us(Method::TRACE, &many).unwrap();
        assert_eq!(fields["max-forwards"], "4294967294");
        assert!(forwarded_by_us(Method::TRACE, &[("max-forwards", "+0")]).is_ok());
        let fields = forwarded_by_us(Method::GET, &[("max-forwards", "0")]).unwrap();
        assert_eq!(fields["max-forwards"], "0");
        let options = forwarded_by_us(Method::OPTIONS, &[("max-forwards", "0")]).unwrap_err();
        assert_eq!(options.status(), 204);
        let trace = [("max-forwards", "0"), ("cookie", "a"), ("x-other", "b")];
        let trace = forwarded_by_us(Method::TRACE, &trace).unwrap_err();
        assert_eq!(trace.status(), 200);
        assert_eq!(trace.headers()[CONTENT_TYPE], "message/http");
    }

    #[test]
    fn an_address_of_the_newer_kind_is_quoted() {
        let from = From {
            client: "[2001:db8::1]:1".parse().unwrap(),
            is_tls: false,
        };
        let request = Request::new(());
        assert_eq!(
            forwarded(&request, from),
            "for=\"[2001:db8::1]\";proto=http"
        );
    }
}
