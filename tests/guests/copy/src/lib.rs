//! A proxy that sends a new request instead of the one that it received, part by part, as proxies of other toolchains do.

mod proxy;
use proxy::bindings::wasi::http::origin;
use proxy::bindings::wasi::http::types::{ErrorCode, Request, Response};
use proxy::bindings::{exports, wit_future};

struct Copy;

impl exports::wasi::http::handler::Guest for Copy {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let method = request.get_method();
        let scheme = request.get_scheme();
        let authority = request.get_authority();
        let path = request.get_path_with_query();
        let (headers, options) = (request.get_headers().clone(), request.get_options());
        let (_, taken) = wit_future::new(|| Ok(()));
        let (content, trailers) = Request::consume_body(request, taken);
        let (copy, _) = Request::new(headers, Some(content), trailers, options);
        copy.set_method(&method).expect("a method");
        copy.set_scheme(scheme.as_ref()).expect("a scheme");
        copy.set_authority(authority.as_deref())
            .expect("an authority");
        copy.set_path_with_query(path.as_deref()).expect("a path");
        origin::handle(copy).await
    }
}

#[cfg(target_arch = "wasm32")]
proxy::bindings::export!(Copy with_types_in proxy::bindings);
