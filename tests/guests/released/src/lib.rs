//! A service of the released wasi:http 0.3.2, on its bindings and nothing else.

use wasip3::exports::http::handler::Guest;
use wasip3::http::types::{ErrorCode, Fields, Request, Response};
use wasip3::wit_future;

struct Released;

impl Guest for Released {
    async fn handle(_: Request) -> Result<Response, ErrorCode> {
        let headers = Fields::new();
        headers
            .append("x-released", b"0.3.2")
            .map_err(|error| ErrorCode::InternalError(Some(error.to_string())))?;
        let (trailers, no_trailers) = wit_future::new(|| Ok(None));
        drop(trailers);
        let (response, _) = Response::new(headers, None, no_trailers);
        Ok(response)
    }
}

wasip3::http::service::export!(Released);
