//! Examples for the interface `client`.

// ANCHOR: client.send
use crate::proxy::{Error, Request, client};
use http::StatusCode;
use http::header::AUTHORIZATION;

/// Checks with a server whether a token is valid.
async fn is_valid(token: &str) -> Result<bool, Error> {
    let mut request = Request::default();
    *request.uri_mut() = "https://auth.example.com/check".parse()?;
    let value = format!("Bearer {token}").parse()?;
    request.headers_mut().insert(AUTHORIZATION, value);
    let response = client::send(request).await?;
    Ok(response.status() == StatusCode::OK)
}
// ANCHOR_END: client.send
