//! A service of WASI 0.3, made with the crate `wasip3`: the request path selects the behaviour.

use wasip3::exports::http::handler::Guest;
use wasip3::http::client;
use wasip3::http::types::{ErrorCode, Fields, Method, Request, Response, Scheme};
use wasip3::{wit_bindgen, wit_future, wit_stream};

struct Service;

impl Guest for Service {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let path = request.get_path_with_query().unwrap_or("*".to_owned());
        match path.as_str() {
            "/fail" => Err(ErrorCode::DestinationUnavailable),
            "/trap" => panic!("asked for"),
            "/echo" => Ok(echo(request)),
            "/large" => Ok(respond((0..=255).cycle().take(1 << 20).collect())),
            "/headers" => Ok(respond(lines(request.get_headers()))),
            "/ask" => Ok(respond(ask().await?)),
            other => match other.strip_prefix("/status/") {
                Some(status) => {
                    let response = respond(Vec::new());
                    let status = status
                        .parse()
                        .map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
                    let set = response.set_status_code(status);
                    set.map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
                    Ok(response)
                }
                None => Ok(respond(
                    format!("{} {path}", name(&request.get_method())).into(),
                )),
            },
        }
    }
}

fn echo(request: Request) -> Response {
    let (_, taken) = wit_future::new(|| Ok(()));
    let (content, trailers) = Request::consume_body(request, taken);
    Response::new(Fields::new(), Some(content), trailers).0
}

fn respond(content: Vec<u8>) -> Response {
    let (mut writer, reader) = wit_stream::new();
    let (_, trailers) = wit_future::new(|| Ok(None));
    wit_bindgen::spawn_local(async move {
        writer.write_all(content).await;
    });
    Response::new(Fields::new(), Some(reader), trailers).0
}

async fn ask() -> Result<Vec<u8>, ErrorCode> {
    let (_, trailers) = wit_future::new(|| Ok(None));
    let (question, _) = Request::new(Fields::new(), None, trailers, None);
    let set = question
        .set_scheme(Some(&Scheme::Http))
        .and_then(|()| question.set_authority(Some("denied.example")))
        .and_then(|()| question.set_path_with_query(Some("/")));
    set.map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
    Ok(match client::send(question).await {
        Ok(_) => "answered".into(),
        Err(ErrorCode::HttpRequestDenied) => "denied".into(),
        Err(code) => format!("{code:?}").into(),
    })
}

fn name(method: &Method) -> String {
    match method {
        Method::Other(name) => name.clone(),
        // `Method::Get`, for example.
        other => format!("{other:?}").replace("Method::", "").to_uppercase(),
    }
}

fn lines(headers: Fields) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in headers.copy_all() {
        lines.extend_from_slice(name.as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(&value);
        lines.push(b'\n');
    }
    lines
}

wasip3::http::service::export!(Service);
