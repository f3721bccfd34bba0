//! Components of WASI 0.2, and of 0.3 that import 0.2 beside it, run by the host glue.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use http_body::Frame;
use http_body_util::BodyExt as _;
use pretty_assertions::assert_eq;
use testkit_serve::text;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use wasmtime_wasi::WasiCtx;
use witgen_serve::proxy::{Body, Builder, ErrorCode, Limits, Proxy, Request, Response, upstream};

fn request(path: &str, body: Body) -> Request {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = format!("http://example.com{path}").parse().unwrap();
    request
}

fn get(path: &str) -> Request {
    let mut request = request(path, Body::empty());
    *request.method_mut() = Method::GET;
    request
}

/// A builder of a guest, and the failures of its instances.
fn builder(name: &str) -> (Builder<'static>, Arc<Mutex<Vec<String>>>) {
    let failures = Arc::new(Mutex::new(Vec::new()));
    let record = failures.clone();
    let builder = testkit_serve::builder(name)
        .on_failure(move |error| record.lock().unwrap().push(format!("{error:#}")));
    (builder, failures)
}

fn legacy() -> Proxy {
    builder("legacy").0.build().unwrap()
}

#[tokio::test]
async fn a_service_of_wasi_0_2_responds() {
    let response = legacy().handle(get("/a?b")).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(text(response.into_body()).await, "legacy\n");
    let mut head = get("/head");
    head.headers_mut().insert("x-a", HeaderValue::from_static("1"));
    head.headers_mut().insert("connection", HeaderValue::from_static("x-b"));
    head.headers_mut().insert("x-b", HeaderValue::from_static("2"));
    let response = legacy().handle(head).await.unwrap();
    assert_eq!(
        text(response.into_body()).await,
        r#"Method::Get Some(Scheme::Http) Some("example.com") x-a"#
    );
    // HTTP/1.0 may leave out the authority.
    let mut without = get("/head");
    *without.uri_mut() = "/head".parse().unwrap();
    let response = legacy().handle(without).await.unwrap();
    assert_eq!(
        text(response.into_body()).await,
        r#"Method::Get Some(Scheme::Http) Some("localhost") "#
    );
}

#[tokio::test]
async fn bodies_and_trailers_are_streamed() {
    let (frames, body) = mpsc::channel::<Result<_, ErrorCode>>(1);
    let body = Body::new(http_body_util::StreamBody::new(ReceiverStream::new(body)));
    let mut response = legacy().handle(request("/echo", body)).await.unwrap();
    // Each piece comes back before the next one is sent.
    for piece in ["first", "second"] {
        frames.send(Ok(Frame::data(Bytes::from(piece)))).await.unwrap();
        let frame = response.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), piece);
    }
    let trailers = HeaderMap::from_iter([(
        http::HeaderName::from_static("x-end"),
        HeaderValue::from_static("1"),
    )]);
    frames.send(Ok(Frame::trailers(trailers.clone()))).await.unwrap();
    drop(frames);
    let rest = response.into_body().collect().await.unwrap();
    assert_eq!(rest.trailers(), Some(&trailers));
    assert_eq!(rest.to_bytes(), "");
}

#[tokio::test]
async fn an_unread_response_applies_backpressure_to_its_request() {
    let (frames, body) = mpsc::channel::<Result<_, ErrorCode>>(1);
    let body = Body::new(http_body_util::StreamBody::new(ReceiverStream::new(body)));
    let response = legacy().handle(request("/echo", body)).await.unwrap();
    let mut sent = 0;
    let piece = Bytes::from(vec![b'a'; 64 << 10]);
    while let Ok(Ok(())) = tokio::time::timeout(
        Duration::from_millis(500),
        frames.send(Ok(Frame::data(piece.clone()))),
    )
    .await
    {
        sent += 1;
        assert!(sent < 100, "everything is taken");
    }
    drop(frames);
    let content = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(content.len(), sent * piece.len());
}

