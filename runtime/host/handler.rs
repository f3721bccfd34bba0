//! Handles requests with a component.

use std::error::Error as StdError;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::body::{Body, Request, Response};
use super::checked_body::{self, Purpose};
use super::inbound::Inbound;
use super::instances::{self, Instances};
use super::member_calls::ObservedCall;
use super::request_handle::{CancelOnDrop, RequestHandle};
use super::upstream::Upstream;
use super::{content_length, messages};

/// A component and its peers, ready to handle requests. The type in the glue of each world wraps this one.
///
/// Clones are cheap, and share the component. It is an [`Upstream`] itself, so it can be the next hop of another.
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

    /// Sends the component a request, and returns its response as soon as its head is complete. Both bodies may still be
    /// transmitted after that.
    ///
    /// # Errors
    ///
    /// The errors of the component itself, and these:
    ///
    /// - `HTTP-request-URI-invalid` if `Host` is repeated or malformed,
    /// - `HTTP-protocol-error` if the request's `Content-Length` is invalid, or the response has status 1xx,
    /// - `HTTP-response-timeout` without a response in the time of [`Limits`](super::Limits),
    /// - `connection-limit-reached` if [`Reuse`](super::Reuse) allows no further instance,
    /// - `internal-error` if the component ended without a response.
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
        let mut request = messages::incoming_request(request.map(Body::new))?;
        let method = request.method().clone();
        let limit = self.instances.state().config.limits.response;
        let begin = Instant::now();
        let mut inbound = Inbound::take(request.extensions_mut());
        let observer = self.instances.state().config.observer.clone();
        let observed = observer.map(|observer| {
            ObservedCall::begin(observer, request.headers(), inbound.as_ref(), None)
        });
        if let Some(observed) = &observed {
            inbound = Some(observed.inbound.clone());
            if let Some((name, value)) = observed.header() {
                request.headers_mut().insert(name, value);
            }
        }
        let handle = Arc::new(RequestHandle::new(inbound));
        let mut cancel_on_drop = CancelOnDrop(Some(handle.clone()));
        self.instances.state().complete_request(&mut request);
        let (head, body) = request.into_parts();
        let length_error = Error::HttpRequestBodySize;
        let body = checked_body::inbound(body.into_inner(), &head.headers, length_error, None);
        let request = http::Request::from_parts(head, body);
        // A blocked instance can't apply the timeout itself. Pinned, the future takes its place in this one only once.
        let result = {
            let response = pin!(tokio::time::timeout(limit, async {
                self.instances.state().starts.acquire(&handle.start).await;
                self.instances.handle(handle.clone(), request).await
            }));
            response.await
        };
        cancel_on_drop.0 = None;
        if result.is_err() {
            handle.cancel(false);
        }
        let result = match result {
            Ok(Ok(response)) => Ok(response),
            // After this time, the instance ended because of the timeout.
            Ok(Err(_)) if begin.elapsed() >= limit => Err(ErrorCode::HttpResponseTimeout),
            Ok(Err(error)) => Err(instances::error_code(error)),
            Err(_) => Err(ErrorCode::HttpResponseTimeout),
        };
        if let Some(observed) = observed {
            observed.end(result.as_ref().map(|response| response.status()));
        }
        let mut response = result?;
        if let (true, Some(state)) = (
            self.instances.state().is_wasi_0_2(),
            handle.instance_state.get(),
        ) {
            state.mark_responded();
        }
        // RFC 9110, section 15.2: a final response would have to follow, and none can.
        if response.status().is_informational() {
            return Err(ErrorCode::HttpProtocolError);
        }
        let status = response.status();
        content_length::normalize_response(&method, status, response.headers_mut())?;
        if checked_body::is_without_content(&method, status) {
            return Ok(response.map(|_| Body::empty()));
        }
        let instance_state = handle.instance_state.get().cloned().unwrap_or_default();
        let (head, body) = response.into_parts();
        let length_error = Error::HttpResponseBodySize;
        let purpose = Purpose::Response(handle);
        let checked =
            checked_body::outbound(body, &head.headers, instance_state, length_error, purpose);
        Ok(Response::from_parts(head, Body::from_component(checked)))
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
