//! A request's body that can be sent again as long as none of it was read.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use wasmtime_wasi_http::Error;

use crate::runtime::Body;

/// Keeps the body of a request, and lends it to one attempt after another.
pub(super) struct Lender(Option<Arc<Mutex<Lent>>>);

struct Lent {
    body: Body,
    /// The number of the attempt that may read. An earlier one may still have the body: its connection ends later.
    attempt: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unread,
    /// Some of it was read, so it can't be sent again.
    Begun,
    /// It has ended, and was empty.
    Empty,
    /// It has ended with an error.
    Failed,
}

impl Lender {
    pub fn new(body: Body) -> Self {
        let is_empty = http_body::Body::is_end_stream(&body);
        Lender((!is_empty).then(|| {
            Arc::new(Mutex::new(Lent {
                body,
                attempt: 0,
                state: State::Unread,
            }))
        }))
    }

    /// Returns the body for the next attempt; `None` if an earlier one has begun to read it.
    pub fn lend(&self) -> Option<Body> {
        let Some(lent) = &self.0 else {
            return Some(Body::empty());
        };
        let mut body = lock(lent);
        match body.state {
            State::Begun | State::Failed => None,
            State::Empty => Some(Body::empty()),
            State::Unread => {
                body.attempt += 1;
                Some(Body::new(Loan {
                    attempt: body.attempt,
                    lent: lent.clone(),
                }))
            }
        }
    }

    /// Whether the body ended with an error, which is not the server's.
    pub fn has_failed(&self) -> bool {
        self.0.as_ref().is_some_and(|lent| lock(lent).state == State::Failed)
    }
}

fn lock(lent: &Mutex<Lent>) -> MutexGuard<'_, Lent> {
    lent.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The body, for one attempt.
struct Loan {
    attempt: usize,
    lent: Arc<Mutex<Lent>>,
}

impl http_body::Body for Loan {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut lent = lock(&self.lent);
        if lent.attempt != self.attempt {
            return Poll::Ready(Some(Err(Error::ConnectionTerminated)));
        }
        let polled = Pin::new(&mut lent.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(_))) => lent.state = State::Begun,
            Poll::Ready(Some(Err(_))) => lent.state = State::Failed,
            Poll::Ready(None) if lent.state == State::Unread => lent.state = State::Empty,
            Poll::Ready(None) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        let lent = lock(&self.lent);
        lent.attempt == self.attempt && lent.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        lock(&self.lent).body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    async fn text(body: Body) -> Result<String, Error> {
        let bytes = body.collect().await?.to_bytes();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn streamed(frame: Option<Result<Frame<Bytes>, Error>>) -> Body {
        Body::new(StreamBody::new(tokio_stream::iter(frame)))
    }

    #[tokio::test]
    async fn a_body_is_lent_until_it_is_read() {
        let lender = Lender::new("content".into());
        let first = lender.lend().unwrap();
        let second = lender.lend().unwrap();
        assert!(text(first).await.is_err(), "a later attempt has the body");
        assert_eq!(text(second).await.unwrap(), "content");
        assert!(lender.lend().is_none());
        assert!(!lender.has_failed());
    }

    #[tokio::test]
    async fn an_empty_body_can_be_read_again() {
        let lender = Lender::new(Body::empty());
        for _ in 0..2 {
            assert_eq!(text(lender.lend().unwrap()).await.unwrap(), "");
        }
        // Its end isn't known beforehand.
        let lender = Lender::new(streamed(None));
        for _ in 0..2 {
            assert_eq!(text(lender.lend().unwrap()).await.unwrap(), "");
        }
    }

    #[tokio::test]
    async fn errors_of_the_body_are_not_the_servers() {
        let lender = Lender::new(streamed(Some(Err(Error::HttpRequestBodySize(None)))));
        assert!(text(lender.lend().unwrap()).await.is_err());
        assert!(lender.has_failed());
        assert!(lender.lend().is_none());
    }
}
