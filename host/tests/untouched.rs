//! A body that nobody reads goes through a component without a byte of it being copied.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use pretty_assertions::assert_eq;
use testkit_serve::{builder, content};
use witgen_serve::proxy::{Body, Proxy, Request, Response};

const BODY_BYTES: usize = 10_000_000;

/// The size of the largest frame of a [`Counted`] body.
const MAX_FRAME_BYTES: usize = 64 * 1024;

/// A body of so many bytes that counts how often it is asked for a piece.
struct Counted {
    left: usize,
    reads: Arc<AtomicUsize>,
}

/// A body of [`BODY_BYTES`] bytes, and its count.
fn counted() -> (Body, Arc<AtomicUsize>) {
    let reads = Arc::new(AtomicUsize::new(0));
    let body = Counted {
        left: BODY_BYTES,
        reads: reads.clone(),
    };
    (Body::new(body), reads)
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let size = self.left.min(MAX_FRAME_BYTES);
        self.left -= size;
        Poll::Ready((size > 0).then(|| Ok(Frame::data(vec![b'x'; size].into()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

/// The response to a request of [`BODY_BYTES`] bytes, after time for whatever the component does with it.
async fn response_to(component: &Proxy, body: Body) -> Response {
    let request = Request::new(body);
    let response = component.handle(request).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    response
}

/// Sends a request through a proxy, to an origin that reads its content and answers with as much.
async fn through(name: &str) -> Response {
    let (request, request_reads) = counted();
    let (response, response_reads) = counted();
    let response = Arc::new(std::sync::Mutex::new(Some(response)));
    let origin = move |request: Request| {
        // The component has handed the request over, and nobody has read of it.
        let reads = request_reads.load(Ordering::SeqCst);
        assert_eq!(reads, 0, "the component read the request");
        let response = response.lock().unwrap().take().expect("one request");
        async move {
            let content = request.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(content.len(), BODY_BYTES);
            Ok(Response::new(response))
        }
    };
    let proxy = builder(name).origin(origin).build().unwrap();
    let response = response_to(&proxy, request).await;
    let reads = response_reads.load(Ordering::SeqCst);
    assert_eq!(reads, 0, "{name} read the response");
    response
}

#[tokio::test]
async fn pass_copies_nothing_in_either_direction() {
    for name in ["pass", "pass-unread"] {
        let response = through(name).await;
        assert_eq!(content(response).await.len(), BODY_BYTES);
    }
}

#[tokio::test]
async fn stamp_adds_its_field_and_copies_nothing() {
    for name in ["stamp", "stamp-unread"] {
        let response = through(name).await;
        assert_eq!(response.headers()["x-stamp"], "1");
        assert_eq!(content(response).await.len(), BODY_BYTES);
    }
}

#[tokio::test]
async fn echo_hands_the_content_back_and_copies_nothing() {
    let (body, reads) = counted();
    let echo = builder("echo").build().unwrap();
    let response = response_to(&echo, body).await;
    assert_eq!(reads.load(Ordering::SeqCst), 0, "echo read the request");
    assert_eq!(content(response).await.len(), BODY_BYTES);
}

/// The other side: a component that reads is seen to do so.
#[tokio::test]
async fn what_a_component_reads_is_counted() {
    let (body, reads) = counted();
    let length = builder("length").build().unwrap();
    let response = response_to(&length, body).await;
    let reads = reads.load(Ordering::SeqCst);
    assert!(reads > BODY_BYTES / MAX_FRAME_BYTES, "{reads} reads");
    assert_eq!(content(response).await, format!("{BODY_BYTES}\n"));
}

#[tokio::test]
async fn a_head_that_was_changed_goes_with_a_body_that_was_not_read() {
    let (body, reads) = counted();
    let origin = |request: Request| async move {
        assert_eq!(request.uri(), "http://example.com/inside?q");
        assert_eq!(request.method(), http::Method::PUT);
        assert_eq!(request.headers()["x-rewritten"], "down");
        assert_eq!(request.headers()["x-other"], "stays");
        let mut response = Response::new(request.into_body());
        *response.status_mut() = http::StatusCode::CREATED;
        Ok(response)
    };
    let rewrite = builder("rewrite").origin(origin).build().unwrap();
    let mut request = Request::new(body);
    *request.method_mut() = http::Method::PUT;
    *request.uri_mut() = "http://example.com/outside/inside?q".parse().unwrap();
    for (name, value) in [("x-keep-bodies", "1"), ("x-other", "stays")] {
        let value = http::HeaderValue::from_static(value);
        request.headers_mut().insert(name, value);
    }
    let response = rewrite.handle(request).await.unwrap();
    assert_eq!(reads.load(Ordering::SeqCst), 0);
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["x-rewritten"], "up");
    assert_eq!(content(response).await.len(), BODY_BYTES);
}
