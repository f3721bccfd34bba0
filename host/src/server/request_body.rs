//! The content of requests, on its way from the client.
//!
//! If content hasn't arrived when the response ends, hyper closes the connection, without a word in the response. A client or a load
//! balancer that sends its next request at that moment gets no response. So content is read completely if its length is small.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, EXPECT};
use http::{HeaderMap, Request, Version};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::ServerLimits;
use super::progress::Progress;
use crate::proxy::ErrorCode;

/// The maximum size of the rest of a request's content that is read so that its connection can be used again.
const MAX_DISCARDED_BYTES: u64 = 64 << 10;
/// How long the client has to send the rest.
const DISCARD_TIME: Duration = Duration::from_secs(1);

/// Counts the content of a request, and ends it with an error if it is too large, or if its client sends it too slowly.
pub(super) struct RequestBody {
    /// Until the component leaves it.
    body: Option<Incoming>,
    /// Whether the rest is read if the component leaves it.
    is_discarded: bool,
    progress: Arc<Progress>,
    max_bytes: u64,
    /// The bytes that the client has sent since the last comparison with the minimum rate.
    received: usize,
    /// Ends the content, while the client sends nothing.
    end: Option<Pin<Box<dyn Future<Output = ErrorCode> + Send>>>,
}

impl RequestBody {
    /// Wraps the content of a request.
    pub fn wrap(
        request: Request<Incoming>,
        progress: Arc<Progress>,
        limits: &ServerLimits,
    ) -> Request<Self> {
        // Others end with their response, or wait for "100 Continue" before they send the content (RFC 9110, section 10.1.1). HTTP/2
        // ends the stream alone.
        let is_discarded = request.version() == Version::HTTP_11
            && !request.headers().contains_key(EXPECT)
            && !closes_connection(request.headers());
        request.map(|body| RequestBody {
            body: Some(body),
            is_discarded,
            progress,
            max_bytes: limits.body.unwrap_or(u64::MAX),
            received: 0,
            end: None,
        })
    }

    /// Ends the content if the client sends nothing for too long, or if the request is cut off.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<ErrorCode> {
        let end = self.end.get_or_insert_with(|| {
            self.progress.record_received(std::mem::take(&mut self.received));
            self.progress.record_wait();
            let progress = self.progress.clone();
            Box::pin(async move {
                let timeout = sleep(progress.patience());
                tokio::select! {
                    biased;
                    () = progress.wait_until_cut() => ErrorCode::ConnectionTerminated,
                    () = timeout => ErrorCode::ConnectionReadTimeout,
                }
            })
        });
        end.as_mut().poll(context)
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let Poll::Ready(frame) = Pin::new(body).poll_frame(context) else {
            return self.poll_end(context).map(|code| Some(Err(code.into())));
        };
        let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
        let length = data.map_or(0, Bytes::len);
        self.received += length;
        if self.end.take().is_some() {
            let received = std::mem::take(&mut self.received);
            self.progress.record_received(received);
        }
        let received = &self.progress.exchange.received;
        let before = received.fetch_add(length as u64, Ordering::Relaxed);
        if before.saturating_add(length as u64) > self.max_bytes {
            return Poll::Ready(Some(Err(ErrorCode::HttpRequestBodySize(None).into())));
        }
        if let Some(Err(error)) = &frame
            && is_malformed(error)
        {
            self.progress.exchange.is_malformed.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Incoming::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if self.end.is_some() {
            // The component no longer waits for the client.
            self.progress.record_received(self.received);
        }
        let max = MAX_DISCARDED_BYTES.min(self.max_bytes);
        let is_small = |body: &Incoming| body.size_hint().upper().is_some_and(|rest| rest <= max);
        let body = self.body.take().filter(|body| self.is_discarded && !body.is_end_stream());
        if let (Some(body), Ok(runtime)) = (body.filter(is_small), Handle::try_current()) {
            runtime.spawn(timeout(DISCARD_TIME, discard(body)));
        }
    }
}

/// Whether a client closes the connection after its request (RFC 9112, section 9.6).
fn closes_connection(headers: &HeaderMap) -> bool {
    let options = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    options
        .flat_map(|options| options.split(','))
        .any(|option| option.trim().eq_ignore_ascii_case("close"))
}

/// Reads content completely, or until it fails.
async fn discard(mut content: Incoming) {
    while let Some(Ok(_)) = content.frame().await {}
}

/// Whether content of HTTP/1.1 can't be parsed: its chunks or its trailers are malformed.
fn is_malformed(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|error| {
        matches!(
            error.kind(),
            ErrorKind::InvalidInput | ErrorKind::InvalidData
        )
    })
}
