//! A body that nobody reads goes through a component without a byte of it being copied.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::BodyExt as _;
use pretty_assertions::assert_eq;
use witgen_running::{Answer, Counted, NextHop, Reads, answer};

#[path = "../../support/guests.rs"]
mod guests;
#[path = "../../support/toolchain.rs"]
mod toolchain;

const SIZE: usize = 10_000_000;

fn component(name: &str) -> Vec<u8> {
    let module = std::fs::read(guests::core_module(name)).unwrap();
    witgen::component::encode(&module, &[]).unwrap()
}

/// A next hop that reads the request's content to the end, and answers with `SIZE` bytes.
fn origin(request_reads: &Reads) -> (NextHop, Reads, Arc<AtomicUsize>) {
    let (body, response_reads) = Counted::new(SIZE);
    let body = std::sync::Mutex::new(Some(body));
    let received = Arc::new(AtomicUsize::new(0));
    let (count, request_reads) = (received.clone(), request_reads.clone());
    let origin: NextHop = Arc::new(move |request| {
        // The component has handed the request over, and nobody has read of it.
        assert_eq!(request_reads.count(), 0, "the component read the request");
        let body = body.lock().unwrap().take().expect("one request");
        let count = count.clone();
        Box::pin(async move {
            let content = request.into_body().collect().await.unwrap().to_bytes();
            count.store(content.len(), Ordering::SeqCst);
            http::Response::new(body)
        })
    });
    (origin, response_reads, received)
}

async fn through(name: &str) -> Answer {
    let (body, request_reads) = Counted::new(SIZE);
    let (origin, response_reads, received) = origin(&request_reads);
    let request = http::Request::post("http://example.com/")
        .body(body)
        .unwrap();
    let answer = answer(&component(name), origin, request, || {
        assert_eq!(response_reads.count(), 0, "{name} read the response");
    })
    .await
    .unwrap();
    assert_eq!(
        received.load(Ordering::SeqCst),
        SIZE,
        "the request's content"
    );
    answer
}

#[tokio::test]
async fn pass_copies_nothing_in_either_direction() {
    let answer = through("pass").await;
    assert_eq!(answer.content.len(), SIZE);
}

#[tokio::test]
async fn stamp_adds_its_field_and_copies_nothing() {
    let answer = through("stamp").await;
    assert_eq!(answer.content.len(), SIZE);
    assert_eq!(answer.parts.headers["x-stamp"], "1");
}

#[tokio::test]
async fn echo_hands_the_content_back_and_copies_nothing() {
    let (body, reads) = Counted::new(SIZE);
    let request = http::Request::post("http://example.com/")
        .body(body)
        .unwrap();
    let origin: NextHop = Arc::new(|_| unreachable!("a service has no next hop"));
    let answer = answer(&component("echo"), origin, request, || {
        assert_eq!(reads.count(), 0, "echo read the request");
    })
    .await
    .unwrap();
    assert_eq!(answer.content.len(), SIZE);
}

/// The other side: a component that reads is seen to do so.
#[tokio::test]
async fn what_a_component_reads_is_counted() {
    let (body, reads) = Counted::new(SIZE);
    let request = http::Request::post("http://example.com/")
        .body(body)
        .unwrap();
    let origin: NextHop = Arc::new(|_| unreachable!("a service has no next hop"));
    let answer = answer(&component("length"), origin, request, || {
        assert!(reads.count() > SIZE / 65_536, "{} reads", reads.count());
    })
    .await
    .unwrap();
    assert_eq!(answer.content, format!("{SIZE}\n"));
}
