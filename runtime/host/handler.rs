//! A component at work.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::body::{Body, Request, Response};
use super::instances::{self, Arrival, Instances, Waiting};
use super::messages;
use super::tasks::Inbound;
use super::upstream::Upstream;
use super::whole;

/// A component and its peers, at work: what glue of each world wraps.
///
/// Clones are cheap, and are the same component. It is an [`Upstream`] itself, so it can be the next hop of another.
///
/// ```ignore
/// let response = proxy.handle(request).await?;
/// ```
#[derive(Clone)]
pub struct Handler {
    instances: ProxyHandler<Instances>,
}

impl Handler {
    pub(super) fn new(instances: Instances) -> Self {
        Handler {
            instances: ProxyHandler::new(instances),
        }
    }

    /// Gives the component a request, and returns its response as soon as there is one; both bodies
    /// may still run then.
    ///
    /// # Errors
    ///
    /// The component's own; `HTTP-request-URI-invalid` for a `Host` that is repeated or malformed;
    /// `HTTP-protocol-error` for a response that is none, since its status is 1xx;
    /// `HTTP-response-timeout` where none has come in the time that [`Limits`](super::Limits) give;
    /// `connection-limit-reached` where [`Reuse`](super::Reuse) allows no further instance; `internal-error` where the
    /// component, instead of answering, ended.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, since instances run as tasks of one.
    ///
    /// ```ignore
    /// use http_body_util::BodyExt as _;
    ///
    /// let response = proxy.handle(request).await?;
    /// let content = response.into_body().collect().await?.to_bytes();
    /// ```
    pub async fn handle<B>(&self, request: http::Request<B>) -> Result<Response, ErrorCode>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let mut request = messages::prepared(request.map(Body::new))?;
        let method = request.method().clone();
        let limit = self.instances.state().setup.limits.response;
        let begin = Instant::now();
        let arrival = Arc::new(Arrival::new(Inbound::of(request.extensions_mut())));
        let mut waiting = Waiting(Some(arrival.clone()));
        let (head, body) = request.into_parts();
        let wrong_length = Error::HttpRequestBodySize;
        let body = whole::given(body.into_inner(), &head.headers, wrong_length, None);
        let request = http::Request::from_parts(head, body);
        let response = self.instances.handle(arrival.clone(), request);
        // Its instance may be busy with itself, and not get around to saying so.
        let response = tokio::time::timeout(limit, response).await;
        waiting.0 = None;
        if response.is_err() {
            arrival.give_up(false);
        }
        let response = match response {
            Ok(Ok(response)) => response,
            // What ends an instance at that time is that it was at an end.
            Ok(Err(_)) if begin.elapsed() >= limit => return Err(ErrorCode::HttpResponseTimeout),
            Ok(Err(error)) => return Err(instances::failure(error)),
            Err(_) => return Err(ErrorCode::HttpResponseTimeout),
        };
        // RFC 9110, section 15.2: nothing would follow.
        if response.status().is_informational() {
            return Err(ErrorCode::HttpProtocolError);
        }
        if whole::is_without_content(&method, response.status()) {
            return Ok(response.map(|_| Body::empty()));
        }
        let fate = arrival.fate.get().cloned().unwrap_or_default();
        let (head, body) = response.into_parts();
        let wrong_length = Error::HttpResponseBodySize;
        let body = whole::checked(body, &head.headers, fate, wrong_length, None);
        let body = Body::of_component(body);
        let body = match &arrival.inbound {
            Some(inbound) => Body::new(inbound.keep(body)),
            None => body,
        };
        Ok(Response::from_parts(head, body))
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Handler").finish_non_exhaustive()
    }
}

impl Upstream for Handler {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, ErrorCode>> + Send {
        self.handle(request)
    }
}
