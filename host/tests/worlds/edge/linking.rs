//! What the world imports, given to the component.

use std::sync::Arc;

use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{Method, Uri};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::AsContextMut as _;
use wasmtime::component::{Access, Accessor, HasSelf, Linker, Resource};
use wasmtime_wasi_http::p3::bindings::http::types;
use wasmtime_wasi_http::p3::{Request as Sent, Response as Received};
use wasmtime_wasi_http::{Error, WasiHttp, WasiHttpView as _};

use super::error::BuildErrorKind;
use super::message::connection;
use super::message::target::{self, TargetError};
use super::upstream::AnyUpstream;
use super::whole::{self, Outcome};
use super::{Body, ErrorCode, Request, Response, State, world};

/// Adds what wasmtime implements, and [`State`] besides.
pub(super) fn add_wasi(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p3::cli::add_to_linker(linker)?;
    wasmtime_wasi::p3::clocks::add_to_linker(linker)?;
    wasmtime_wasi::p3::random::add_to_linker(linker)?;
    types::add_to_linker::<_, WasiHttp>(linker, State::http)?;
    // What these take types from is there already, and is the same.
    linker.allow_shadowing(true);
    super::imports::add_to_linker(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// What answers the requests that leave by one import.
pub(super) struct Peer<'a> {
    /// An interface with one function, from a request to a response.
    pub import: &'a str,
    /// That function.
    pub function: &'static str,
    /// The builder's method that gives the upstream.
    pub method: &'static str,
    pub upstream: Option<Arc<dyn AnyUpstream>>,
}

impl Peer<'_> {
    /// Adds it, if there is an upstream; a component with these imports may do without.
    pub fn add_to_linker(
        self,
        linker: &mut Linker<State>,
        imports: &[String],
    ) -> Result<(), BuildErrorKind> {
        let Some(upstream) = self.upstream else {
            let mut imports = imports.iter();
            return match imports.find(|name| world::is_compatible(name, self.import)) {
                Some(import) => Err(BuildErrorKind::NoUpstream {
                    import: import.clone(),
                    method: self.method,
                }),
                None => Ok(()),
            };
        };
        if let Some(why) = upstream.fault() {
            let method = self.method;
            return Err(BuildErrorKind::InvalidUpstream { method, why });
        }
        let instance = linker.instance(self.import);
        instance
            .and_then(|mut instance| {
                instance.func_wrap_concurrent(self.function, move |accessor, (request,)| {
                    let upstream = upstream.clone();
                    Box::pin(async move { Ok((send(accessor, request, &*upstream).await?,)) })
                })
            })
            .map_err(BuildErrorKind::Link)
    }
}

/// Why a component with these imports can't be linked. Of what an extended linker lacks only the
/// first is known, which is the one that wasmtime names.
pub(super) fn refused(
    imports: Vec<String>,
    is_extended: bool,
    error: wasmtime::Error,
) -> BuildErrorKind {
    let message = error.to_string();
    let is_missing = |name: &String| {
        !world::has_import(name) && (!is_extended || message.contains(&format!("`{name}`")))
    };
    let imports: Vec<_> = imports.into_iter().filter(is_missing).collect();
    if imports.is_empty() {
        BuildErrorKind::MismatchedImport(error)
    } else {
        BuildErrorKind::MissingImport { imports, error }
    }
}

/// Takes a request from the component to the upstream, and the response back.
async fn send(
    accessor: &Accessor<State>,
    request: Resource<Sent>,
    upstream: &dyn AnyUpstream,
) -> wasmtime::Result<Result<Resource<Received>, ErrorCode>> {
    let Some(call) = accessor.with(|mut store| store.get().usage().call()) else {
        return Ok(Err(ErrorCode::ConnectionLimitReached));
    };
    let inbound = accessor.with(|mut store| {
        let has_any = store.get().tasks().has_any();
        let root = match has_any {
            true => store.as_context_mut().async_call_stack()?.last(),
            false => None,
        };
        let tasks = store.get().tasks();
        wasmtime::error::Ok(root.and_then(|root| tasks.inbound(root)))
    })?;
    let (outcome, transmitted) = Outcome::new();
    let sent = accessor.with(|store| sent(store, request, outcome.clone(), transmitted));
    let mut request = match sent? {
        Ok(request) => request,
        Err(code) => return Ok(Err(code)),
    };
    if let Some(inbound) = inbound {
        request.extensions_mut().insert(inbound);
    }
    let method = request.method().clone();
    let answer = match upstream.send_boxed(request).await {
        // RFC 9110, section 15.2: there would have to be another response. Nobody asked for another
        // protocol: `Upgrade` doesn't leave a component.
        Ok(response) if response.status().is_informational() => Err(ErrorCode::HttpProtocolError),
        answer => answer,
    };
    match answer {
        Ok(response) => {
            let received = accessor.with(|store| received(store, &method, response, call));
            received.map(Ok)
        }
        Err(code) => {
            outcome.is(Err(code.clone().into()));
            Ok(Err(code))
        }
    }
}

impl From<TargetError> for ErrorCode {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Invalid => ErrorCode::HttpRequestUriInvalid,
            TargetError::TooManyFields => ErrorCode::HttpProtocolError,
        }
    }
}

type Store<'a> = Access<'a, State, HasSelf<State>>;

/// A request that the component sent.
fn sent(
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

/// A response that the component receives.
fn received(
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

/// A request that the component is given, with its whole target in its URI where it has one.
///
/// # Errors
///
/// `HTTP-request-URI-invalid` for a `Host` that is repeated or is no authority.
pub(super) fn given(mut request: Request) -> Result<Request, ErrorCode> {
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
