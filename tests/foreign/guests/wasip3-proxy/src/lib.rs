//! A proxy, made with the crate `wasip3`: adds a header to every response, and leaves the rest.

use bindings::wasi::http::origin;
use wasip3::exports::http::handler::Guest;
use wasip3::http::types::{ErrorCode, HeaderError, Request, Response};
use wasip3::wit_future;

/// The crate has no world with a next hop; its types are those of our package.
mod bindings {
    wasip3::wit_bindgen::generate!({
        inline: "
            package foreign:proxy;

            world next-hop {
                import wasi:http/origin@0.3.1002;
            }
        ",
        path: "wit",
        runtime_path: "wasip3::wit_bindgen::rt",
        with: {
            "wasi:clocks/types@0.3.2": wasip3::clocks::types,
            "wasi:http/origin@0.3.1002": generate,
            "wasi:http/types@0.3.1002": wasip3::http::types,
        },
    });
}

struct Proxy;

impl Guest for Proxy {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let response = origin::handle(request).await?;
        let status = response.get_status_code();
        let headers = response.get_headers().clone();
        let appended = headers.append("x-proxy", b"wasip3");
        appended.map_err(|error: HeaderError| ErrorCode::InternalError(Some(error.to_string())))?;
        let (_, taken) = wit_future::new(|| Ok(()));
        let (content, trailers) = Response::consume_body(response, taken);
        let (stamped, _) = Response::new(headers, Some(content), trailers);
        let set = stamped.set_status_code(status);
        set.map_err(|()| ErrorCode::HttpProtocolError)?;
        Ok(stamped)
    }
}

wasip3::http::service::export!(Proxy);
