//! Hop-by-hop headers: they belong to one connection, not to the message.

use http::header::{CONNECTION, HOST, HeaderMap, HeaderValue, TE};

/// The headers that are hop-by-hop whether or not `Connection` names them, except `TE`.
const HOP_BY_HOP: [&str; 6] = [
    "connection",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// Whether a message has hop-by-hop headers.
pub fn has_fields(map: &HeaderMap) -> bool {
    map.iter().any(|(name, value)| match name.as_str() {
        "te" => value != "trailers",
        name => HOP_BY_HOP.contains(&name),
    })
}

/// Removes the hop-by-hop headers of a message.
///
/// RFC 9110, section 7.6.1: before an intermediary forwards a message, it removes `Connection`, the headers that
/// `Connection` names, and those that are known to be hop-by-hop. In the component model, connections are the host's
/// business, so no message needs these headers, and hosts reject them. `TE: trailers` may stay, as in HTTP/2
/// (RFC 9113, section 8.2.2). `Host` stays even if `Connection` names it: all recipients need it.
pub fn remove_fields(map: &mut HeaderMap) {
    // Most messages have few headers and none of these: one pass over them is faster than seven look-ups.
    if map.len() < 32 && !has_fields(map) {
        return;
    }
    let connection: Vec<HeaderValue> = map.get_all(CONNECTION).iter().cloned().collect();
    for value in &connection {
        let names = value.to_str().unwrap_or_default().split(',').map(str::trim);
        for name in names.filter(|name| !name.eq_ignore_ascii_case(HOST.as_str())) {
            map.remove(name);
        }
    }
    for name in HOP_BY_HOP {
        map.remove(name);
    }
    if map.get_all(TE).iter().any(|value| value != "trailers") {
        map.remove(TE);
    }
}
