//! Limits on the time of a future.

use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::ErrorCode;

/// A time limit has passed.
///
/// As an [`ErrorCode`] it is `HTTP-response-timeout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the time limit has passed")
    }
}

impl Error for Elapsed {}

impl From<Elapsed> for ErrorCode {
    fn from(_: Elapsed) -> Self {
        ErrorCode::HttpResponseTimeout
    }
}

/// Runs a future until it ends or `limit` does. In the latter case the future is dropped.
///
/// # Errors
///
/// [`Elapsed`] if `limit` ends first.
pub async fn timeout<F: Future>(
    future: F,
    limit: impl Future<Output = ()>,
) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let mut limit = pin!(limit);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| Err(Elapsed)),
    })
    .await
}
