//! The body of a message: its content, and the trailers after it.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body as _, Frame, SizeHint};

use super::ErrorCode;
use super::incoming::{Head, Incoming, Message};

/// The content of a request or a response, and its trailers.
///
/// A received body that this component doesn't read is forwarded by its handle, without copying a
/// byte into the component. Once a body has been polled, the rest of it is copied through the
/// component, piece by piece.
///
/// ```ignore
/// let whole = Response::new("hello".into());
/// let (parts, body) = request.into_parts();
/// let content = body.bytes(64 * 1024).await?;
/// let request = Request::from_parts(parts, content.into());
/// ```
///
/// # Streaming
///
/// [`Body::data`] reads a body piece by piece, [`Body::map_data`] changes its content, and [`Body::stream`] has a function
/// write it. None of them keeps more than one piece in memory. [`Body::new`] takes any `http_body::Body`, so the crate
/// `http_body_util` works too: `StreamBody` makes a body of any stream, and `BodyExt` has adapters for frames and errors.
///
/// # Content-Length
///
/// If the size of a body is known, sending the message sets its `Content-Length`, even if the header had another value. A
/// streaming body, made by [`Body::new`] or [`Body::stream`], doesn't change the field: remove it from headers that came
/// with another body, or the host rejects the message as malformed (RFC 9110, section 8.6). An empty body doesn't change
/// the field either, because the response to a HEAD request states the length of content that it doesn't have.
#[derive(Default)]
pub struct Body {
    content: Content,
    /// Trailers to add after the content's own.
    trailers: Option<HeaderMap>,
}

impl fmt::Debug for Body {
    /// Shows only the type: showing the content would consume it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Body")
    }
}

enum Content {
    Whole(Bytes),
    Stream(Pin<Box<dyn http_body::Body<Data = Bytes, Error = ErrorCode> + Send>>),
    Incoming(Incoming),
}

impl Default for Content {
    fn default() -> Self {
        Content::Whole(Bytes::new())
    }
}

impl Body {
    /// Returns a body without content and trailers.
    pub fn empty() -> Self {
        Body::default()
    }

