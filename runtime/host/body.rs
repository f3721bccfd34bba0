//! The body of a message: its content and its trailers.

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

use super::checked_body::LengthChecked;

/// A request that a component receives or sends.
///
/// ```ignore
/// let request: Request = http::Request::get("http://example.com/").body(Body::empty())?;
/// ```
pub type Request = http::Request<Body>;

/// A response that a component sends or receives.
///
/// ```ignore
/// let response: Response = Response::new("hello".into());
/// ```
pub type Response = http::Response<Body>;

/// The content of a request or a response, and its trailers, streamed.
///
/// It can be made from any other body, from text or from bytes, and is a [`http_body::Body`] itself, so servers and
/// clients of the crates around `http` accept it.
///
/// ```ignore
/// let response = Response::new(Body::from("hello"));
/// ```
pub struct Body(Kind);

enum Kind {
    Any(WasiBody),
    /// Made by a component.
    Checked(LengthChecked),
}

impl Body {
    /// Returns a body without content and trailers.
    ///
    /// ```ignore
    /// let response = http::Response::builder().status(204).body(Body::empty())?;
    /// ```
    pub fn empty() -> Self {
        Body::new(Empty::new())
    }

    /// Converts any other body into one that streams its frames as they arrive.
    ///
    /// An error ends the message as incomplete. The component receives an [`ErrorCode`] as it is, the code that fits
    /// an error of hyper, and `internal-error` for any other error.
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
        // Another wrapper would only make the body slower.
        let mut body = Some(body);
        let any: &mut dyn Any = &mut body;
        if let Some(body) = any.downcast_mut::<Option<Body>>() {
            return body.take().unwrap_or_default();
        }
        if let Some(body) = any.downcast_mut::<Option<WasiBody>>() {
            return body.take().map(Body::from_wasi).unwrap_or_default();
        }
        match body {
            Some(body) => Body::from_wasi(
                body.map_err(|error| body_error(error.into()))
                    .boxed_unsync(),
            ),
            None => Body::empty(),
        }
    }

    fn from_wasi(body: WasiBody) -> Self {
        Body(Kind::Any(body))
    }

    /// Converts what [`checked_body::outbound`](super::checked_body::outbound) returns.
    pub(super) fn from_component(body: Result<LengthChecked, WasiBody>) -> Self {
        match body {
            Ok(body) => Body(Kind::Checked(body)),
            Err(body) => Body::from_wasi(body),
        }
    }

    /// Returns the body as wasmtime accepts it.
    pub(super) fn into_inner(self) -> WasiBody {
        match self.0 {
            Kind::Any(body) => body,
            Kind::Checked(body) => body.boxed_unsync(),
        }
    }
}

/// Converts an error that ended a body into one of wasmtime.
fn body_error(error: Box<dyn StdError + Send + Sync>) -> Error {
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
    /// Shows only that this is a body; to show its content, it would have to be read.
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
            Kind::Checked(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Any(body) => body.is_end_stream(),
            Kind::Checked(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Any(body) => body.size_hint(),
            Kind::Checked(body) => body.size_hint(),
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
