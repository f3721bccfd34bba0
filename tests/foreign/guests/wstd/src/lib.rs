//! A service of WASI 0.2, made with wstd: the request path selects the behaviour.

use wstd::http::{Body, Client, Error, HeaderMap, Request, Response, StatusCode};

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    let path = request.uri().path_and_query().map_or("*", |path| path.as_str()).to_owned();
    let mut response = Response::new(Body::empty());
    match path.as_str() {
        "/fail" => return Err(Error::msg("asked for")),
        "/trap" => panic!("asked for"),
        "/echo" => *response.body_mut() = request.into_body(),
        "/large" => {
            let large: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
            *response.body_mut() = Body::from(large);
        }
        "/headers" => *response.body_mut() = Body::from(lines(request.headers())),
        "/ask" => {
            let question = Request::get("http://denied.example/").body(Body::empty())?;
            let content = match Client::new().send(question).await {
                Ok(_) => "answered".to_owned(),
                Err(error) if format!("{error:?}").contains("HttpRequestDenied") => "denied".to_owned(),
                Err(error) => format!("{error:?}"),
            };
            *response.body_mut() = Body::from(content);
        }
        other => match other.strip_prefix("/status/") {
            Some(status) => *response.status_mut() = StatusCode::from_bytes(status.as_bytes())?,
            None => *response.body_mut() = Body::from(format!("{} {path}", request.method())),
        },
    }
    Ok(response)
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
