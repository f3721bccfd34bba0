//! The error of a handler that uses `?` on errors of any type.

use std::error::Error as StdError;
use std::fmt;

use super::ErrorCode;
use super::time::Elapsed;

/// An error of any type that implements [`std::error::Error`], for handlers that use `?` on more than [`ErrorCode`]s.
///
/// Every type that implements [`std::error::Error`] converts to it. An [`ErrorCode`] stays the error code that the caller
/// receives, and [`Elapsed`] becomes one. Any other error becomes `internal-error` with its text and those of its causes: the server writes them to
/// its log, and the client receives status 500 without them.
///
/// ```ignore
/// impl Handler<Error> for Component {
///     async fn handle(request: Request) -> Result<Response, Error> {
///         let limit: usize = env::var("LIMIT")?.parse()?;
///         let body = request.into_body().bytes(limit).await?;
///         let order: Order = serde_json::from_slice(&body)?;
///         Ok(Response::new(format!("{} pieces\n", order.pieces).into()))
///     }
/// }
/// ```
pub struct Error(Box<dyn StdError>);

impl Error {
    /// Returns an error that consists of a text.
    ///
    /// Use it for errors that don't implement [`std::error::Error`]: `.map_err(Error::msg)?`.
    pub fn msg(text: impl fmt::Display) -> Self {
        Error(text.to_string().into())
    }

    /// Returns the error code, if the error is one.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.0.downcast_ref()
    }
}

impl<E: StdError + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Error(Box::new(error))
    }
}

impl From<Error> for ErrorCode {
    fn from(error: Error) -> Self {
        match error.0.downcast::<ErrorCode>() {
            Ok(code) => *code,
            Err(other) if other.is::<Elapsed>() => Elapsed.into(),
            Err(other) => ErrorCode::InternalError(Some(Error(other).to_string())),
        }
    }
}

/// The text of the error, followed by those of its causes.
impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// As `Display`, so that `unwrap` shows the text.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