    /// Returns a body that streams the frames of any other body.
    ///
    /// An error ends the message as incomplete. If the peer is a component, it receives an
    /// [`ErrorCode`] unchanged.
    pub fn new<B>(body: B) -> Self
    where
        B: http_body::Body + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        // Wrapping a `Body` would force a copy of one that can be forwarded unread.
        let mut body = Some(body);
        if let Some(body) = (&mut body as &mut dyn Any).downcast_mut::<Option<Body>>() {
            return body.take().unwrap_or_default();
        }
        match body {
            Some(body) => Content::Stream(Box::pin(Adapted(Box::pin(body)))).into(),
            None => Body::empty(),
        }
    }

    /// Adds trailers after those that the body has.
    #[must_use]
    pub fn with_trailers(mut self, trailers: HeaderMap) -> Self {
        match &mut self.trailers {
            Some(before) => append(before, trailers),
            none => *none = Some(trailers),
        }
        self
    }

    /// Returns the next piece of content, or the trailers; `None` at the end.
    pub async fn frame(&mut self) -> Option<Result<Frame<Bytes>, ErrorCode>> {
        poll_fn(|context| Pin::new(&mut *self).poll_frame(context)).await
    }

    /// Reads the whole content, of at most `limit` bytes, and discards the trailers.
    ///
    /// # Errors
    ///
    /// If there are more bytes: [`ErrorCode::HttpResponseBodySize`] for the body of a received
    /// response, [`ErrorCode::HttpRequestBodySize`] for any other. If the sender doesn't finish the
    /// body: its error.
    pub async fn bytes(mut self, limit: usize) -> Result<Bytes, ErrorCode> {
        let stated = self.size_hint();
        if usize::try_from(stated.lower()).is_ok_and(|size| size <= limit) {
            let mut content = Vec::new();
            loop {
                let Some(frame) = self.frame().await else {
                    return Ok(content.into());
                };
                let Ok(piece) = frame?.into_data() else {
                    continue;
                };
                if piece.len() > limit - content.len() {
                    break;
                }
                if content.is_empty() {
                    content = piece.into();
                } else {
                    content.extend_from_slice(&piece);
                }
            }
        }
        Err(match &self.content {
            Content::Incoming(incoming) if incoming.is_response() => {
                ErrorCode::HttpResponseBodySize(stated.exact())
            }
            _ => ErrorCode::HttpRequestBodySize(stated.exact()),
        })
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let body = self.get_mut();
        let frame = match &mut body.content {
            Content::Whole(bytes) if bytes.is_empty() => None,
            Content::Whole(bytes) => Some(Ok(Frame::data(mem::take(bytes)))),
            Content::Stream(stream) => ready!(stream.as_mut().poll_frame(context)),
            Content::Incoming(incoming) => ready!(incoming.poll_frame(context)),
        };
        Poll::Ready(match frame {
            Some(Ok(frame)) => match (frame.into_trailers(), body.trailers.take()) {
                (Ok(mut trailers), Some(more)) => {
                    append(&mut trailers, more);
                    Some(Ok(Frame::trailers(trailers)))
                }
                (Ok(trailers), None) => Some(Ok(Frame::trailers(trailers))),
                (Err(data), later) => {
                    body.trailers = later;
                    Some(Ok(data))
                }
            },
            Some(Err(error)) => {
                *body = Body::empty();
                Some(Err(error))
            }
            None => {
                body.content.end();
                body.trailers
                    .take()
                    .map(|trailers| Ok(Frame::trailers(trailers)))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        let content_ended = match &self.content {
            Content::Whole(bytes) => bytes.is_empty(),
            Content::Stream(stream) => stream.is_end_stream(),
            Content::Incoming(incoming) => incoming.is_end_stream(),
        };
        content_ended && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Stream(stream) => stream.size_hint(),
            Content::Incoming(incoming) => incoming.size_hint(),
        }
    }
}

impl Content {
    /// Drops a stream that has ended, which must not be polled again. `Incoming` tracks its own end.
    fn end(&mut self) {
        if let Content::Stream(_) = self {
            *self = Content::default();
        }
    }
}

/// For sending messages.
#[allow(clippy::result_large_err, reason = "the error is the body itself")]
impl Body {
    /// Returns the message that the body was received with, if the body hasn't been read.
    pub(super) fn into_untouched(self) -> Result<Message, Self> {
        match self {
            Body {
                content: Content::Incoming(incoming),
                trailers: None,
            } => incoming.into_untouched().map_err(Body::from),
            body => Err(body),
        }
    }

    /// Returns the message that the body was received with, if the body hasn't been read and the head
    /// hasn't changed.
    pub(super) fn into_unchanged(
        self,
        is_same: impl FnOnce(&Head) -> bool,
    ) -> Result<Message, Self> {
        match self {
            Body {
                content: Content::Incoming(incoming),
                trailers: None,
            } => incoming.into_unchanged(is_same).map_err(Body::from),
            body => Err(body),
        }
    }

    /// Returns the value that `Content-Length` must have, if this body determines it.
    pub(super) fn content_length(&self) -> Option<u64> {
        match &self.content {
            Content::Whole(bytes) if !bytes.is_empty() => Some(bytes.len() as u64),
            Content::Incoming(incoming) => incoming.content_length(),
            _ => None,
        }
    }

    /// Whether this component has added trailers.
    pub(super) fn has_more_trailers(&self) -> bool {
        self.trailers.is_some()
    }
}

impl From<Incoming> for Body {
    fn from(incoming: Incoming) -> Self {
        Content::Incoming(incoming).into()
    }
}

impl From<Content> for Body {
    fn from(content: Content) -> Self {
        Body {
            content,
            trailers: None,
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Content::Whole(bytes).into()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        text.as_bytes().into()
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Body::empty()
    }
}

/// Any body, with its data converted to [`Bytes`] and its errors to [`ErrorCode`].
struct Adapted<B>(Pin<Box<B>>);

impl<B> http_body::Body for Adapted<B>
where
    B: http_body::Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let frame = ready!(self.0.as_mut().poll_frame(context));
        Poll::Ready(frame.map(|frame| match frame {
            Ok(frame) => Ok(frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))),
            Err(error) => Err(match error.into().downcast::<ErrorCode>() {
                Ok(code) => *code,
                Err(other) => ErrorCode::InternalError(Some(other.to_string())),
            }),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// Appends fields. Fields that exceed the map's capacity of 32768 are dropped.
fn append(fields: &mut HeaderMap, more: HeaderMap) {
    for (name, value) in &more {
        let _ = fields.try_append(name, value.clone());
    }
}
