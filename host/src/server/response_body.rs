//! The content of responses, on its way to the client.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::header::CONTENT_LENGTH;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::Sleep;
use wasmtime_wasi_http::Error;

use super::activity::InFlight;
use super::delivery::{Chunk, Flushes, Unsent};
use super::error_response::FailureReason;
use super::{Exchange, Observer};
use crate::proxy::{Body, Response};

/// How much of a response a client is offered at a time.
const MAX_CHUNK_BYTES: usize = 64 << 10;

/// Values that are kept until a response has been sent. Reports the end of the exchange when it is dropped.
pub(super) struct Completion {
    pub exchange: Arc<Exchange>,
    pub observer: Arc<dyn Observer>,
    pub flushes: Flushes,
    pub in_flight: InFlight,
}

impl Drop for Completion {
    fn drop(&mut self) {
        self.observer.ended(&self.exchange);
    }
}

/// Counts the content of a response, and cuts it off at its deadline.
pub(super) struct ResponseBody {
    body: Body,
    /// The part of the last frame that is still to be sent.
    rest: Bytes,
    /// The length of the last chunk, which the client hasn't read yet.
    offered: usize,
    content_length: Option<u64>,
    is_at_end: bool,
    is_failed: bool,
    /// The error that ends the content, as soon as everything before it has been sent.
    failure: Option<Error>,
    unsent: Unsent,
    deadline: Option<Pin<Box<Sleep>>>,
    completion: Completion,
}

impl ResponseBody {
    /// Wraps the content of a response, whose status and failure go to its exchange.
    pub fn wrap(
        mut response: Response,
        deadline: Option<Pin<Box<Sleep>>>,
        completion: Completion,
    ) -> http::Response<Self> {
        completion.exchange.record_status(response.status());
        if let Some(FailureReason(reason)) = response.extensions_mut().remove() {
            completion.exchange.record_failure(reason);
        }
        completion.in_flight.progress.record_offer();
        let content_length = response
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        response.map(|body| ResponseBody {
            unsent: Unsent::new(completion.flushes.clone()),
            body,
            rest: Bytes::new(),
            offered: 0,
            content_length,
            is_at_end: false,
            is_failed: false,
            failure: None,
            deadline,
            completion,
        })
    }

    /// Returns the first chunk of data, and keeps the rest for the next call.
    fn split_chunk(&mut self, mut data: Bytes) -> Frame<Chunk> {
        if data.len() > MAX_CHUNK_BYTES {
            self.rest = data.split_off(MAX_CHUNK_BYTES);
        }
        let exchange = &self.completion.exchange;
        exchange.sent.fetch_add(data.len() as u64, Ordering::Relaxed);
        Frame::data(self.unsent.add(data))
    }

    /// Ends the content with an error, after everything before it has been sent.
    fn fail(&mut self, error: Error) {
        self.is_failed = true;
        self.completion.exchange.record_failure(error.to_string());
        self.failure = Some(error);
    }
}

impl http_body::Body for ResponseBody {
    type Data = Chunk;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Chunk>, Error>>> {
        let is_late = !self.is_failed
            && self
                .deadline
                .as_mut()
                .is_some_and(|deadline| deadline.as_mut().poll(context).is_ready());
        if is_late {
            self.fail(Error::HttpResponseTimeout);
        }
        if self.is_failed {
            ready!(self.unsent.poll_sent(context));
            return Poll::Ready(self.failure.take().map(Err));
        }
        let offered = std::mem::take(&mut self.offered);
        self.completion.in_flight.progress.record_read(offered);
        let frame = if self.rest.is_empty() {
            Pin::new(&mut self.body).poll_frame(context)
        } else {
            Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.rest)))))
        };
        let Poll::Ready(frame) = frame else {
            return Poll::Pending;
        };
        self.completion.in_flight.progress.record_offer();
        match frame.map(|frame| frame.map(Frame::into_data)) {
            Some(Ok(Ok(data))) => {
                let chunk = self.split_chunk(data);
                self.offered = chunk.data_ref().map_or(0, Buf::remaining);
                Poll::Ready(Some(Ok(chunk)))
            }
            Some(Ok(Err(other))) => {
                self.is_at_end |= other.is_trailers();
                Poll::Ready(other.into_trailers().ok().map(|fields| Ok(Frame::trailers(fields))))
            }
            Some(Err(error)) => {
                self.fail(error);
                self.poll_frame(context)
            }
            None => {
                self.is_at_end = true;
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.is_failed && self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower().saturating_add(rest));
        if let Some(upper) = body.upper().and_then(|upper| upper.checked_add(rest)) {
            hint.set_upper(upper);
        }
        hint
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        let exchange = &self.completion.exchange;
        let (_, sent) = exchange.bytes();
        let is_complete = self.is_at_end
            || self.content_length == Some(sent)
            || exchange.has_no_content()
            || self.is_end_stream();
        let is_cut = self.is_failed || !is_complete;
        exchange.is_cut.store(is_cut, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use http_body_util::BodyExt as _;

    use super::super::ClientAddress;
    use super::super::activity::Activity;
    use super::super::client::Client;
    use super::super::shares::Address;
    use super::*;

    #[tokio::test]
    async fn large_responses_are_sent_in_chunks() {
        const LENGTH: usize = 3 * MAX_CHUNK_BYTES + 1;
        let client = Client {
            address: ClientAddress::from(SocketAddr::from(([127, 0, 0, 1], 1))),
            is_tls: false,
        };
        let request = http::Request::new(());
        let exchange = Arc::new(Exchange::begin(String::new(), client, &request));
        let address = Arc::new(Address::new(client.address.network(), false));
        let activity = Activity::new(address, Duration::from_secs(60));
        let completion = Completion {
            exchange: exchange.clone(),
            observer: Arc::new(()),
            flushes: Flushes::default(),
            in_flight: activity.begin_request(exchange.clone(), false),
        };
        let response = Response::new(Body::from(vec![7; LENGTH]));
        let mut body = ResponseBody::wrap(response, None, completion).into_body();
        let mut lengths = Vec::new();
        while let Some(frame) = body.frame().await {
            lengths.push(frame.unwrap().into_data().ok().unwrap().remaining());
            let left = LENGTH - lengths.iter().sum::<usize>();
            assert_eq!(body.size_hint().exact(), Some(left as u64));
        }
        assert_eq!(
            lengths,
            [MAX_CHUNK_BYTES, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES, 1]
        );
        drop(body);
        assert_eq!(exchange.bytes().1, LENGTH as u64);
        assert!(!exchange.is_cut());
    }
}
