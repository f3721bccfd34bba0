//! The content of requests, on its way from the client.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::sleep;

use super::ServerLimits;
use super::progress::Progress;
use crate::proxy::ErrorCode;

/// Counts the content of a request, and ends it with an error if it is too large, or if its client sends it too slowly.
pub(super) struct RequestBody {
    body: Incoming,
    progress: Arc<Progress>,
    max_bytes: u64,
    /// The bytes that the client has sent since the last comparison with the minimum rate.
    received: usize,
    /// Ends the content, while the client sends nothing.
    end: Option<Pin<Box<dyn Future<Output = ErrorCode> + Send>>>,
}

impl RequestBody {
    pub fn new(body: Incoming, progress: Arc<Progress>, limits: &ServerLimits) -> Self {
        RequestBody {
            body,
            progress,
            max_bytes: limits.body.unwrap_or(u64::MAX),
            received: 0,
            end: None,
        }
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
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
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
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
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
