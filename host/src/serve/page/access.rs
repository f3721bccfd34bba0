//! Restricts the page to browsers that know its address. A site that points its own name at that address can't read it.

use std::net::IpAddr;

use http::header::{HOST, HeaderMap};
use http::uri::Authority;

/// Checks that a request names the listener by an address or as `localhost`. A site whose name leads to the listener (DNS rebinding)
/// sends its own name.
///
/// # Errors
///
/// The help for the user.
pub fn check(headers: &HeaderMap) -> Result<(), &'static str> {
    let mut hosts = headers.get_all(HOST).iter();
    let (host, other) = (hosts.next(), hosts.next());
    let authority: Option<Authority> = host.and_then(|host| host.to_str().ok()?.parse().ok());
    match authority {
        Some(authority) if other.is_none() && is_local(&authority) => Ok(()),
        _ => Err(
            "open this page by the address of the listener, or as `localhost`. Other names are rejected, because a site could use \
             one to read the page. A proxy must send `Host: localhost`",
        ),
    }
}

fn is_local(authority: &Authority) -> bool {
    let host = authority.host();
    // RFC 9110, section 7.2: `Host` has no user.
    let has_user = authority.as_str().contains('@');
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    // RFC 6761, section 6.3: these names are those of this machine.
    let is_name = name == "localhost" || name.ends_with(".localhost");
    !has_user && (is_name || address.parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_names_of_the_listener() {
        for (host, is_allowed) in [
            ("127.0.0.1:9000", true),
            ("10.1.2.3", true),
            ("[::1]:9000", true),
            ("localhost:9000", true),
            ("LOCALHOST", true),
            ("localhost.:9000", true),
            ("page.localhost:9000", true),
            ("attacker.example", false),
            ("127.0.0.1.attacker.example", false),
            ("localhost.attacker.example:9000", false),
            ("notlocalhost", false),
            ("user@127.0.0.1", false),
            ("user:secret@localhost:9000", false),
            ("127.0.0.1@attacker.example", false),
            ("a b", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            assert_eq!(check(&headers).is_ok(), is_allowed, "{host}");
        }
    }

    #[test]
    fn one_host_is_required() {
        let mut headers = HeaderMap::new();
        assert!(check(&headers).is_err());
        headers.append(HOST, HeaderValue::from_static("localhost"));
        headers.append(HOST, HeaderValue::from_static("attacker.example"));
        assert!(check(&headers).is_err());
    }
}
