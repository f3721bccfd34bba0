//! Header and trailer fields: a list in the component model, a map in the crate `http`.

use std::ptr;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::ErrorCode;

/// A field section as a list: names may repeat, values are bytes.
pub(super) type Listed = Vec<(String, Vec<u8>)>;

/// Converts a list of fields to a map. Repeated fields keep their order, and values that are not UTF-8
/// their bytes.
///
/// # Errors
///
/// If a name or a value isn't valid (RFC 9110, section 5), or there are more fields than a map can
/// have. A peer that is a component may send either.
pub(super) fn map(listed: Listed) -> Result<HeaderMap, ErrorCode> {
    let malformed = ErrorCode::HttpProtocolError;
    let Ok(mut map) = HeaderMap::try_with_capacity(listed.len()) else {
        return Err(malformed);
    };
    for (name, value) in listed {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_maybe_shared(Bytes::from(value));
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(malformed);
        };
        if map.try_append(name, value).is_err() {
            return Err(malformed);
        }
    }
    Ok(map)
}

/// Converts a map to a list of fields.
pub(super) fn list(map: &HeaderMap) -> Listed {
    map.iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_owned()))
        .collect()
}

/// Whether header sections are equal. An unchanged clone has the same order and shares its memory, which is faster to
/// compare than names are to look up.
pub(super) fn are_equal(headers: &HeaderMap, others: &HeaderMap) -> bool {
    let mut pairs = headers.iter().zip(others);
    let are_shared = headers.len() == others.len()
        && pairs.all(|((name, value), (other_name, other))| {
            (ptr::eq(name.as_str(), other_name.as_str()) || name == other_name)
                && (ptr::eq(value.as_bytes(), other.as_bytes()) || value == other)
        });
    are_shared || headers == others
}

/// Returns the value of `Content-Length`, if it is a single run of digits.
///
/// Any other value is invalid, or a list that a recipient may reject (RFC 9110, section 8.6). The host
/// frames the message, so here the length is only a hint.
pub(super) fn content_length(map: &HeaderMap) -> Option<u64> {
    let mut values = map.get_all(http::header::CONTENT_LENGTH).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let digits = value.to_str().ok()?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}
