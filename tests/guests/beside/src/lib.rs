//! A proxy of WASI 0.3 that also imports WASI 0.2, as those of most toolchains do: it prints, reads its environment, and makes
//! side calls.

mod proxy;
use proxy::{Body, ErrorCode, Handler, Request, Response, origin};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{Fields, OutgoingBody, OutgoingRequest, Scheme};

struct Beside;

impl Handler for Beside {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let line = b"printed beside\n";
        let _ = wasip2::cli::stderr::get_stderr().blocking_write_and_flush(line);
        let variables = wasip2::cli::environment::get_environment();
        let level = variables.into_iter().find(|(name, _)| name == "LEVEL");
        let level = level.map_or_else(|| "none".to_owned(), |(_, level)| level);
        let mut response = match request.headers().get("x-authority") {
            Some(authority) => Response::new(Body::from(ask(authority.to_str().unwrap()))),
            None => origin::handle(request).await?,
        };
        let headers = response.headers_mut();
        headers.insert("x-level", level.parse().unwrap());
        Ok(response)
    }
}

/// Sends a request as components of WASI 0.2 do, and returns the status or the error.
fn ask(authority: &str) -> String {
    let question = OutgoingRequest::new(Fields::new());
    question.set_scheme(Some(&Scheme::Http)).unwrap();
    question.set_authority(Some(authority)).unwrap();
    question.set_path_with_query(Some("/beside")).unwrap();
    let body = question.body().unwrap();
    let _ = OutgoingBody::finish(body, None);
    let response = match outgoing_handler::handle(question, None) {
        Ok(response) => response,
        Err(code) => return format!("{code:?}"),
    };
    response.subscribe().block();
    match response.get().unwrap().unwrap() {
        Ok(response) => response.status().to_string(),
        Err(code) => format!("{code:?}"),
    }
}

proxy::export!(Beside);
