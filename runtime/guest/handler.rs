//! The traits that a component implements to handle requests.

use std::future::Future;

#[cfg(doc)]
use super::Error;
use super::{ErrorCode, Request, Response, UnreadRequest, UnreadResponse};

/// Answers requests. Implement it for a type, and pass the type to `export!`.
///
/// `handle` is written as an `async fn`:
///
/// ```ignore
/// struct Hello;
///
/// impl Handler for Hello {
///     async fn handle(_: Request) -> Result<Response, ErrorCode> {
///         Ok(Response::new("hello".into()))
///     }
/// }
/// ```
///
/// With `impl Handler<Error>`, `handle` returns `Result<Response, Error>` and can use `?` on every type that
/// implements [`std::error::Error`]: see [`Error`].
pub trait Handler<E = ErrorCode> {
    /// Returns the response to a request, or the reason why there is none.
    ///
    /// The head of the response is sent when this returns; its body follows, streamed.
    fn handle(request: Request) -> impl Future<Output = Result<Response, E>>;
}

/// Handles requests without parsing them: a [`Handler`] for components that look at few messages.
///
/// Making a [`Request`] parses the method, the target and all fields. In a component that forwards
/// most messages unchanged, parsing is most of the cost. Such a component implements this trait, for
/// a type that isn't a [`Handler`]:
///
/// ```ignore
/// struct Stamp;
///
/// impl Forwarder for Stamp {
///     async fn forward(request: UnreadRequest) -> Result<UnreadResponse, ErrorCode> {
///         if request.header("x-stop").is_some() {
///             return Response::new("stopped".into()).try_into();
///         }
///         let mut response = origin::forward(request).await?;
///         response.append("x-stamp", "1")?;
///         Ok(response)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` doesn't handle requests",
    note = "implement `Handler` for it"
)]
pub trait Forwarder<E = ErrorCode> {
    /// Returns the response to a request, or the reason why there is none.
    ///
    /// The head of the response is sent when this returns; its body follows, streamed.
    fn forward(request: UnreadRequest) -> impl Future<Output = Result<UnreadResponse, E>>;
}

impl<T: Handler<E>, E: From<ErrorCode>> Forwarder<E> for T {
    async fn forward(request: UnreadRequest) -> Result<UnreadResponse, E> {
        Ok(T::handle(request.read()?).await?.try_into()?)
    }
}
