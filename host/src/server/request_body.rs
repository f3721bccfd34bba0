//! The content of requests, on its way from the client.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

use super::{Exchange, ServerLimits};
use crate::proxy::ErrorCode;

/// Counts the content of a request, and ends it with an error if it is too large or its client stalls.
pub(super) struct RequestBody {
    body: Incoming,
    exchange: Arc<Exchange>,
    max_bytes: u64,
    stall_time: Duration,
    /// Runs while the client sends nothing.
    stall_timer: Option<Pin<Box<Sleep>>>,
}

impl RequestBody {
    pub fn new(body: Incoming, exchange: Arc<Exchange>, limits: &ServerLimits) -> Self {
        RequestBody {
            body,
            exchange,
            max_bytes: limits.body.unwrap_or(u64::MAX),
            stall_time: limits.stall_time,
            stall_timer: None,
        }
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
            let time = self.stall_time;
            return self
                .stall_timer
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(time)))
                .as_mut()
                .poll(context)
                .map(|()| Some(Err(ErrorCode::ConnectionReadTimeout.into())));
        };
        self.stall_timer = None;
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            let length = data.len() as u64;
            let before = self.exchange.received.fetch_add(length, Ordering::Relaxed);
            if before.saturating_add(length) > self.max_bytes {
                return Poll::Ready(Some(Err(ErrorCode::HttpRequestBodySize(None).into())));
            }
        }
        if let Some(Err(error)) = &frame
            && is_malformed(error)
        {
            self.exchange.is_malformed.store(true, Ordering::Relaxed);
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
