//! A service that misbehaves on request: the path says how.

mod invalid;
mod pieces;
mod service;
use std::convert::Infallible;

use http::StatusCode;
use pieces::Pieces;
use service::bindings::wasi::clocks::monotonic_clock;
use service::runtime::wasi::Fields;
use service::{Body, ErrorCode, Handler, Request, Response};

struct Bad;

impl Handler for Bad {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let path = request.uri().path().to_owned();
        let body = match path.as_str() {
            "/panic" => panic!("as the request wants it"),
            "/loop" => compute(),
            "/hoard" => hoard(),
            "/resources" => keep(),
            "/silent" => match never().await {},
            "/read" => request.into_body().bytes(1000).await?.into(),
            "/unread" => {
                drop(request.into_body());
                "good\n".into()
            }
            "/short" => {
                let mut response = Response::new(Body::new(Pieces::new(1)));
                let length = http::HeaderValue::from_static("1000");
                response.headers_mut().insert("content-length", length);
                return Ok(response);
            }
            "/long" => {
                let mut response = Response::new(Body::new(Pieces::new(100)));
                let length = http::HeaderValue::from_static("7");
                response.headers_mut().insert("content-length", length);
                return Ok(response);
            }
            "/no-content" => {
                let mut response = Response::default();
                let length = http::HeaderValue::from_static("5");
                response.headers_mut().insert("content-length", length);
                *response.status_mut() = StatusCode::NO_CONTENT;
                return Ok(response);
            }
            "/early-hints" => {
                let mut response = Response::new("good\n".into());
                *response.status_mut() = StatusCode::EARLY_HINTS;
                return Ok(response);
            }
            "/invalid" => invalid::all().into(),
            "/lose" => {
                Vec::leak(vec![1_u8; 200_000]);
                "lost\n".into()
            }
            "/leak" => {
                for _ in 0..100 {
                    wit_bindgen::spawn_local(async { match never().await {} });
                }
                "good\n".into()
            }
            "/half" => Body::new(Pieces::new(1).and_then_fails()),
            "/stalls" => Body::new(Pieces::new(1).and_then_waits(never())),
            "/endless" => Body::new(Pieces::new(u32::MAX)),
            "/panics-at-its-end" => {
                Body::new(Pieces::new(10_000).and_then_does(|_| panic!("at its end")))
            }
            "/panics-later" => Body::new(Pieces::new(1).and_then_does(|_| panic!("later"))),
            "/loops-later" => Body::new(Pieces::new(1).and_then_does(|_| compute())),
            _ => "good\n".into(),
        };
        Ok(Response::new(body))
    }
}

/// Waits for what doesn't come.
async fn never() -> Infallible {
    loop {
        monotonic_clock::wait_for(u64::MAX).await;
    }
}

/// Computes without end.
fn compute() -> ! {
    loop {
        std::hint::black_box(());
    }
}

/// Takes memory without end.
fn hoard() -> ! {
    let mut hoard = Vec::new();
    loop {
        hoard.push(std::hint::black_box(vec![1_u8; 1 << 20]));
    }
}

/// Has the host keep things without end.
fn keep() -> ! {
    let mut kept = Vec::new();
    loop {
        kept.push(Fields::new());
    }
}

service::export!(Bad);

#[cfg(test)]
mod tests {
    use super::*;
    use service::testing;

    fn ask(path: &'static str) -> Result<Response, ErrorCode> {
        let mut request = Request::default();
        *request.uri_mut() = http::Uri::from_static(path);
        testing::block_on(Bad::handle(request))
    }

    #[test]
    fn it_answers() {
        let response = ask("/").unwrap();
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "good\n");
    }

    #[test]
    #[should_panic(expected = "as the request wants it")]
    fn it_panics_on_request() {
        let _ = ask("/panic");
    }
}
