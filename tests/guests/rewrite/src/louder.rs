//! A body in capitals, as it comes.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::proxy::{Body, ErrorCode};

pub struct Louder(pub Body);

impl http_body::Body for Louder {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let frame = Pin::new(&mut self.0).poll_frame(context);
        let louder = |piece: Bytes| Bytes::from(piece.to_ascii_uppercase());
        frame.map(|frame| frame.map(|frame| frame.map(|frame| frame.map_data(louder))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
