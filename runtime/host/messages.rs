//! Messages on their way into a component and out of it.

use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{Method, Uri};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::{Access, HasSelf, Resource};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{Request as Sent, Response as Received};
use wasmtime_wasi_http::{Error, WasiHttpView as _};

use super::super::message::connection;
use super::super::message::target::{self, TargetError};
use super::body::{Body, Request, Response};
use super::state::State;
use super::whole::{self, Outcome};

impl From<TargetError> for ErrorCode {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Invalid => ErrorCode::HttpRequestUriInvalid,
            TargetError::TooManyFields => ErrorCode::HttpProtocolError,
        }
    }
}

/// A store, where a component makes a call.
pub(super) type Store<'a> = Access<'a, State, HasSelf<State>>;

/// Converts a request that a component sends.
pub(super) fn sent(
    mut store: Store<'_>,
    request: Resource<Sent>,
    outcome: Outcome,
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
    let fate = store.get().fate();
    let wrong_length = Error::HttpRequestBodySize;
    let body = whole::checked(body, &head.headers, fate, wrong_length, Some(outcome));
    let body = Body::of_component(body);
    let mut request = Request::from_parts(head, body);
    let uri = match (scheme, authority, path) {
        // What most requests have goes together as it is.
        (Some(scheme), Some(authority), Some(path)) if is_of_web(&scheme) => {
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

fn is_of_web(scheme: &Scheme) -> bool {
    *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS
}

/// Converts a response that a component receives.
pub(super) fn received(
    mut store: Store<'_>,
    method: &Method,
    response: Response,
    call: OwnedSemaphorePermit,
) -> wasmtime::Result<Resource<Received>> {
    let (mut head, body) = response.into_parts();
    connection::remove_fields(&mut head.headers);
    let body = if whole::is_without_content(method, head.status) {
        Body::empty().into_inner()
    } else {
        let wrong_length = Error::HttpResponseBodySize;
        whole::given(body.into_inner(), &head.headers, wrong_length, Some(call))
    };
    let http = store.get().http();
    let response = http::Response::from_parts(head, body);
    let (response, _) = Received::from_http(http.hooks, response);
    Ok(http.table.push(response)?)
}

/// Prepares a request that a component receives: its whole target is in the URI, and it has no hop-by-hop headers.
///
/// # Errors
///
/// `HTTP-request-URI-invalid` for a `Host` that is repeated or malformed.
pub(super) fn prepared(mut request: Request) -> Result<Request, ErrorCode> {
    let uri = request.uri().clone();
    // First, since `Connection` may name `Host` too.
    let authority = target::authority(&uri, request.headers_mut())?;
    connection::remove_fields(request.headers_mut());
    if let (None, Some(authority)) = (uri.authority(), authority) {
        let mut parts = uri.into_parts();
        let authority = Authority::try_from(authority);
        parts.authority = Some(authority.map_err(|_| ErrorCode::HttpRequestUriInvalid)?);
        // RFC 9112, section 3.3: it is `http` unless the connection, or whoever sits before this
        // host, says otherwise; who knows that gives a URI that is complete.
        parts.scheme = Some(Scheme::HTTP);
        let uri = Uri::from_parts(parts);
        *request.uri_mut() = uri.map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
    }
    Ok(request)
}
