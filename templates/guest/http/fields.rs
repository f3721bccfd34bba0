//! Header and trailer fields: as the component model lists them, and as the crate `http` maps them.

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::ErrorCode;

/// A field section as it is listed: names repeat, values are bytes.
pub(super) type Listed = Vec<(String, Vec<u8>)>;

/// The map of listed fields. Repeated ones keep their order, values that are not UTF-8 their bytes.
///
/// # Errors
///
/// A name or a value that RFC 9110, section 5, does not allow, or more fields than a map holds: a
/// peer that is a component may have put anything there.
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

/// The list of a map's fields.
pub(super) fn list(map: &HeaderMap) -> Listed {
    map.iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_owned()))
        .collect()
}

/// The content's length, if `Content-Length` says it in the one form that cannot be misread.
///
/// RFC 9110, section 8.6: anything but one run of digits is invalid, or a list that a recipient may
/// refuse. The host frames the message; here a length is a hint and nothing more.
pub(super) fn content_length(map: &HeaderMap) -> Option<u64> {
    let mut values = map.get_all(http::header::CONTENT_LENGTH).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let digits = value.to_str().ok()?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}
