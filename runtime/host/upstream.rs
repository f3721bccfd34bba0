//! The trait of what responds to a component's requests.

use std::error::Error;
use std::pin::Pin;

use bytes::Bytes;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::body::{Body, Request, Response};

/// Responds to the requests of a component, as its next hop or to its side calls.
///
/// Functions, [`Denied`] and [`HttpUpstream`](super::HttpUpstream) implement it:
///
/// ```ignore
/// builder.client(|request: Request| async move {
///     Ok(Response::new(request.uri().path().to_owned().into()))
/// })
/// ```
///
/// So can any other type:
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
/// The request is as the component sent it. Its URI is as complete as the component made it; one without a scheme is a
/// path, with the authority in `Host` (RFC 9112, section 3.2.1). Its extensions have the timeouts that the component
/// requires, as a [`RequestOptions`](wasmtime_wasi_http::RequestOptions); the upstream applies them.
///
/// Hop-by-hop headers (RFC 9110, section 7.6.1) of the response are removed.
pub trait Upstream: Send + Sync + 'static {
    /// Returns the response to a request. Both bodies may still be transmitted after that.
    ///
    /// # Errors
    ///
    /// The component receives the error; the documentation of each code in the WIT describes when to use it.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, ErrorCode>> + Send;

    /// Returns what is wrong with this upstream, with which [`Builder::build`](super::Builder::build) then fails; by
    /// default `None`.
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

/// Makes an upstream of a function whose responses have bodies of another type: of a component whose glue has another
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

/// Rejects every request with `HTTP-request-denied`.
///
/// This is the default for side calls.
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

type BoxedResponse<'a> = Pin<Box<dyn Future<Output = Result<Response, ErrorCode>> + Send + 'a>>;

/// Any [`Upstream`], behind a pointer.
pub(super) trait AnyUpstream: Send + Sync {
    fn send_boxed(&self, request: Request) -> BoxedResponse<'_>;
    fn fault(&self) -> Option<String>;
}

impl<U: Upstream> AnyUpstream for U {
    fn send_boxed(&self, request: Request) -> BoxedResponse<'_> {
        Box::pin(self.send(request))
    }

    fn fault(&self) -> Option<String> {
        Upstream::fault(self)
    }
}
