//! What a message carries: its content, and the trailers after it.

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
#[cfg(target_arch = "wasm32")]
use super::incoming::Incoming;

/// The content of a request or a response, and its trailers.
///
/// A body that nobody reads is passed on by its handle: no byte of it enters this component. As soon
/// as one is polled, what is left goes through this component, piece by piece.
///
/// ```ignore
/// let whole = Response::new("hello".into());
/// let (parts, body) = request.into_parts();
/// let content = body.bytes(64 * 1024).await?;
/// let request = Request::from_parts(parts, content.into());
/// ```
///
/// # Content-Length
///
/// A body of known size sets the message's `Content-Length` when the message leaves, whatever stood
/// there. A body that streams out of something else, made by [`Body::new`], leaves the field alone:
/// remove it from headers that came with another body, or the host ends the message as malformed
/// (RFC 9110, section 8.6). So does an empty body, because the answer to a HEAD request carries the
/// length of content that is not there.
#[derive(Default)]
pub struct Body {
    content: Content,
    /// What the content's own trailers are followed by.
    trailers: Option<HeaderMap>,
}

impl fmt::Debug for Body {
    /// Shows that there is a body: to show what is in it would be to read it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Body")
    }
}

enum Content {
    Whole(Bytes),
    Stream(Pin<Box<dyn http_body::Body<Data = Bytes, Error = ErrorCode> + Send>>),
    #[cfg(target_arch = "wasm32")]
    Incoming(Incoming),
}

impl Default for Content {
    fn default() -> Self {
        Content::Whole(Bytes::new())
    }
}

impl Body {
    /// No content, no trailers.
    pub fn empty() -> Self {
        Body::default()
    }

    /// A body that streams out of any other, as its frames come.
    ///
    /// An error ends the message as incomplete; an [`ErrorCode`] reaches the peer as it is, if the
    /// peer is a component.
    pub fn new<B>(body: B) -> Self
    where
        B: http_body::Body + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        // Wrapped once more, a body that could be passed on unread would have to be copied.
        let mut body = Some(body);
        if let Some(body) = (&mut body as &mut dyn Any).downcast_mut::<Option<Body>>() {
            return body.take().unwrap_or_default();
        }
        match body {
            Some(body) => Content::Stream(Box::pin(Adapted(Box::pin(body)))).into(),
            None => Body::empty(),
        }
    }

    /// The same body with more trailers, after those that it has.
    #[must_use]
    pub fn with_trailers(mut self, trailers: HeaderMap) -> Self {
        match &mut self.trailers {
            Some(before) => append(before, trailers),
            none => *none = Some(trailers),
        }
        self
    }

    /// The next piece of content, or the trailers; `None` at the end.
    pub async fn frame(&mut self) -> Option<Result<Frame<Bytes>, ErrorCode>> {
        poll_fn(|context| Pin::new(&mut *self).poll_frame(context)).await
    }

    /// The whole content, if it has no more bytes than `limit`; the trailers are left out.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::HttpRequestBodySize`], or [`ErrorCode::HttpResponseBodySize`] for the body of a
    /// response that was received, if there are more; and what the sender gives as the reason for
    /// not finishing.
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
            #[cfg(target_arch = "wasm32")]
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
            #[cfg(target_arch = "wasm32")]
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
            #[cfg(target_arch = "wasm32")]
            Content::Incoming(incoming) => incoming.is_end_stream(),
        };
        content_ended && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Stream(stream) => stream.size_hint(),
            #[cfg(target_arch = "wasm32")]
            Content::Incoming(incoming) => incoming.size_hint(),
        }
    }
}

impl Content {
    /// A stream that has ended must not be polled again. What was received remembers that itself.
    fn end(&mut self) {
        if let Content::Stream(_) = self {
            *self = Content::default();
        }
    }
}

/// For messages that leave.
#[cfg(target_arch = "wasm32")]
impl Body {
    /// Takes the body apart if it was received and nobody has touched it.
    pub(super) fn into_untouched(self) -> Result<super::incoming::Message, Self> {
        match self {
            Body {
                content: Content::Incoming(incoming),
                trailers: None,
            } => incoming.into_untouched().map_err(Body::from),
            body => Err(body),
        }
    }

    /// The message that the body came with, if nobody has touched the body, and the head is still its own.
    pub(super) fn into_unchanged(
        self,
        is_same: impl FnOnce(&super::incoming::Head) -> bool,
    ) -> Result<super::incoming::Message, Self> {
        match self {
            Body {
                content: Content::Incoming(incoming),
                trailers: None,
            } => incoming.into_unchanged(is_same).map_err(Body::from),
            body => Err(body),
        }
    }

    /// What `Content-Length` has to be, where this body determines it.
    pub(super) fn content_length(&self) -> Option<u64> {
        match &self.content {
            Content::Whole(bytes) if !bytes.is_empty() => Some(bytes.len() as u64),
            Content::Incoming(incoming) => incoming.content_length(),
            _ => None,
        }
    }

    /// Whether trailers follow that were put there in this component.
    pub(super) fn has_more_trailers(&self) -> bool {
        self.trailers.is_some()
    }
}

#[cfg(target_arch = "wasm32")]
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

/// Another body in terms of [`Bytes`] and [`ErrorCode`].
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

/// Adds fields after those that are there. What exceeds the map's capacity, 32768, is left out.
fn append(fields: &mut HeaderMap, more: HeaderMap) {
    for (name, value) in &more {
        let _ = fields.try_append(name, value.clone());
    }
}
