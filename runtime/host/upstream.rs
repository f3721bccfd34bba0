//! Where a component's requests go: the one trait that a host implements.

use std::error::Error;
use std::pin::Pin;

use bytes::Bytes;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::body::{Body, Request, Response};

/// Something that answers the requests of a component: its next hop, or its side calls.
///
/// A function is one, and [`Denied`] and [`HttpUpstream`](super::HttpUpstream) are:
///
/// ```ignore
/// builder.client(|request: Request| async move {
///     Ok(Response::new(request.uri().path().to_owned().into()))
/// })
/// ```
///
/// So is whatever implements this:
///
/// ```ignore
/// struct Fixed(&'static str);
///
/// impl Upstream for Fixed {
///     async fn send(&self, _: Request) -> Result<Response, ErrorCode> {
///         Ok(Response::new(self.0.into()))
///     }
///
///     fn fault(&self) -> Option<String> {
///         self.0.is_empty().then(|| "it has nothing to say".to_owned())
///     }
/// }
/// builder.client(Fixed("hello"))
/// ```
///
/// A request comes as the component sent it. Its URI is as complete as the component made it; one
/// without a scheme is a path, with the authority in `Host` (RFC 9112, section 3.2.1). The timeouts
/// that the component asks for are in its extensions, as a
/// [`RequestOptions`](wasmtime_wasi_http::RequestOptions), for the upstream to keep.
///
/// What has to do with one connection alone (RFC 9110, section 7.6.1) is taken out of the response.
pub trait Upstream: Send + Sync + 'static {
    /// The response to a request. Both bodies are streams, and may still run when this has returned.
    ///
    /// # Errors
    ///
    /// What the component is to see: each code's documentation in the WIT says when it is meant.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, ErrorCode>> + Send;

    /// What is wrong with this upstream, so that [`Builder::build`](super::Builder::build) can say so
    /// before there are requests; nothing unless it says otherwise.
    fn fault(&self) -> Option<String> {
        None
    }
}

impl<F, A> Upstream for F
where
    F: Fn(Request) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Response, ErrorCode>> + Send,
{
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, ErrorCode>> + Send {
        self(request)
    }
}

/// An upstream of anything that answers requests with bodies of another type: of a component whose glue has another
/// runtime, for example.
///
/// ```ignore
/// builder.client(upstream(move |request| {
///     let other = other.clone();
///     async move { other.handle(request).await }
/// }))
/// ```
pub fn upstream<F, A, B>(answer: F) -> impl Upstream
where
    F: Fn(Request) -> A + Send + Sync + 'static,
    A: Future<Output = Result<http::Response<B>, ErrorCode>> + Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    move |request| {
        let response = answer(request);
        async move { Ok(response.await?.map(Body::new)) }
    }
}

/// Nobody answers: every request fails with `HTTP-request-denied`.
///
/// Side calls go here unless the builder is given something else.
///
/// ```ignore
/// builder.client(Denied)
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Denied;

impl Upstream for Denied {
    async fn send(&self, _: Request) -> Result<Response, ErrorCode> {
        Err(ErrorCode::HttpRequestDenied)
    }
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response, ErrorCode>> + Send + 'a>>;

/// Any [`Upstream`], behind a pointer.
pub(super) trait AnyUpstream: Send + Sync {
    fn send_boxed(&self, request: Request) -> Answer<'_>;
    fn fault(&self) -> Option<String>;
}

impl<U: Upstream> AnyUpstream for U {
    fn send_boxed(&self, request: Request) -> Answer<'_> {
        Box::pin(self.send(request))
    }

    fn fault(&self) -> Option<String> {
        Upstream::fault(self)
    }
}
