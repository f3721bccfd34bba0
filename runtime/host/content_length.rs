//! How long a message says that its content is.

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use http::{Method, StatusCode};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::checked_body::is_without_content;

/// Normalizes the headers of a response that describe its length: at most one `Content-Length` is left, and none where
/// it isn't allowed.
///
/// # Errors
///
/// `HTTP-response-transfer-coding` if the content is in a transfer coding that wasn't decoded, `HTTP-protocol-error` if
/// the length is invalid.
pub(super) fn normalize_response(
    method: &Method,
    status: StatusCode,
    headers: &mut HeaderMap,
) -> Result<(), ErrorCode> {
    if headers.contains_key(TRANSFER_ENCODING) {
        // RFC 9112, section 6.3: it overrides the length.
        headers.remove(CONTENT_LENGTH);
        if !is_without_content(method, status) {
            return check_codings(headers);
        }
    }
    // RFC 9110, section 8.6.
    if status == StatusCode::NO_CONTENT || *method == Method::CONNECT && status.is_success() {
        headers.remove(CONTENT_LENGTH);
    }
    merge_lengths(headers)
}

/// Merges the values of `Content-Length`, if they are equal (RFC 9110, section 8.6).
///
/// # Errors
///
/// `HTTP-protocol-error` for values that differ, or are no numbers.
pub(super) fn merge_lengths(headers: &mut HeaderMap) -> Result<(), ErrorCode> {
    let mut values = headers.get_all(CONTENT_LENGTH).iter();
    let Some(first) = values.next() else {
        return Ok(());
    };
    let is_single = values.next().is_none();
    if is_single && length(first.as_bytes()).is_some() {
        return Ok(());
    }
    let mut lengths = headers
        .get_all(CONTENT_LENGTH)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|value| length(value.trim_ascii()));
    match lengths.next() {
        Some(Some(first)) if lengths.all(|other| other == Some(first)) => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(first));
            Ok(())
        }
        _ => Err(ErrorCode::HttpProtocolError),
    }
}

/// Parses a length, which consists of digits alone.
fn length(digits: &[u8]) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number
        .then(|| std::str::from_utf8(digits).ok()?.parse().ok())
        .flatten()
}

/// Checks the transfer codings of content of which only `chunked` was decoded.
fn check_codings(headers: &HeaderMap) -> Result<(), ErrorCode> {
    let codings: Vec<_> = headers
        .get_all(TRANSFER_ENCODING)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|coding| !coding.is_empty())
        .collect();
    let unknown = codings
        .iter()
        .find(|coding| !coding.eq_ignore_ascii_case(b"chunked"));
    match unknown {
        Some(coding) => {
            let coding = String::from_utf8_lossy(coding).into_owned();
            Err(ErrorCode::HttpResponseTransferCoding(Some(coding)))
        }
        None if codings.len() == 1 => Ok(()),
        // RFC 9112, section 6.1: `chunked` is applied once.
        None => Err(ErrorCode::HttpProtocolError),
    }
}
