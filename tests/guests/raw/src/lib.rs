//! What `stamp` does, written by hand on the bindings alone: the size and the speed to compare with.

mod proxy;
use proxy::bindings::wasi::http::origin;
use proxy::bindings::wasi::http::types::{ErrorCode, Request, Response};
use proxy::bindings::{exports, wit_future};

struct Raw;

impl exports::wasi::http::handler::Guest for Raw {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let response = origin::handle(request).await?;
        let status = response.get_status_code();
        let headers = response.get_headers().clone();
        if headers.append("x-stamp", b"1").is_err() {
            return Err(ErrorCode::HttpResponseHeaderSectionSize(None));
        }
        let (_, taken) = wit_future::new(|| Ok(()));
        let (content, trailers) = Response::consume_body(response, taken);
        let (stamped, _) = Response::new(headers, Some(content), trailers);
        match stamped.set_status_code(status) {
            Ok(()) => Ok(stamped),
            Err(()) => Err(ErrorCode::HttpProtocolError),
        }
    }
}

#[cfg(target_arch = "wasm32")]
proxy::bindings::export!(Raw with_types_in proxy::bindings);
