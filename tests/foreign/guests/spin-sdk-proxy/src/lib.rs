//! A middleware, made with Spin's SDK: adds a header to every response, and copies the bodies.

use spin_sdk::http::{Error, HeaderValue, Request, Response, next};
use spin_sdk::http_service;

#[http_service]
async fn handle(request: Request) -> Result<Response, Error> {
    let mut response = next(request).await?;
    response
        .headers_mut()
        .append("x-proxy", HeaderValue::from_static("spin"));
    Ok(response)
}
