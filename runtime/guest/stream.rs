//! Bodies that a function writes while they are sent, and bodies whose pieces are changed while they are forwarded.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};

use super::{Body, ErrorCode};

impl Body {
    /// Returns a body that a function writes, piece by piece.
    ///
    /// The function runs only while the receiver reads: [`BodyWriter::write`] returns when the receiver has read the piece,
    /// so no more than one piece is in memory. If the receiver stops reading, the function is dropped. If it returns an
    /// error, the message ends as incomplete.
    ///
    /// ```ignore
    /// let body = Body::stream(async move |mut writer| {
    ///     while let Some(piece) = body.data().await? {
    ///         writer.write(encoder.encode(piece)).await;
    ///     }
    ///     writer.write(encoder.finish()).await;
    ///     Ok(())
    /// });
    /// ```
    pub fn stream<F>(write: impl FnOnce(BodyWriter) -> F) -> Self
    where
        F: Future<Output = Result<(), ErrorCode>> + Send + 'static,
    {
        let slot = Slot::default();
        let function = write(BodyWriter(slot.clone()));
        Body::new(Streamed {
            function: Some(Box::pin(function)),
            slot,
        })
    }

    /// Returns the body with each piece of its content changed. The trailers stay.
    ///
    /// If the change alters the length, remove `Content-Length` from the message.
    ///
    /// ```ignore
    /// let body = body.map_data(|piece| piece.to_ascii_uppercase().into());
    /// ```
    #[must_use]
    pub fn map_data(self, change: impl FnMut(Bytes) -> Bytes + Send + 'static) -> Self {
        Body::new(Mapped {
            body: self,
            change: Box::new(change),
        })
    }

    /// Returns the next piece of content; `None` after the last one. Trailers are skipped.
    ///
    /// # Errors
    ///
    /// If the sender doesn't finish the body: its error.
    ///
    /// ```ignore
    /// while let Some(piece) = body.data().await? {
    ///     size += piece.len();
    /// }
    /// ```
    pub async fn data(&mut self) -> Result<Option<Bytes>, ErrorCode> {
        while let Some(frame) = self.frame().await {
            if let Ok(piece) = frame?.into_data() {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }
}

/// The frame that was written last and isn't read yet.
#[derive(Clone, Default)]
struct Slot(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    frame: Option<Frame<Bytes>>,
    /// Waits until the frame has been read.
    writer: Option<Waker>,
}

impl Slot {
    fn written(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no frame is left to be read.
    async fn emptied(&self) {
        poll_fn(|context| {
            let mut written = self.written();
            if written.frame.is_none() {
                return Poll::Ready(());
            }
            written.writer = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Writes the content of a body, for [`Body::stream`].
///
/// It works only within the function that it is passed to: elsewhere, a write may never end.
pub struct BodyWriter(Slot);

impl BodyWriter {
    /// Writes a piece of content, and waits until the receiver has read it. An empty piece isn't sent.
    pub async fn write(&mut self, piece: impl Into<Bytes>) {
        let piece = piece.into();
        if !piece.is_empty() {
            self.write_frame(Frame::data(piece)).await;
        }
    }

    /// Writes the trailers, which end the body.
    pub async fn write_trailers(mut self, trailers: HeaderMap) {
        self.write_frame(Frame::trailers(trailers)).await;
    }

    async fn write_frame(&mut self, frame: Frame<Bytes>) {
        // A write that was cancelled may have left a frame.
        self.0.emptied().await;
        self.0.written().frame = Some(frame);
        self.0.emptied().await;
    }
}

type Function = Pin<Box<dyn Future<Output = Result<(), ErrorCode>> + Send>>;

/// A body that a function writes.
struct Streamed {
    /// Nothing at the end.
    function: Option<Function>,
    slot: Slot,
}

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let Some(function) = &mut self.function else {
            return Poll::Ready(None);
        };
        let result = function.as_mut().poll(context);
        if result.is_ready() {
            self.function = None;
        }
        let Written { frame, writer } = mem::take(&mut *self.slot.written());
        writer.into_iter().for_each(Waker::wake);
        match (frame, result) {
            (_, Poll::Ready(Err(error))) => Poll::Ready(Some(Err(error))),
            (Some(frame), _) => Poll::Ready(Some(Ok(frame))),
            (None, Poll::Ready(Ok(()))) => Poll::Ready(None),
            (None, Poll::Pending) => Poll::Pending,
        }
    }
}

/// A body whose content is changed.
struct Mapped {
    body: Body,
    change: Box<dyn FnMut(Bytes) -> Bytes + Send>,
}

impl http_body::Body for Mapped {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        frame.map_ok(|frame| frame.map_data(&mut self.change))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
