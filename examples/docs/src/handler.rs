//! Examples for the interface `handler`.

// ANCHOR: handler.handle
use crate::proxy::{ErrorCode, Handler, Request, Response};

struct Greeter;

impl Handler for Greeter {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let name = request.uri().path().trim_start_matches('/');
        Ok(Response::new(format!("Hello, {name}!\n").into()))
    }
}
// ANCHOR_END: handler.handle
