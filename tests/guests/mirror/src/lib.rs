//! What `echo` does, written on the bindings alone: the trailers go back as they are, as in services of other toolchains.

mod service;
use service::bindings::wasi::http::types::{ErrorCode, Fields, Request, Response};
use service::bindings::{exports, wit_future};

struct Mirror;

impl exports::wasi::http::handler::Guest for Mirror {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let (_, taken) = wit_future::new(|| Ok(()));
        let (content, trailers) = Request::consume_body(request, taken);
        Ok(Response::new(Fields::new(), Some(content), trailers).0)
    }
}

#[cfg(target_arch = "wasm32")]
service::bindings::export!(Mirror with_types_in service::bindings);
