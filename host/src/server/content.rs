//! The content of requests and responses on the way.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;
use wasmtime_wasi_http::Error;

use super::activity::UnderWay;
use super::refusal::Why;
use super::{Exchange, Observer, ServerLimits};
use crate::proxy::{Body, ErrorCode, Response};

/// The content of a request: counted, no more than it may be, and not waited for without end.
pub(super) struct Received {
    body: Incoming,
    exchange: Arc<Exchange>,
    limit: u64,
    stall_time: Duration,
    /// Runs while nothing comes.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Received {
    pub fn new(body: Incoming, exchange: Arc<Exchange>, limits: &ServerLimits) -> Self {
        Received {
            body,
            exchange,
            limit: limits.body.unwrap_or(u64::MAX),
            stall_time: limits.stall_time,
            stalled: None,
        }
    }
}

impl http_body::Body for Received {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            let time = self.stall_time;
            let stalled = self
                .stalled
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
            let stalled = stalled.as_mut().poll(context);
            return stalled.map(|()| Some(Err(ErrorCode::ConnectionReadTimeout.into())));
        };
        self.stalled = None;
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            let length = data.len() as u64;
            let before = self.exchange.received.fetch_add(length, Ordering::Relaxed);
            if before.saturating_add(length) > self.limit {
                return Poll::Ready(Some(Err(ErrorCode::HttpRequestBodySize(None).into())));
            }
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

/// What is kept until a response has been sent.
pub(super) struct Ending {
    pub exchange: Arc<Exchange>,
    pub observer: Arc<dyn Observer>,
    pub permit: Option<OwnedSemaphorePermit>,
    pub under_way: UnderWay,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.observer.ended(&self.exchange);
    }
}

/// How much a client is offered at a time. Who takes less than this in the time that a stall may take is too slow.
const PIECE: usize = 64 << 10;

/// The content of a response: counted, and over in time.
pub(super) struct Sent {
    body: Body,
    /// What the client is offered next, of a larger piece.
    rest: Bytes,
    length: Option<u64>,
    is_at_end: bool,
    is_failed: bool,
    late: Option<Pin<Box<Sleep>>>,
    ending: Ending,
}

impl Sent {
    /// The response as it leaves. It is cut when `late` is over.
    pub fn new(
        mut response: Response,
        late: Option<Pin<Box<Sleep>>>,
        ending: Ending,
    ) -> http::Response<Self> {
        ending.exchange.answered(response.status());
        if let Some(Why(why)) = response.extensions_mut().remove() {
            ending.exchange.failed(why);
        }
        ending.under_way.progress.offer();
        let length = response.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        response.map(|body| Sent {
            body,
            rest: Bytes::new(),
            length,
            is_at_end: false,
            is_failed: false,
            late,
            ending,
        })
    }
}

impl Sent {
    /// The beginning of a frame, the rest of which is kept.
    fn piece(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        match frame.into_data() {
            Ok(mut data) if data.len() > PIECE => {
                self.rest = data.split_off(PIECE);
                Frame::data(data)
            }
            Ok(data) => Frame::data(data),
            Err(frame) => frame,
        }
    }
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let late = self.late.as_mut().map(|late| late.as_mut().poll(context));
        if late.is_some_and(|late| late.is_ready()) {
            self.is_failed = true;
            self.ending
                .exchange
                .failed(Error::HttpResponseTimeout.to_string());
            return Poll::Ready(Some(Err(Error::HttpResponseTimeout)));
        }
        let frame = match self.rest.is_empty() {
            true => Pin::new(&mut self.body).poll_frame(context),
            false => Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.rest))))),
        };
        let Poll::Ready(frame) = frame else {
            self.ending.under_way.progress.is_taken();
            return Poll::Pending;
        };
        self.ending.under_way.progress.offer();
        let frame = frame.map(|frame| frame.map(|frame| self.piece(frame)));
        match &frame {
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                self.ending
                    .exchange
                    .sent
                    .fetch_add(length, Ordering::Relaxed);
                self.is_at_end |= frame.is_trailers();
            }
            Some(Err(error)) => {
                self.is_failed = true;
                self.ending.exchange.failed(error.to_string());
            }
            None => self.is_at_end = true,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, of_body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(of_body.lower().saturating_add(rest));
        if let Some(upper) = of_body.upper().and_then(|upper| upper.checked_add(rest)) {
            hint.set_upper(upper);
        }
        hint
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let exchange = &self.ending.exchange;
        let is_all = self.length == Some(exchange.bytes().1) || exchange.has_no_content();
        let is_whole = self.is_at_end || is_all || self.is_end_stream();
        let is_cut = self.is_failed || !is_whole;
        exchange.is_cut.store(is_cut, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use std::net::SocketAddr;

    use super::super::activity::Activity;
    use super::*;

    #[tokio::test]
    async fn who_is_slow_is_offered_no_more_than_can_be_taken_in_time() {
        let client = SocketAddr::from(([127, 0, 0, 1], 1));
        let exchange = Exchange::begin(String::new(), client, &http::Request::new(()));
        let exchange = Arc::new(exchange);
        let ending = Ending {
            exchange: exchange.clone(),
            observer: Arc::new(()),
            permit: None,
            under_way: Activity::new().begin(exchange.clone()),
        };
        let response = Response::new(Body::from(vec![7; 3 * PIECE + 1]));
        let mut body = Sent::new(response, None, ending).into_body();
        let mut lengths = Vec::new();
        while let Some(frame) = body.frame().await {
            lengths.push(frame.unwrap().into_data().unwrap().len());
            let left = 3 * PIECE + 1 - lengths.iter().sum::<usize>();
            assert_eq!(body.size_hint().exact(), Some(left as u64));
        }
        assert_eq!(lengths, [PIECE, PIECE, PIECE, 1]);
        drop(body);
        assert_eq!(exchange.bytes().1, 3 * PIECE as u64 + 1);
        assert!(!exchange.is_cut());
    }
}
