//! A request's target: three optional strings in the component model, a URI in the crate `http`.

use std::error::Error;
use std::fmt;

use http::Method;
use http::header::{HOST, HeaderMap, HeaderValue};
use http::uri::{Authority, Parts, PathAndQuery, Scheme, Uri};

/// Why a request has no valid target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetError {
    /// Its URI or its `Host` is malformed, or `Host` is repeated.
    Invalid,
    /// The headers have no room for `Host`.
    TooManyFields,
}

impl fmt::Display for TargetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            TargetError::Invalid => "the request target or the Host header is malformed",
            TargetError::TooManyFields => "the request has too many headers",
        })
    }
}

impl Error for TargetError {}

/// Returns the URI of a received request, and inserts `Host` into the headers if the URI can't contain the authority.
///
/// A URI cannot hold an authority and a path without a scheme. Such a request gets the form that it
/// has in HTTP/1.1 (RFC 9112, section 3.2.1): the path is the URI, the authority is in `Host`.
///
/// # Errors
///
/// `Invalid` for a malformed scheme, authority, or path with query.
pub fn uri(
    method: &Method,
    scheme: Option<&str>,
    authority: Option<String>,
    path: Option<String>,
    headers: &mut HeaderMap,
) -> Result<Uri, TargetError> {
    let mut parts = Parts::default();
    let authority = authority.map(Authority::try_from).transpose();
    let authority = authority.map_err(|_| TargetError::Invalid)?;
    let path = path.map(PathAndQuery::try_from).transpose();
    let path = path.map_err(|_| TargetError::Invalid)?;
    match (scheme, authority, path) {
        // RFC 9110, section 9.3.6: the target of CONNECT is an authority alone.
        (None, Some(authority), None) => parts.authority = Some(authority),
        (Some(_), Some(authority), None) if method == Method::CONNECT => {
            parts.authority = Some(authority);
        }
        (Some(scheme), Some(authority), path) => {
            // RFC 3986, section 3.1: it begins with a letter. The crate takes an empty one.
            if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) {
                return Err(TargetError::Invalid);
            }
            let scheme = Scheme::try_from(scheme);
            parts.scheme = Some(scheme.map_err(|_| TargetError::Invalid)?);
            parts.authority = Some(authority);
            parts.path_and_query = Some(path.unwrap_or_else(|| empty_path(method)));
        }
        (None, Some(authority), Some(path)) => {
            let host = HeaderValue::try_from(authority.as_str());
            let host = host.map_err(|_| TargetError::Invalid)?;
            let inserted = headers.try_insert(HOST, host);
            inserted.map_err(|_| TargetError::TooManyFields)?;
            parts.path_and_query = Some(path);
        }
        // A scheme without an authority cannot be kept; those of HTTP need both.
        (_, None, path) => {
            parts.path_and_query = Some(path.unwrap_or_else(|| empty_path(method)));
        }
    }
    Uri::from_parts(parts).map_err(|_| TargetError::Invalid)
}

/// RFC 9110, section 4.2.3: an empty path is `/`, but for OPTIONS it is `*`, the server.
fn empty_path(method: &Method) -> PathAndQuery {
    PathAndQuery::from_static(if method == Method::OPTIONS { "*" } else { "/" })
}

/// Returns the authority of a request, and removes `Host` from the headers.
///
/// The authority has one place in the component model, so hosts refuse the field. `Host` is used
/// where the URI names no authority; where both do, the URI's counts (RFC 9112, section 3.2.2).
///
/// # Errors
///
/// `Invalid` for a repeated `Host`, or one that is not text.
pub fn authority(uri: &Uri, headers: &mut HeaderMap) -> Result<Option<String>, TargetError> {
    let is_repeated = headers.get_all(HOST).iter().nth(1).is_some();
    let host = headers.remove(HOST);
    if is_repeated {
        return Err(TargetError::Invalid);
    }
    if let Some(authority) = uri.authority() {
        return Ok(Some(authority.as_str().to_owned()));
    }
    match host {
        // RFC 9110, section 7.2: it is empty where the target has no authority.
        Some(host) if !host.is_empty() => match host.to_str() {
            Ok(host) => Ok(Some(host.to_owned())),
            Err(_) => Err(TargetError::Invalid),
        },
        _ => Ok(None),
    }
}
