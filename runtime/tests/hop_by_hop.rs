//! Hop-by-hop headers are removed, and no others.

use http::HeaderMap;
use pretty_assertions::assert_eq;
use witgen_runtime::message::hop_by_hop::{has_fields, remove_fields};

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.append(*name, value.parse().unwrap());
    }
    map
}

#[test]
fn hop_by_hop_headers_are_removed() {
    let mut fields = headers(&[
        ("connection", "close, X-Hop"),
        ("connection", "x-other,, not a name"),
        ("x-hop", "1"),
        ("x-other", "1"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "close"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("http2-settings", "AA"),
        ("te", "gzip"),
        ("x-end", "1"),
    ]);
    assert!(has_fields(&fields));
    remove_fields(&mut fields);
    assert_eq!(fields, headers(&[("x-end", "1")]));
    assert!(!has_fields(&fields));
}

#[test]
fn they_are_removed_from_many_headers_too() {
    let mut fields = headers(&[("connection", "x-hop"), ("x-hop", "1")]);
    let names = (0..40).map(|n| format!("x-{n}"));
    for name in names {
        let name = http::HeaderName::try_from(name).unwrap();
        fields.insert(name, "1".parse().unwrap());
    }
    remove_fields(&mut fields);
    assert_eq!(fields.len(), 40);
}

#[test]
fn te_trailers_is_kept() {
    let mut fields = headers(&[("te", "trailers")]);
    remove_fields(&mut fields);
    assert_eq!(fields.len(), 1);
}

#[test]
fn host_is_kept_even_if_connection_names_it() {
    let mut fields = headers(&[
        ("connection", "Host, x-a"),
        ("host", "a.example"),
        ("x-a", "1"),
    ]);
    remove_fields(&mut fields);
    assert_eq!(fields, headers(&[("host", "a.example")]));
}
