//! The duties of an intermediary that forwards requests (RFC 9110, section 7).

use std::net::IpAddr;

use http::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, FORWARDED, HOST, MAX_FORWARDS, PROXY_AUTHORIZATION, VIA,
};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode, Version};
use witgen_runtime::message::hop_by_hop;

use super::client::Client;
use super::error_response;
use crate::proxy::{Body, Response};

const CDN_LOOP: HeaderName = HeaderName::from_static("cdn-loop");

/// A server that is an intermediary: it forwards requests to an origin.
pub(super) struct Forwarding {
    /// The server's name in `Via`, `Forwarded` and `CDN-Loop`, which no other intermediary may have.
    pub name: String,
}

impl Forwarding {
    /// Prepares a request to be forwarded.
    ///
    /// # Errors
    ///
    /// The response to send instead, if the request isn't forwarded: it is in a loop, or `Max-Forwards` ends here.
    pub fn prepare_request<B>(
        &self,
        request: &mut Request<B>,
        client: Client,
    ) -> Result<(), Box<Response>> {
        // First, because `Connection` could name the headers that are added below.
        hop_by_hop::remove_fields(request.headers_mut());
        if self.is_in_loop(request.headers()) {
            let response =
                error_response::with_reason(StatusCode::LOOP_DETECTED, "request loop detected");
            return Err(Box::new(response));
        }
        if matches!(*request.method(), Method::TRACE | Method::OPTIONS)
            && let Some(max_forwards) = max_forwards(request.headers())
        {
            let Some(left) = max_forwards.checked_sub(1) else {
                return Err(Box::new(final_response(request)));
            };
            request.headers_mut().insert(MAX_FORWARDS, left.into());
        }
        let via = format!("{} {}", received_protocol(request.version()), self.name);
        let forwarded = forwarded(request, client);
        let fields = request.headers_mut();
        for (name, value) in [(VIA, &via), (CDN_LOOP, &self.name), (FORWARDED, &forwarded)] {
            // These values consist of visible characters, so that this never fails.
            if let Ok(value) = HeaderValue::from_str(value) {
                fields.append(name, value);
            }
        }
        Ok(())
    }

    /// Whether a request passed this server before. RFC 8586, section 2: an entry is a name, perhaps with a port,
    /// followed by parameters.
    fn is_in_loop(&self, fields: &HeaderMap) -> bool {
        fields
            .get_all(CDN_LOOP)
            .iter()
            .flat_map(|value| list_entries(value.as_bytes()))
            .any(|entry| {
                let name = entry
                    .split(|byte| b";:".contains(byte) || byte.is_ascii_whitespace())
                    .next()
                    .unwrap_or_default();
                name.eq_ignore_ascii_case(self.name.as_bytes())
            })
    }
}

/// Splits a list at its commas, except those in quotes (RFC 9110, section 5.6.1).
fn list_entries(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    value
        .split(move |byte| {
            let was_escaped = is_escaped;
            is_escaped = is_quoted && *byte == b'\\' && !was_escaped;
            is_quoted ^= *byte == b'"' && !was_escaped;
            *byte == b',' && !is_quoted
        })
        .map(<[u8]>::trim_ascii)
}

/// Returns the value of `Max-Forwards` if it consists of digits (RFC 9110, section 7.6.2).
fn max_forwards(fields: &HeaderMap) -> Option<u32> {
    let digits = fields.get(MAX_FORWARDS)?.to_str().ok()?.trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u32::MAX))
}

/// Responds to an OPTIONS or TRACE request as its final recipient (RFC 9110, sections 9.3.7 and 9.3.8).
fn final_response<B>(request: &Request<B>) -> Response {
    if *request.method() == Method::OPTIONS {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        return response;
    }
    let mut echo = format!("TRACE {} {:?}\r\n", request.uri(), request.version()).into_bytes();
    for (name, value) in request.headers() {
        // RFC 9110, section 9.3.8: a script must not learn the credentials that a browser sends.
        if ![AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION].contains(name) {
            echo.extend_from_slice(name.as_str().as_bytes());
            echo.extend_from_slice(b": ");
            echo.extend_from_slice(value.as_bytes());
            echo.extend_from_slice(b"\r\n");
        }
    }
    let mut response = Response::new(Body::from(echo));
    let content_type = HeaderValue::from_static("message/http");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn received_protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "2.0",
        Version::HTTP_10 => "1.0",
        _ => "1.1",
    }
}

