//! Bodies that end with an error if they are incomplete.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap};
use http::{Method, StatusCode};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime_wasi_http::{Error, WasiBody};

use super::instance_state::InstanceState;
use super::request_handle::{CancelOnDrop, RequestHandle};
use super::transmission::Transmission;

/// Whether a response has no content, regardless of its `Content-Length` (RFC 9110, sections 6.4.1 and 9.3.6).
pub(super) fn is_without_content(method: &Method, status: StatusCode) -> bool {
    let is_empty = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    is_empty || *method == Method::HEAD || *method == Method::CONNECT && status.is_success()
}

/// The length of a body that its header states, and the length received so far.
struct Length {
    stated: Option<u64>,
    received: u64,
}

impl Length {
    fn new(headers: &HeaderMap) -> Self {
        Length {
            stated: headers
                .get(CONTENT_LENGTH)
                .and_then(|length| length.to_str().ok()?.parse().ok()),
            received: 0,
        }
    }

    fn add(&mut self, data: &Bytes) {
        self.received = self.received.saturating_add(data.len() as u64);
    }

    /// Whether the body may end here.
    fn is_met(&self) -> bool {
        self.stated.is_none_or(|stated| stated == self.received)
    }

    fn is_exceeded(&self) -> bool {
        self.stated.is_some_and(|stated| stated < self.received)
    }
}

/// Returns the error of a body that has another length than its header states, from its length.
pub(super) type LengthError = fn(Option<u64>) -> Error;

/// The purpose of a component's message.
pub(super) enum Purpose {
    /// To send a request.
    Request(Transmission),
    /// To respond to a request.
    Response(Arc<RequestHandle>),
}

/// Checks the body of a message that a component sends against its `Content-Length` and the state of its instance.
/// `Err` is the same body, if nothing of it can be missing.
///
/// wasmtime also checks the length, but doesn't report a body that is too short if the receiver is slow.
pub(super) fn outbound(
    body: WasiBody,
    headers: &HeaderMap,
    instance: InstanceState,
    length_error: LengthError,
    purpose: Purpose,
) -> Result<LengthChecked, WasiBody> {
    let length = Length::new(headers);
    if body.is_end_stream() && length.is_met() {
        return Err(body);
    }
    let (transmission, response) = match purpose {
        Purpose::Request(transmission) => (Some(transmission), None),
        Purpose::Response(request) => (None, Some(OpenResponse::new(request, &instance))),
    };
    Ok(LengthChecked {
        body,
        transmission,
        response,
        length,
        instance,
        length_error,
    })
}

thread_local! {
    /// Whether the body polled last was one of the host, and has ended.
    static HOST_BODY_HAS_ENDED: Cell<bool> = const { Cell::new(false) };
}

/// The response to a request that a component has sent.
pub(super) struct Call {
    /// Released when the response ends.
    pub permit: OwnedSemaphorePermit,
    /// The request that the component handles. If that is cancelled, the response ends with an error.
    pub handled: Option<Arc<RequestHandle>>,
}

/// Checks a body that a component receives against its `Content-Length`. The component may forward it unread; it then
/// ends normally even if the instance has failed.
pub(super) fn inbound(
    body: WasiBody,
    headers: &HeaderMap,
    length_error: LengthError,
    call: Option<Call>,
) -> WasiBody {
    let length = Length::new(headers);
    if body.is_end_stream() && length.is_met() {
        return body;
    }
    let (permit, handled) = call.map_or((None, None), |call| (Some(call.permit), call.handled));
    InboundBody {
        body,
        length,
        length_error,
        permit,
        handled,
        cancelled: None,
    }
    .boxed_unsync()
}

struct InboundBody {
    body: WasiBody,
    length: Length,
    length_error: LengthError,
    permit: Option<OwnedSemaphorePermit>,
    handled: Option<Arc<RequestHandle>>,
    /// Waits for the cancellation of the request that the component handles, while the body waits.
    cancelled: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl InboundBody {
    /// Releases the body when the request that the component handles is cancelled.
    fn poll_cancelled(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(handled) = &self.handled else {
            return Poll::Pending;
        };
        let cancelled = self.cancelled.get_or_insert_with(|| {
            let handled = handled.clone();
            Box::pin(async move { handled.cancelled().await })
        });
        ready!(cancelled.as_mut().poll(context));
        self.body = WasiBody::default();
        self.permit = None;
        Poll::Ready(())
    }
}

impl http_body::Body for InboundBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            ready!(self.poll_cancelled(context));
            return Poll::Ready(Some(Err(Error::ConnectionTerminated)));
        };
        let data = match &frame {
            Some(Ok(frame)) => frame.data_ref(),
            Some(Err(_)) => return Poll::Ready(frame),
            None => None,
        };
        let is_at_end = data.is_none();
        if let Some(data) = data {
            self.length.add(data);
        }
        if self.length.is_exceeded() || is_at_end && !self.length.is_met() {
            let error = (self.length_error)(Some(self.length.received));
            return Poll::Ready(Some(Err(error)));
        }
        if is_at_end {
            self.permit = None;
            HOST_BODY_HAS_ENDED.set(true);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.length.is_met() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that ends with an error if it is incomplete.
pub(super) struct LengthChecked {
    body: WasiBody,
    transmission: Option<Transmission>,
    response: Option<OpenResponse>,
    length: Length,
    instance: InstanceState,
    length_error: LengthError,
}

/// A response that is being received. If that ends early, the rest is cancelled.
struct OpenResponse {
    request: CancelOnDrop,
    _token: Arc<()>,
}

impl OpenResponse {
    fn new(request: Arc<RequestHandle>, instance: &InstanceState) -> Self {
        OpenResponse {
            request: CancelOnDrop(Some(request)),
            _token: instance.open_response(),
        }
    }
}

impl Drop for LengthChecked {
    fn drop(&mut self) {
        let is_whole = self.length.stated.is_some() && self.length.is_met() || self.is_end_stream();
        if let (true, Some(response)) = (is_whole, &mut self.response) {
            response.request.0 = None;
        }
    }
}

impl LengthChecked {
    fn report_error(&self, error: Error) {
        if let Some(transmission) = &self.transmission {
            transmission.report(Err(error));
        }
    }
}

impl http_body::Body for LengthChecked {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        HOST_BODY_HAS_ENDED.set(false);
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            return Poll::Pending;
        };
        if let Some(Ok(piece)) = &frame
            && let Some(data) = piece.data_ref()
        {
            self.length.add(data);
            return Poll::Ready(frame);
        }
        if let Some(Err(error)) = &frame {
            self.report_error(Error::InternalError(Some(error.to_string())));
            return Poll::Ready(frame);
        }
        // The end of the body, or its trailers, after which no data can follow.
        match self.length.stated {
            // A body of the stated length is complete, even if its instance has failed.
            Some(_) if self.length.is_met() => {}
            _ if self.instance.has_failed() && !HOST_BODY_HAS_ENDED.get() => {
                let why = "the component ended before its message did".to_owned();
                return Poll::Ready(Some(Err(Error::InternalError(Some(why)))));
            }
            Some(_) => {
                let error = || (self.length_error)(Some(self.length.received));
                self.report_error(error());
                return Poll::Ready(Some(Err(error())));
            }
            None => {}
        }
        if let (None, Some(transmission)) = (&frame, &self.transmission) {
            transmission.report(Ok(()));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        let is_complete = match self.length.stated {
            Some(_) => self.length.is_met(),
            None => !self.instance.has_failed(),
        };
        is_complete && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
