//! A service, made with Spin's SDK: the request path selects the behaviour.

use http_body_util::BodyExt;
use spin_sdk::http::{
    BoxBody, EmptyBody, Error, FullBody, HeaderMap, Request, Response, StatusCode, box_body, send,
};
use spin_sdk::http_service;
use spin_sdk::wasip3::http::types::ErrorCode;

#[http_service]
async fn handle(request: Request) -> Result<Response<BoxBody>, Error> {
    let path = request
        .uri()
        .path_and_query()
        .map_or("*", |path| path.as_str())
        .to_owned();
    let content = match path.as_str() {
        "/fail" => return Err(ErrorCode::DestinationUnavailable.into()),
        "/trap" => panic!("asked for"),
        "/echo" => {
            return Ok(Response::new(
                request.into_body().map_err(Into::into).boxed_unsync(),
            ));
        }
        "/large" => (0..=255).cycle().take(1 << 20).collect(),
        "/headers" => lines(request.headers()),
        "/ask" => ask().await?,
        other => match other.strip_prefix("/status/") {
            Some(status) => {
                let mut response = Response::new(box_body(EmptyBody::new()));
                let status = StatusCode::from_bytes(status.as_bytes());
                *response.status_mut() = status.map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
                return Ok(response);
            }
            None => format!("{} {path}", request.method()).into(),
        },
    };
    Ok(Response::new(box_body(FullBody::new(content.into()))))
}

async fn ask() -> Result<Vec<u8>, Error> {
    let question = Request::get("http://denied.example/").body(EmptyBody::new())?;
    Ok(match send(question).await {
        Ok(_) => "answered".into(),
        Err(ErrorCode::HttpRequestDenied) => "denied".into(),
        Err(code) => format!("{code:?}").into(),
    })
}

fn lines(headers: &HeaderMap) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in headers {
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(value.as_bytes());
        lines.push(b'\n');
    }
    lines
}
