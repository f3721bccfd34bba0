//! Many requests, large ones and slow ones.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use pretty_assertions::assert_eq;
use testkit_serve::{builder, content};
use tokio_stream::wrappers::ReceiverStream;
use witgen_serve::proxy::{Body, ErrorCode, Limits, Request, Response};

fn post(uri: &str, body: impl Into<Body>) -> Request {
    let mut request = Request::new(body.into());
    *request.uri_mut() = uri.parse().unwrap();
    *request.method_mut() = http::Method::POST;
    request
}

#[tokio::test]
async fn a_reader_that_waits_holds_the_writer_up() {
    let echo = builder("echo").build().unwrap();
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let (pieces, frames) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        let piece = Bytes::from(vec![b'a'; 64 << 10]);
        for _ in 0..1000 {
            let frame = Ok::<_, Infallible>(Frame::data(piece.clone()));
            if pieces.send(frame).await.is_err() {
                return;
            }
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let body = Body::new(StreamBody::new(ReceiverStream::new(frames)));
    let response = echo.handle(post("http://example.com/", body)).await.unwrap();
    let mut body = response.into_body();
    for _ in 0..10 {
        body.frame().await.unwrap().unwrap();
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let waiting = made.load(Ordering::Relaxed);
    assert!(
        waiting < 100,
        "{waiting} pieces were made for a reader that waits"
    );
    while let Some(frame) = body.frame().await {
        frame.unwrap();
    }
    assert_eq!(made.load(Ordering::Relaxed), 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_at_once_share_few_instances() {
    let instances = Arc::new(AtomicUsize::new(0));
    let made = instances.clone();
    let stamp = builder("stamp")
        .origin(|_: Request| async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok(Response::new("answer".into()))
        })
        .extensions(move || {
            made.fetch_add(1, Ordering::Relaxed);
            http::Extensions::new()
        })
        .build()
        .unwrap();
    let mut requests = Vec::new();
    for n in 0..1000 {
        let stamp = stamp.clone();
        let request = async move { stamp.handle(post("http://example.com/", "")).await };
        requests.push(tokio::spawn(request));
        // An instance takes another request when it has to wait for what the others asked for; those that
        // come in one burst find none that does.
        if n % 10 == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    for request in requests {
        let response = request.await.unwrap().unwrap();
        assert_eq!(response.headers()["x-stamp"], "1");
        assert_eq!(content(response).await, "answer");
    }
    let instances = instances.load(Ordering::Relaxed);
    // 16 in each at a time, and some that were begun while others were busy.
    assert!((63..=500).contains(&instances), "{instances} instances");
}

#[tokio::test]
async fn many_fields_and_long_ones_go_through_where_the_limit_allows_them() {
    let mirror = |request: Request| async move {
        let mut response = Response::default();
        *response.headers_mut() = request.headers().clone();
        Ok(response)
    };
    let request = || {
        let mut request = post("http://example.com/", "");
        for n in 0..10_000 {
            let name = http::HeaderName::try_from(format!("x-{n}")).unwrap();
            request.headers_mut().insert(name, http::HeaderValue::from(n));
        }
        request
    };
    let limits = Limits {
        fields: 4 << 20,
        ..Limits::default()
    };
    let wide = builder("stamp").origin(mirror).limits(limits).build().unwrap();
    let response = wide.handle(request()).await.unwrap();
    assert_eq!(response.headers().len(), 10_001);
    assert_eq!(response.headers()["x-9999"], "9999");

    let narrow = builder("stamp").origin(mirror).build().unwrap();
    let code = narrow.handle(request()).await.unwrap_err();
    let is_refusal = matches!(
        code,
        ErrorCode::HttpResponseHeaderSectionSize(_) | ErrorCode::HttpRequestHeaderSectionSize(_)
    );
    assert!(is_refusal, "{code}");

    let mut long = post("http://example.com/", "");
    let value = http::HeaderValue::try_from("v".repeat(64 << 10)).unwrap();
    long.headers_mut().insert("X-Long", value.clone());
    let response = narrow.handle(long).await.unwrap();
    assert_eq!(response.headers()["x-lOnG"], value);
}

/// An origin that fails at a stage.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Head,
    Body,
    Trailers,
}

#[tokio::test]
async fn an_origin_that_fails_at_any_stage_or_stalls_there_is_seen_so() {
    let limits = Limits {
        response: Duration::from_secs(1),
        post_response: Duration::from_secs(1),
        ..Limits::default()
    };
    for guest in ["pass", "stamp", "rewrite"] {
        for stage in [Stage::Head, Stage::Body, Stage::Trailers] {
            for stalls in [false, true] {
                let origin = move |_: Request| async move {
                    if matches!(stage, Stage::Head) {
                        if stalls {
                            std::future::pending::<()>().await;
                        }
                        return Err(ErrorCode::ConnectionRefused);
                    }
                    let (pieces, frames) = tokio::sync::mpsc::channel(4);
                    let piece = Frame::data(Bytes::from_static(b"piece"));
                    pieces.send(Ok(piece)).await.unwrap();
                    if stalls {
                        // It is neither written to nor closed.
                        tokio::spawn(async move {
                            tokio::time::sleep(Duration::from_secs(20)).await;
                            drop(pieces);
                        });
                    } else {
                        pieces.send(Err(ErrorCode::ConnectionTerminated)).await.unwrap();
                    }
                    let body = Body::new(StreamBody::new(ReceiverStream::new(frames)));
                    let mut response = Response::new(body);
                    if matches!(stage, Stage::Trailers) {
                        let length = http::HeaderValue::from_static("5");
                        response.headers_mut().insert("content-length", length);
                    }
                    Ok(response)
                };
                let what = format!("{guest}, {stage:?}, stalls: {stalls}");
                let proxy = builder(guest)
                    .origin(origin)
                    .limits(limits)
                    .on_failure(|_| {})
                    .build()
                    .unwrap();
                let begin = Instant::now();
                let answer = proxy.handle(post("http://example.com/", "")).await;
                match (stage, answer) {
                    (Stage::Head, Err(ErrorCode::ConnectionRefused)) if !stalls => {}
                    (Stage::Head, Err(ErrorCode::HttpResponseTimeout)) if stalls => {}
                    (Stage::Body | Stage::Trailers, Ok(response)) => {
                        let read = response.into_body().collect();
                        let end = tokio::time::timeout(Duration::from_millis(2500), read).await;
                        // One that hands on what it hasn't read is out of it; its host waits.
                        match end {
                            Ok(Err(_)) => {}
                            Err(_) if stalls && guest != "rewrite" => {}
                            Ok(Ok(_)) if matches!(stage, Stage::Trailers) => {}
                            other => panic!("{what}: {:?}", other.map(|end| end.is_ok())),
                        }
                    }
                    (_, answer) => panic!("{what}: {answer:?}"),
                }
                assert!(begin.elapsed() < Duration::from_secs(10), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_was_handed_on_is_whole_whatever_becomes_of_who_did() {
    let origin = |request: Request| async move {
        if request.uri().path() == "/silent" {
            std::future::pending::<()>().await;
        }
        let (pieces, frames) = tokio::sync::mpsc::channel(1);
        tokio::spawn(async move {
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                let piece = Frame::data(Bytes::from_static(b"piece"));
                if pieces.send(Ok::<_, ErrorCode>(piece)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(Body::new(StreamBody::new(
            ReceiverStream::new(frames),
        ))))
    };
    let limits = Limits {
        response: Duration::from_millis(500),
        post_response: Duration::from_millis(100),
        ..Limits::default()
    };
    let pass = builder("pass")
        .origin(origin)
        .limits(limits)
        .on_failure(|_| {})
        .build()
        .unwrap();
    let response = pass.handle(post("http://example.com/", "")).await.unwrap();
    let silent = pass.handle(post("http://example.com/silent", "")).await;
    assert!(silent.is_err());
    let content = content(response).await;
    assert_eq!(content.len(), 50);
}

#[tokio::test]
async fn an_instance_has_only_so_many_calls_at_a_time() {
    let limits = Limits {
        calls: 3,
        ..Limits::default()
    };
    let client = |_: Request| async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(Response::new("answer".into()))
    };
    let fanout = builder("fanout")
        .origin(|_: Request| async { Ok(Response::default()) })
        .client(client)
        .limits(limits)
        .build()
        .unwrap();
    let ask = async |hosts: &str| {
        let mut request = post("http://example.com/", "");
        let hosts = http::HeaderValue::try_from(hosts).unwrap();
        request.headers_mut().insert("x-ask", hosts);
        let answers = content(fanout.handle(request).await.unwrap()).await;
        let answers = String::from_utf8(answers.into()).unwrap();
        answers.lines().filter(|line| *line == "answer").count()
    };
    assert_eq!(ask("a,b,c").await, 3);
    assert_eq!(ask("a,b,c,d,e").await, 3);
    // What was answered makes room.
    assert_eq!(ask("a,b,c").await, 3);
}
