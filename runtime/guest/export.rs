//! Exports of a world that take a request and return a response.

use super::{ErrorCode, Forwarder, Handler, UnreadRequest, convert, wasi};

/// Handles a request with the [`Handler`] of a world that has no next hop.
///
/// # Errors
///
/// If the request or the response isn't valid, or the handler returns an error.
pub async fn handle<T: Handler<E>, E: Into<ErrorCode>>(
    request: wasi::Request,
) -> Result<wasi::Response, ErrorCode> {
    let request = convert::received_request(request, false)?;
    let response = T::handle(request).await.map_err(E::into)?;
    convert::sent_response(response)
}

/// Handles a request with the [`Forwarder`] of a world that has a next hop.
///
/// # Errors
///
/// If the forwarder returns an error.
pub async fn forward<T: Forwarder<E>, E: Into<ErrorCode>>(
    request: wasi::Request,
) -> Result<wasi::Response, ErrorCode> {
    let response = T::forward(UnreadRequest::received(request))
        .await
        .map_err(E::into)?;
    response.into_handle()
}
