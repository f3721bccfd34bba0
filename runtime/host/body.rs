//! What a message carries: its content, and the trailers after it.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt as _, Empty, Full};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{Error, WasiBody};

use super::whole::Whole;

/// A request, as it goes into a component and as it comes out of one.
///
/// ```ignore
/// let request: Request = http::Request::get("http://example.com/").body(Body::empty())?;
/// ```
pub type Request = http::Request<Body>;

/// A response, as it comes out of a component and as it goes into one.
///
/// ```ignore
/// let response: Response = Response::new("hello".into());
/// ```
pub type Response = http::Response<Body>;

/// The content of a request or a response, and its trailers, streamed.
///
/// It is made of any other body, of text or of bytes, and is a body itself, so it goes into a server
/// or a client of the crates around `http` as it is.
///
/// ```ignore
/// let response = Response::new(Body::from("hello"));
/// ```
pub struct Body(Kind);

enum Kind {
    Any(WasiBody),
    /// Of a component.
    Whole(Whole),
}

impl Body {
    /// No content, no trailers.
    ///
    /// ```ignore
    /// let response = http::Response::builder().status(204).body(Body::empty())?;
    /// ```
    pub fn empty() -> Self {
        Body::new(Empty::new())
    }

    /// A body that streams out of any other, as its frames come.
    ///
    /// An error ends the message as incomplete. An [`ErrorCode`] is seen by the component as it is,
    /// what hyper says becomes the code that fits, and anything else an `internal-error`.
    ///
    /// ```ignore
    /// use http_body_util::Full;
    ///
    /// let body = Body::new(Full::new(bytes::Bytes::from("hello")));
    /// ```
    pub fn new<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        // Wrapped once more, a body would only be slower.
        let mut body = Some(body);
        let any: &mut dyn Any = &mut body;
        if let Some(body) = any.downcast_mut::<Option<Body>>() {
            return body.take().unwrap_or_default();
        }
        if let Some(body) = any.downcast_mut::<Option<WasiBody>>() {
            return body.take().map(Body::of_wasi).unwrap_or_default();
        }
        match body {
            Some(body) => Body::of_wasi(body.map_err(|error| of_body(error.into())).boxed_unsync()),
            None => Body::empty(),
        }
    }

    fn of_wasi(body: WasiBody) -> Self {
        Body(Kind::Any(body))
    }

    /// A body of a component, or the same one if [`whole::checked`](super::whole::checked) left it as it is.
    pub(super) fn of_component(body: Result<Whole, WasiBody>) -> Self {
        match body {
            Ok(body) => Body(Kind::Whole(body)),
            Err(body) => Body::of_wasi(body),
        }
    }

    /// The body as wasmtime takes it.
    pub(super) fn into_inner(self) -> WasiBody {
        match self.0 {
            Kind::Any(body) => body,
            Kind::Whole(body) => body.boxed_unsync(),
        }
    }
}

/// An error that ended a body, as wasmtime takes it.
fn of_body(error: Box<dyn StdError + Send + Sync>) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(error) => return *error,
        Err(error) => error,
    };
    let error = match error.downcast::<ErrorCode>() {
        Ok(code) => return (*code).into(),
        Err(error) => error,
    };
    match error.downcast::<hyper::Error>() {
        Ok(error) => Error::Hyper(*error),
        Err(error) => Error::InternalError(Some(error.to_string())),
    }
}

impl Default for Body {
    fn default() -> Self {
        Body::empty()
    }
}

impl fmt::Debug for Body {
    /// Shows that there is a body: to show what is in it would be to read it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Body")
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.0 {
            Kind::Any(body) => Pin::new(body).poll_frame(context),
            Kind::Whole(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Any(body) => body.is_end_stream(),
            Kind::Whole(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Any(body) => body.size_hint(),
            Kind::Whole(body) => body.size_hint(),
        }
    }
}

impl From<Bytes> for Body {
    fn from(content: Bytes) -> Self {
        Body::new(Full::new(content))
    }
}

impl From<Vec<u8>> for Body {
    fn from(content: Vec<u8>) -> Self {
        Bytes::from(content).into()
    }
}

impl From<String> for Body {
    fn from(content: String) -> Self {
        Bytes::from(content).into()
    }
}

impl From<&'static str> for Body {
    fn from(content: &'static str) -> Self {
        Bytes::from(content).into()
    }
}