#[tokio::test]
async fn a_body_may_take_longer_than_the_response_timeout() {
    let limits = Limits {
        response: Duration::from_millis(500),
        ..Limits::default()
    };
    let proxy = builder("legacy").0.limits(limits).build().unwrap();
    let (frames, body) = mpsc::channel::<Result<_, ErrorCode>>(1);
    let body = Body::new(http_body_util::StreamBody::new(ReceiverStream::new(body)));
    let mut response = proxy.handle(request("/echo", body)).await.unwrap();
    // A request may go on for a second after its timeout.
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(600)).await;
        frames.send(Ok(Frame::data(Bytes::from("piece")))).await.unwrap();
        let frame = response.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "piece");
    }
    drop(frames);
    assert!(response.frame().await.is_none());
}

#[tokio::test]
async fn failures_are_errors_and_end_only_their_request() {
    let (builder, failures) = builder("legacy");
    let limits = Limits {
        cpu: Duration::from_millis(200),
        ..Limits::default()
    };
    let proxy = builder.limits(limits).build().unwrap();
    let ended = r#"ErrorCode::InternalError(Some("the component ended without a response"))"#;
    for (path, expected) in [
        ("/fail", "ErrorCode::DestinationUnavailable"),
        ("/trap", ended),
        ("/exit", ended),
        ("/compute", ended),
        ("/nothing", ended),
    ] {
        let error = proxy.handle(get(path)).await.unwrap_err();
        assert_eq!(format!("{error:?}"), expected, "{path}");
        let next = proxy.handle(get("/")).await.unwrap();
        assert_eq!(text(next.into_body()).await, "legacy\n", "after {path}");
    }
    let failures = failures.lock().unwrap().join("\n");
    for part in ["unreachable", "exit status 1", "has computed for 200ms"] {
        assert!(failures.contains(part), "{failures}");
    }
}

#[tokio::test]
async fn requests_of_wasi_0_2_go_to_the_client() {
    for (name, expected) in [
        ("legacy", "POST http://auth.example/asked question"),
        ("beside", ""),
    ] {
        let seen = Arc::new(Mutex::new(String::new()));
        let record = seen.clone();
        let (builder, _) = builder(name);
        let proxy = builder
            .client(move |request: Request| {
                let record = record.clone();
                async move {
                    let line = format!("{} {} ", request.method(), request.uri());
                    let content = text(request.into_body()).await;
                    *record.lock().unwrap() = line + &content;
                    Ok(Response::new("answer".into()))
                }
            })
            .origin(upstream(|_| async {
                Ok::<Response, _>(Response::new("origin".into()))
            }))
            .build()
            .unwrap();
        let mut ask = get("/ask");
        ask.headers_mut()
            .insert("x-authority", HeaderValue::from_static("auth.example"));
        let response = proxy.handle(ask).await.unwrap();
        let content = text(response.into_body()).await;
        let seen = seen.lock().unwrap().clone();
        if name == "legacy" {
            assert_eq!((content.as_str(), seen.as_str()), ("200 answer", expected));
        } else {
            assert_eq!(
                (content.as_str(), seen.as_str()),
                ("200", "GET http://auth.example/beside ")
            );
        }
    }
}

#[tokio::test]
async fn side_calls_of_wasi_0_2_are_denied_by_default() {
    let mut ask = get("/ask");
    ask.headers_mut()
        .insert("x-authority", HeaderValue::from_static("auth.example"));
    let error = legacy().handle(ask).await.unwrap_err();
    assert!(matches!(error, ErrorCode::HttpRequestDenied), "{error:?}");
}

#[tokio::test]
async fn a_component_of_0_3_has_wasi_0_2_beside_it() {
    let (builder, _) = builder("beside");
    let proxy = builder
        .wasi(|_| WasiCtx::builder().env("LEVEL", "debug").build())
        .origin(|_: Request| async { Ok(Response::new("origin".into())) })
        .build()
        .unwrap();
    let response = proxy.handle(get("/")).await.unwrap();
    assert_eq!(response.headers()["x-level"], "debug");
    assert_eq!(text(response.into_body()).await, "origin");
}

#[tokio::test]
async fn no_directory_is_preopened() {
    let response = legacy().handle(get("/files")).await.unwrap();
    assert_eq!(text(response.into_body()).await, "0");
}
