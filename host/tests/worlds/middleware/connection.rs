//! What belongs to one connection, and not to the message.

use http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, TE, TRANSFER_ENCODING, UPGRADE,
};

const HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Those that are known to belong to a connection, besides `TE`.
const KNOWN: [HeaderName; 6] = [
    CONNECTION,
    HTTP2_SETTINGS,
    KEEP_ALIVE,
    PROXY_CONNECTION,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Whether a message has fields that are meant for one connection.
pub(super) fn has_fields(map: &HeaderMap) -> bool {
    let mut fields = map.iter();
    fields.any(|(name, value)| KNOWN.contains(name) || *name == TE && value != "trailers")
}

/// Takes out what is meant for one connection.
///
/// RFC 9110, section 7.6.1: an intermediary removes `Connection`, the fields that it names, and those
/// that are known to belong to a connection, before it forwards a message. Connections are the
/// host's: a message between components has none, so no message needs these fields, and hosts
/// refuse them. `TE: trailers` may stay, as it may in HTTP/2 (RFC 9113, section 8.2.2).
pub(super) fn remove_fields(map: &mut HeaderMap) {
    // Most messages have none, and few fields: that is found faster than each of these.
    if map.len() < 32 && !has_fields(map) {
        return;
    }
    let connection: Vec<HeaderValue> = map.get_all(CONNECTION).iter().cloned().collect();
    for value in &connection {
        for name in value.to_str().unwrap_or_default().split(',') {
            map.remove(name.trim());
        }
    }
    for name in KNOWN {
        map.remove(name);
    }
    if map.get_all(TE).iter().any(|value| value != "trailers") {
        map.remove(TE);
    }
}
