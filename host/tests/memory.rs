//! What large requests take, and what is left of many. One test, which has the process to itself.
#![cfg(target_os = "linux")]

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use pretty_assertions::assert_eq;
use testkit_serve::{builder, content};
use witgen_serve::proxy::{Body, ErrorCode, Limits, Proxy, Request, Response};

fn post(uri: &str, body: impl Into<Body>) -> Request {
    let mut request = Request::new(body.into());
    *request.uri_mut() = uri.parse().unwrap();
    *request.method_mut() = http::Method::POST;
    request
}

/// How many megabytes go through; more in the tests at length.
fn megabytes() -> usize {
    std::env::var("WITGEN_MEGABYTES").map_or(64, |count| count.parse().unwrap())
}

/// How many requests are made one after another; more in the tests at length.
fn requests() -> usize {
    std::env::var("WITGEN_REQUESTS").map_or(2000, |count| count.parse().unwrap())
}

/// What this process has in memory, in megabytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kilobytes.unwrap() / 1024
}

/// What this process has open.
fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// A body of so many megabytes, made as it is read.
struct Megabytes(usize);

impl http_body::Body for Megabytes {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static MEGABYTE: [u8; 1 << 20] = [b'a'; 1 << 20];
        if self.0 == 0 {
            return Poll::Ready(None);
        }
        self.0 -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&MEGABYTE)))))
    }
}

/// Reads a body, and looks at the memory meanwhile: its length, and the most that there was.
async fn drain(response: Response, most: &mut usize) -> usize {
    let mut body = response.into_body();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame.unwrap().into_data().map_or(0, |data| data.len());
        *most = (*most).max(resident());
    }
    length
}

/// Large bodies, both ways at the same time.
async fn large_bodies() {
    // Handed on unread, and every byte of it changed.
    for name in ["echo", "rewrite"] {
        let handler = builder(name)
            .origin(|request: Request| async { Ok(Response::new(request.into_body())) })
            .build()
            .unwrap();
        let warm = handler.handle(post("http://example.com/", "warm")).await.unwrap();
        content(warm).await;
        let before = resident();
        let mut most = before;
        let request = post("http://example.com/", Body::new(Megabytes(megabytes())));
        let response = handler.handle(request).await.unwrap();
        assert_eq!(
            drain(response, &mut most).await,
            megabytes() << 20,
            "{name}"
        );
        assert!(
            most - before < 48,
            "{name}: {before} MB, and then {most} MB"
        );
    }
}

/// Handles one request after another, of all kinds.
async fn soak(good: &Proxy, bad: &Proxy, count: usize) {
    for n in 0..count {
        let response = good.handle(post("http://example.com/", "question")).await.unwrap();
        assert_eq!(content(response).await, "question");
        if n % 50 == 0 {
            let code = bad.handle(post("http://example.com/panic", "")).await.unwrap_err();
            assert!(matches!(code, ErrorCode::InternalError(_)), "{code}");
            drop(bad.handle(post("http://example.com/endless", "")).await.unwrap());
        }
    }
}

/// Many requests, some of which end badly.
async fn many_requests() {
    let limits = Limits {
        post_response: Duration::from_millis(100),
        ..Limits::default()
    };
    let good = builder("echo").build().unwrap();
    let bad = builder("bad").limits(limits).on_failure(|_| {}).build().unwrap();
    // What is made once is made.
    soak(&good, &bad, requests() / 4).await;
    let (memory, files) = (resident(), open_files());
    soak(&good, &bad, requests()).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(
        resident() < memory + 24,
        "{memory} MB, and then {} MB",
        resident()
    );
    assert_eq!(open_files(), files);
}

#[tokio::test]
async fn large_bodies_take_little_memory_and_many_requests_leave_nothing() {
    large_bodies().await;
    many_requests().await;
}
