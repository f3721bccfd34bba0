//! A proxy that sends a request with a body, waits until its transmission has ended, and answers with how
//! that was: what `request.new` returned besides the request.

mod proxy;
use proxy::bindings::wasi::http::origin;
use proxy::bindings::wasi::http::types::{ErrorCode, Fields, Request, Response};
use proxy::bindings::{exports, wit_future, wit_stream};

struct Outcome;

impl exports::wasi::http::handler::Guest for Outcome {
    async fn handle(asked: Request) -> Result<Response, ErrorCode> {
        let (mut content, reader) = wit_stream::new();
        let (ending, trailers) = wit_future::new(|| Ok(None));
        let headers = Fields::new();
        if asked.get_headers().has("x-short") {
            // The body is shorter than this.
            let length = b"1000".to_vec();
            let _ = headers.append("content-length", &length);
        }
        let (sent, transmitted) = Request::new(headers, Some(reader), trailers, None);
        let post = proxy::bindings::wasi::http::types::Method::Post;
        let (_, _, _) = (
            sent.set_method(&post),
            sent.set_authority(asked.get_authority().as_deref()),
            sent.set_path_with_query(Some("/")),
        );
        wit_bindgen::spawn_local(async move {
            content.write_all(vec![b'a'; 10_000]).await;
            drop(content);
            let _ = ending.write(Ok(None)).await;
        });
        let answered = origin::handle(sent).await;
        let transmitted = transmitted.await;
        let headers = Fields::new();
        let told = |result: Result<(), ErrorCode>| match result {
            Ok(()) => "ok".to_owned(),
            Err(code) => format!("{code:?}"),
        };
        let _ = headers.append("x-answered", told(answered.map(drop)).as_bytes());
        let _ = headers.append("x-transmitted", told(transmitted).as_bytes());
        let (_, trailers) = wit_future::new(|| Ok(None));
        Ok(Response::new(headers, None, trailers).0)
    }
}

#[cfg(target_arch = "wasm32")]
proxy::bindings::export!(Outcome with_types_in proxy::bindings);
