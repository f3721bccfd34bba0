//! A body of some pieces, after which something happens.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};

use crate::service::ErrorCode;

type Piece = Poll<Option<Result<Frame<Bytes>, ErrorCode>>>;

pub struct Pieces {
    left: u32,
    then: Box<dyn FnMut(&mut Context<'_>) -> Piece + Send>,
}

impl Pieces {
    /// So many pieces, and then the end.
    pub fn new(count: u32) -> Self {
        Pieces {
            left: count,
            then: Box::new(|_| Poll::Ready(None)),
        }
    }

    pub fn and_then_fails(self) -> Self {
        self.and_then_does(|_| {
            let why = "as the request wants it".to_owned();
            Poll::Ready(Some(Err(ErrorCode::InternalError(Some(why)))))
        })
    }

    pub fn and_then_waits(self, what: impl Future<Output = Infallible> + Send + 'static) -> Self {
        let mut what = Box::pin(what);
        self.and_then_does(move |context| match what.as_mut().poll(context) {
            Poll::Ready(never) => match never {},
            Poll::Pending => Poll::Pending,
        })
    }

    pub fn and_then_does(
        mut self,
        then: impl FnMut(&mut Context<'_>) -> Piece + Send + 'static,
    ) -> Self {
        self.then = Box::new(then);
        self
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Piece {
        if self.left == 0 {
            return (self.then)(context);
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"piece")))))
    }
}
