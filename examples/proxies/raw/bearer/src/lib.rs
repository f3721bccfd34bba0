//! The same as `bearer`, written by hand on the bindings alone.

mod proxy;
use proxy::bindings::wasi::http::origin;
use proxy::bindings::wasi::http::types::{ErrorCode, Fields, Request, Response};
use proxy::bindings::{exports, wit_future, wit_stream};

const REFUSAL: &[u8] = b"token required\n";

struct Bearer;

impl exports::wasi::http::handler::Guest for Bearer {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let token = std::env::var("TOKEN").ok();
        let token = token.filter(|token| !token.is_empty());
        let expected = token.map(|token| format!("Bearer {token}").into_bytes());
        let given = request.get_headers().get("authorization");
        if expected.is_some_and(|expected| given.first() == Some(&expected)) {
            return origin::handle(request).await;
        }
        let fields = [
            ("www-authenticate".to_owned(), b"Bearer".to_vec()),
            (
                "content-length".to_owned(),
                REFUSAL.len().to_string().into_bytes(),
            ),
        ];
        let Ok(headers) = Fields::from_list(&fields) else {
            return Err(ErrorCode::HttpResponseHeaderSectionSize(None));
        };
        let (mut content, reader) = wit_stream::new();
        wit_bindgen::spawn_local(async move {
            content.write_all(REFUSAL.to_vec()).await;
        });
        let (_, trailers) = wit_future::new(|| Ok(None));
        let (response, _) = Response::new(headers, Some(reader), trailers);
        match response.set_status_code(401) {
            Ok(()) => Ok(response),
            Err(()) => Err(ErrorCode::HttpProtocolError),
        }
    }
}

#[cfg(target_arch = "wasm32")]
proxy::bindings::export!(Bearer with_types_in proxy::bindings);
