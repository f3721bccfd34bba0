//! From three optional strings to a URI, and back.

use http::header::HOST;
use http::{HeaderMap, Method};

use pretty_assertions::assert_eq;
use witgen_runtime::message::target::{TargetError, authority, uri};

/// Scheme, authority and path.
type Target = (Option<String>, Option<String>, Option<String>);

/// The target of a request that was received, as it leaves again.
fn sent_on(
    method: Method,
    scheme: Option<&str>,
    host: Option<&str>,
    path: Option<&str>,
) -> Result<Target, TargetError> {
    let mut headers = HeaderMap::new();
    let (host, path) = (host.map(String::from), path.map(String::from));
    let uri = uri(&method, scheme, host, path, &mut headers)?;
    let host = authority(&uri, &mut headers)?;
    assert!(headers.is_empty());
    let path = uri.path_and_query().map(|path| path.as_str().to_owned());
    Ok((uri.scheme_str().map(String::from), host, path))
}

fn is_kept(method: Method, scheme: Option<&str>, host: Option<&str>, path: Option<&str>) {
    let kept = sent_on(method, scheme, host, path).unwrap();
    let kept = (kept.0.as_deref(), kept.1.as_deref(), kept.2.as_deref());
    assert_eq!(kept, (scheme, host, path));
}

#[test]
fn every_form_of_target_is_kept() {
    is_kept(
        Method::GET,
        Some("https"),
        Some("a.example:8443"),
        Some("/x?y=1"),
    );
    is_kept(Method::GET, Some("http"), Some("[::1]:80"), Some("/"));
    is_kept(Method::GET, None, Some("a.example"), Some("/x"));
    is_kept(Method::GET, None, None, Some("/x?y"));
    is_kept(Method::CONNECT, None, Some("a.example:443"), None);
    is_kept(Method::OPTIONS, Some("http"), Some("a.example"), Some("*"));
    is_kept(Method::OPTIONS, None, None, Some("*"));
    is_kept(Method::GET, Some("coap"), Some("a.example"), Some("/"));
}

#[test]
fn an_empty_path_gets_its_normal_form() {
    let path = |method, scheme| sent_on(method, scheme, Some("a"), None).unwrap().2;
    assert_eq!(path(Method::GET, Some("http")).as_deref(), Some("/"));
    assert_eq!(path(Method::OPTIONS, Some("http")).as_deref(), Some("*"));
    assert_eq!(path(Method::CONNECT, Some("http")), None);
}

#[test]
fn a_malformed_target_is_rejected() {
    let long = "/x".repeat(40_000);
    for (scheme, host, path) in [
        (Some("http"), Some("a b"), Some("/")),
        (Some("http"), Some(""), Some("/")),
        (Some("1 2"), Some("a"), Some("/")),
        (Some(""), Some("a"), Some("/")),
        (Some("http"), Some("a"), Some("/ /\u{0}")),
        (Some("http"), Some("a"), Some(long.as_str())),
        (None, None, Some("\u{7f}")),
    ] {
        let result = sent_on(Method::GET, scheme, host, path);
        assert_eq!(result, Err(TargetError::Invalid), "{scheme:?} {host:?}");
    }
}

#[test]
fn the_authority_of_the_uri_takes_precedence_over_host() {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, "other.example".parse().unwrap());
    let uri = "http://a.example/".parse().unwrap();
    let authority = authority(&uri, &mut headers).unwrap();
    assert_eq!(authority.as_deref(), Some("a.example"));
    assert!(headers.is_empty());
}

#[test]
fn a_repeated_host_is_rejected() {
    let mut headers = HeaderMap::new();
    headers.append(HOST, "a.example".parse().unwrap());
    headers.append(HOST, "b.example".parse().unwrap());
    let uri = "/".parse().unwrap();
    assert!(authority(&uri, &mut headers).is_err());
}
