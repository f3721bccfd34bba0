//! A service of WASI 0.3: the request path selects the behaviour. Built for `wasm32-wasip2`, whose standard library imports WASI 0.2,
//! and for `wasm32-unknown-unknown`, whose standard library imports nothing.

mod service;
use service::{Body, ErrorCode, Handler, Request, Response, client};

struct Service;

impl Handler for Service {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let path = request.uri().path_and_query().map_or("*", |path| path.as_str()).to_owned();
        println!("{} {path}", request.method());
        let mut response = Response::new(Body::empty());
        match path.as_str() {
            "/fail" => return Err(ErrorCode::DestinationUnavailable),
            "/trap" => panic!("asked for"),
            "/echo" => *response.body_mut() = request.into_body(),
            "/large" => {
                let large: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
                *response.body_mut() = large.into();
            }
            "/headers" => *response.body_mut() = lines(request.headers()).into(),
            "/ask" => {
                let mut question = Request::new(Body::empty());
                *question.uri_mut() = http::Uri::from_static("http://denied.example/");
                *response.body_mut() = match client::send(question).await {
                    Ok(_) => "answered".into(),
                    Err(ErrorCode::HttpRequestDenied) => "denied".into(),
                    Err(code) => format!("{code:?}").into(),
                };
            }
            other => match other.strip_prefix("/status/") {
                Some(status) => {
                    let status = http::StatusCode::from_bytes(status.as_bytes());
                    *response.status_mut() = status.map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
                }
                None => *response.body_mut() = format!("{} {path}", request.method()).into(),
            },
        }
        Ok(response)
    }
}

fn lines(headers: &http::HeaderMap) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in headers {
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(value.as_bytes());
        lines.push(b'\n');
    }
    lines
}

service::export!(Service);
