//! Requests that a server hasn't completed.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use wasmtime_wasi_http::Error;

use super::server::State;
use crate::runtime::{Body, Response};

/// Counts a request of a server until it is dropped.
pub(super) struct InFlight(Arc<State>);

impl InFlight {
    pub fn new(server: Arc<State>) -> Self {
        server.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(server)
    }

    /// Counts the request until its response has been received or is dropped.
    pub fn until_received(self, response: Response) -> Response {
        if http_body::Body::is_end_stream(response.body()) {
            return response;
        }
        response.map(|body| {
            Body::new(CountedBody {
                body,
                in_flight: Some(self),
            })
        })
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

struct CountedBody {
    body: Body,
    in_flight: Option<InFlight>,
}

impl http_body::Body for CountedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.in_flight = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
