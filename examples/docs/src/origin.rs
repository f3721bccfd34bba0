//! Examples for the interface `origin`.

// ANCHOR: origin.handle
use crate::proxy::{ErrorCode, Request, Response, origin};
use http::StatusCode;

/// Passes requests on, except those for internal paths.
async fn guard(request: Request) -> Result<Response, ErrorCode> {
    if request.uri().path().starts_with("/internal/") {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NOT_FOUND;
        return Ok(response);
    }
    origin::handle(request).await
}
// ANCHOR_END: origin.handle