/// Returns the value of `Forwarded` (RFC 7239, section 4).
fn forwarded<B>(request: &Request<B>, client: Client) -> String {
    let node = match client.address.ip() {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => format!("\"[{address}]\""),
        // RFC 7239, section 6.2: who sent the request isn't known, but it is forwarded.
        None => "unknown".to_owned(),
    };
    let proto = if client.is_tls { "https" } else { "http" };
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let host = || request.headers().get(HOST)?.to_str().ok();
    match authority.or_else(host).filter(|host| !host.is_empty()) {
        // The host is valid, so that it contains no character that would end the quotes.
        Some(host) => format!("for={node};host=\"{host}\";proto={proto}"),
        None => format!("for={node};proto={proto}"),
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::super::ClientAddress;
    use super::*;

    const CLIENT: &str = "192.0.2.1:4000";

    fn address(text: &str) -> ClientAddress {
        text.parse::<SocketAddr>().unwrap().into()
    }

    fn forward(
        method: Method,
        fields: &[(&'static str, &str)],
    ) -> Result<HeaderMap, Box<Response>> {
        let forwarding = Forwarding {
            name: "us".to_owned(),
        };
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.uri_mut() = "http://example.com:81/".parse().unwrap();
        for (name, value) in fields {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        let client = Client {
            address: address(CLIENT),
            is_tls: true,
        };
        forwarding.prepare_request(&mut request, client)?;
        Ok(request.headers().clone())
    }

    #[test]
    fn forwarded_requests_name_the_intermediaries_and_the_client() {
        let earlier = [
            ("via", "1.0 them"),
            ("forwarded", "for=secret"),
            ("cdn-loop", "them; x"),
        ];
        let fields = forward(Method::GET, &earlier).unwrap();
        let all = |name: &str| -> Vec<_> {
            fields.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
        };
        assert_eq!(all("via"), ["1.0 them", "1.1 us"]);
        assert_eq!(all("cdn-loop"), ["them; x", "us"]);
        let ours = "for=192.0.2.1;host=\"example.com:81\";proto=https";
        assert_eq!(all("forwarded"), ["for=secret", ours]);
    }

    #[test]
    fn connection_cannot_remove_the_headers_that_are_added() {
        let connection = [
            ("connection", "via, Forwarded, cdn-loop, x-a"),
            ("x-a", "1"),
            ("via", "1.1 them"),
        ];
        let fields = forward(Method::GET, &connection).unwrap();
        assert_eq!(fields["via"], "1.1 us");
        assert!(fields.contains_key("forwarded") && fields.contains_key("cdn-loop"));
        assert!(!fields.contains_key("x-a") && !fields.contains_key("connection"));
    }

    #[test]
    fn requests_in_a_loop_are_rejected() {
        for value in [
            "us",
            "them, us",
            "them;a=b , us;x",
            "US",
            "us:80",
            "\u{e9}, us",
            "a=\"x,y\", us",
        ] {
            let response = forward(Method::GET, &[("cdn-loop", value)]).unwrap_err();
            assert_eq!(response.status(), 508, "{value}");
        }
        assert!(forward(Method::GET, &[("cdn-loop", "usual, \"a, us\"")]).is_ok());
    }

    #[test]
    fn max_forwards_limits_options_and_trace() {
        let fields = forward(Method::OPTIONS, &[("max-forwards", "3")]).unwrap();
        assert_eq!(fields["max-forwards"], "2");
        let above_u32 = [("max-forwards", "99999999999")];
        let fields = forward(Method::TRACE, &above_u32).unwrap();
        assert_eq!(fields["max-forwards"], "4294967294");
        assert!(forward(Method::TRACE, &[("max-forwards", "+0")]).is_ok());
        let fields = forward(Method::GET, &[("max-forwards", "0")]).unwrap();
        assert_eq!(fields["max-forwards"], "0");
        let options = forward(Method::OPTIONS, &[("max-forwards", "0")]).unwrap_err();
        assert_eq!(options.status(), 204);
        let fields = [("max-forwards", "0"), ("cookie", "a"), ("x-other", "b")];
        let trace = forward(Method::TRACE, &fields).unwrap_err();
        assert_eq!(trace.status(), 200);
        assert_eq!(trace.headers()[CONTENT_TYPE], "message/http");
    }

    #[test]
    fn ipv6_addresses_are_quoted_in_forwarded() {
        let client = Client {
            address: address("[2001:db8::1]:1"),
            is_tls: false,
        };
        let request = Request::new(());
        assert_eq!(
            forwarded(&request, client),
            "for=\"[2001:db8::1]\";proto=http"
        );
    }

    #[test]
    fn clients_of_unix_sockets_are_unknown_in_forwarded() {
        let client = Client {
            address: ClientAddress::Unix,
            is_tls: false,
        };
        let request = Request::new(());
        assert_eq!(forwarded(&request, client), "for=unknown;proto=http");
    }
}
