//! Converts messages that components receive and send.

use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{Method, Uri};
use wasmtime::component::{Access, HasSelf, Resource};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{Request as WasiRequest, Response as WasiResponse};
use wasmtime_wasi_http::{Error, WasiHttpView as _};

use super::super::message::hop_by_hop;
use super::super::message::target::{self, TargetError};
use super::body::{Body, Request, Response};
use super::checked_body::{self, Call, Purpose};
use super::content_length;
use super::state::State;
use super::transmission::Transmission;

impl From<TargetError> for ErrorCode {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Invalid => ErrorCode::HttpRequestUriInvalid,
            TargetError::TooManyFields => ErrorCode::HttpProtocolError,
        }
    }
}

/// The store, while a component makes a call.
pub(super) type Store<'a> = Access<'a, State, HasSelf<State>>;

/// Converts a request that a component sends.
pub(super) fn outgoing_request(
    mut store: Store<'_>,
    request: Resource<WasiRequest>,
    transmission: Transmission,
    transmitted: impl Future<Output = Result<(), Error>> + Send + 'static,
) -> wasmtime::Result<Result<Request, ErrorCode>> {
    let mut request = store.get().http().table.delete(request)?;
    // A URI of the crate `http` cannot hold every target that a component can make, so wasmtime
    // converts one that it can, and the component's own takes its place.
    let scheme = request.scheme.replace(Scheme::HTTP);
    let authority = request.authority.replace(Authority::from_static("unused"));
    let path = request
        .path_with_query
        .replace(PathAndQuery::from_static("/"));
    let (request, options) = match request.into_http(&mut store, transmitted) {
        Ok(converted) => converted,
        Err(error) => return error.downcast().map(Err),
    };
    let (head, body) = request.into_parts();
    let body = checked_body::outbound(
        body,
        &head.headers,
        store.get().instance_state(),
        Error::HttpRequestBodySize,
        Purpose::Request(transmission),
    );
    let mut request = Request::from_parts(head, Body::from_component(body));
    let uri = match (scheme, authority, path) {
        // Most requests have all parts, which need no conversion.
        (Some(scheme), Some(authority), Some(path)) if is_http(&scheme) => {
            let mut parts = Parts::default();
            parts.scheme = Some(scheme);
            parts.authority = Some(authority);
            parts.path_and_query = Some(path);
            Uri::from_parts(parts).map_err(|_| TargetError::Invalid)
        }
        (scheme, authority, path) => target::uri(
            &request.method().clone(),
            scheme.as_ref().map(Scheme::as_str),
            authority.map(|authority| authority.as_str().to_owned()),
            path.map(|path| path.as_str().to_owned()),
            request.headers_mut(),
        ),
    };
    *request.uri_mut() = match uri {
        Ok(uri) => uri,
        Err(error) => return Ok(Err(error.into())),
    };
    if let Some(options) = options {
        request.extensions_mut().insert(*options);
    }
    Ok(Ok(request))
}

fn is_http(scheme: &Scheme) -> bool {
    *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS
}

/// Converts a response that a component receives.
pub(super) fn incoming_response(
    mut store: Store<'_>,
    method: &Method,
    response: Response,
    call: Call,
) -> wasmtime::Result<Resource<WasiResponse>> {
    let (mut head, body) = response.into_parts();
    hop_by_hop::remove_fields(&mut head.headers);
    let body = if checked_body::is_without_content(method, head.status) {
        Body::empty().into_inner()
    } else {
        checked_body::inbound(
            body.into_inner(),
            &head.headers,
            Error::HttpResponseBodySize,
            Some(call),
        )
    };
    let http = store.get().http();
    let response = http::Response::from_parts(head, body);
    let (response, _) = WasiResponse::from_http(http.hooks, response);
    Ok(http.table.push(response)?)
}

/// Normalizes a request that a component receives: its whole target is in the URI, and it has no hop-by-hop headers.
///
/// # Errors
///
/// `HTTP-request-URI-invalid` for a `Host` that is repeated or malformed, `HTTP-protocol-error` for a `Content-Length`
/// that is invalid.
pub(super) fn incoming_request(mut request: Request) -> Result<Request, ErrorCode> {
    let uri = request.uri().clone();
    // First, since `Connection` may name `Host` too.
    let authority = target::authority(&uri, request.headers_mut())?;
    hop_by_hop::remove_fields(request.headers_mut());
    content_length::merge_lengths(request.headers_mut())?;
    if let (None, Some(authority)) = (uri.authority(), authority) {
        let mut parts = uri.into_parts();
        parts.authority =
            Some(Authority::try_from(authority).map_err(|_| ErrorCode::HttpRequestUriInvalid)?);
        // RFC 9112, section 3.3: the scheme is `http` unless the connection uses TLS, or a server in front of this
        // host does; a caller who knows that passes a complete URI.
        parts.scheme = Some(Scheme::HTTP);
        *request.uri_mut() =
            Uri::from_parts(parts).map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
    }
    Ok(request)
}
