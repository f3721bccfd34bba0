//! What goes wrong at the network: clients that go away, origins that fail, readers that wait, components that
//! misbehave; over HTTP/1.1 and over HTTP/2, with TLS between all.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderValue};
use http::{Method, Version};
use http_body::Frame;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use pretty_assertions::assert_eq;
use testkit_serve::builder;
use testkit_serve::network::{Network, scripted, to};
use testkit_serve::over_both;
use testkit_serve::watched::Watched;
use witgen_serve::proxy::{Body, ErrorCode, Limits, Reuse};

over_both! {
    a_client_that_goes_away_leaves_nothing
    an_origin_that_fails_is_seen_to_fail
    a_reader_that_waits_holds_the_writer_up
    the_bad_cost_nobody_but_themselves
    what_was_written_before_a_failure_is_delivered
    lengths_that_are_not_kept_are_seen
    lengths_that_are_stated_twice_are_refused
    what_is_no_response_is_a_bad_gateway
    what_is_no_message_is_not_made
    a_host_that_differs_from_the_authority
    a_server_that_ends_cuts_its_connections_off
}

/// How much longer than its limit anything may take on a slow machine.
const MAX_DELAY: Duration = Duration::from_secs(8);

fn limits() -> Limits {
    Limits {
        memory: 32 << 20,
        response: Duration::from_secs(1),
        post_response: Duration::from_millis(700),
        ..Limits::default()
    }
}

/// When a client goes away, or an origin fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Request,
    Head,
    Body,
    Trailers,
}

const STAGES: [Stage; 4] = [Stage::Request, Stage::Head, Stage::Body, Stage::Trailers];

async fn a_client_that_goes_away_leaves_nothing(network: Network) {
    for guest in ["pass", "rewrite"] {
        for stage in STAGES {
            let what = format!("{guest}, {stage:?}");
            // Held by whatever of the origin is at work.
            let work = Arc::new(());
            let at_work = Arc::downgrade(&work);
            let origin = network.origin(move |request: http::Request<Incoming>| {
                let work = at_work.upgrade();
                async move {
                    if stage == Stage::Request {
                        let _ = request.into_body().collect().await;
                        drop(work);
                        return Err(io::Error::other("it was cut"));
                    }
                    if stage == Stage::Head {
                        std::future::pending::<()>().await;
                    }
                    let (pieces, body) = scripted();
                    tokio::spawn(async move {
                        let _work = work;
                        let piece = Bytes::from_static(b"PIECE");
                        while pieces.send(Ok(Frame::data(piece.clone()))).await.is_ok() {
                            if stage == Stage::Trailers {
                                pieces.closed().await;
                            }
                        }
                    });
                    Ok(http::Response::new(body))
                }
            });
            let origin = origin.await;
            let handler = Watched::new(builder(guest).origin(network.upstream()).limits(limits()));
            let served = network.serve(&handler.component).await;
            let mut client = network.client(&served).await;
            let (pieces, body) = scripted();
            let mut request = to(&origin, "/");
            if stage == Stage::Request {
                request = request.map(|_| body);
                *request.method_mut() = Method::POST;
                pieces.send(Ok(Frame::data("BEGIN".into()))).await.unwrap();
            }
            if matches!(stage, Stage::Request | Stage::Head) {
                let mut sent = Box::pin(client.send(request));
                // Until the origin has it.
                let begin = Instant::now();
                while Arc::strong_count(&work) == 1 {
                    let response = tokio::time::timeout(Duration::from_millis(20), &mut sent);
                    assert!(response.await.is_err(), "{what}");
                    assert!(
                        begin.elapsed() < MAX_DELAY,
                        "{what}: the origin isn't asked"
                    );
                }
            } else {
                let mut body = client.send(request).await.unwrap().into_body();
                body.frame().await.unwrap().unwrap();
            }
            drop(client);
            let limits = limits();
            handler.are_gone(limits.response + limits.post_response + MAX_DELAY).await;
            let begin = Instant::now();
            while Arc::strong_count(&work) > 1 {
                assert!(begin.elapsed() < MAX_DELAY, "{what}: the origin is at work");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn an_origin_that_fails_is_seen_to_fail(network: Network) {
    for guest in ["pass", "stamp", "rewrite"] {
        for (stage, stalls) in [
            (Stage::Head, false),
            (Stage::Head, true),
            (Stage::Body, false),
            (Stage::Body, true),
            (Stage::Trailers, false),
        ] {
            let what = format!("{guest}, {stage:?}, stalls: {stalls}");
            let origin = network.origin(move |_: http::Request<Incoming>| async move {
                if stage == Stage::Head {
                    if stalls {
                        std::future::pending::<()>().await;
                    }
                    return Err(io::Error::other("no answer"));
                }
                let (pieces, body) = scripted();
                tokio::spawn(async move {
                    let piece = Frame::data(Bytes::from_static(b"PIECE"));
                    pieces.send(Ok(piece)).await.unwrap();
                    if stalls {
                        pieces.closed().await;
                    }
                    let _ = pieces.send(Err(ErrorCode::ConnectionTerminated)).await;
                });
                let mut response = http::Response::new(body);
                if stage == Stage::Trailers {
                    let names = HeaderValue::from_static("x-sum");
                    response.headers_mut().insert(http::header::TRAILER, names);
                }
                Ok(response)
            });
            let origin = origin.await;
            let component = builder(guest)
                .origin(network.upstream())
                .limits(limits())
                .on_failure(|_| {})
                .build()
                .unwrap();
            let served = network.serve(&component).await;
            let mut client = network.client(&served).await;
            let response = match client.send(to(&origin, "/")).await {
                // The head had not left by then, or not left the origin.
                Ok(response) if stage != Stage::Head && !stalls && response.status() == 502 => {
                    continue;
                }
                Ok(response) => response,
                Err(_) if stage != Stage::Head && !stalls => continue,
                Err(error) => panic!("{what}: {error}"),
            };
            if stage == Stage::Head {
                assert_eq!(response.status(), if stalls { 504 } else { 502 }, "{what}");
                continue;
            }
            assert_eq!(response.status(), 200, "{what}");
            let read = response.into_body().collect();
            match tokio::time::timeout(limits().post_response + MAX_DELAY / 2, read).await {
                Ok(Err(_)) => {}
                // One that hands on what it hasn't read is out of it; its client waits.
                Err(_) if stalls && guest != "rewrite" => {}
                end => panic!("{what}: {:?}", end.map(|end| end.is_ok())),
            }
        }
    }
}

async fn a_reader_that_waits_holds_the_writer_up(network: Network) {
    const CHUNK_BYTES: usize = 64 << 10;
    /// What the parts between may hold: windows of connections and buffers of sockets.
    const MAX_BUFFERED_CHUNKS: usize = (48 << 20) / CHUNK_BYTES;
    for guest in ["pass", "rewrite"] {
        let made = Arc::new(AtomicUsize::new(0));
        let count = made.clone();
        let origin = network.origin(move |request: http::Request<Incoming>| {
            let count = count.clone();
            async move {
                if request.method() == Method::POST {
                    let _body = request.into_body();
                    tokio::time::sleep(Duration::from_secs(30)).await;
                    return Ok(http::Response::new(Body::empty()));
                }
                let (pieces, body) = scripted();
                tokio::spawn(async move {
                    let piece = Bytes::from(vec![b'A'; CHUNK_BYTES]);
                    while pieces.send(Ok(Frame::data(piece.clone()))).await.is_ok() {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                });
                Ok(http::Response::new(body))
            }
        });
        let origin = origin.await;
        let component = builder(guest).origin(network.upstream()).build().unwrap();
        let served = network.serve(&component).await;

        let mut client = network.client(&served).await;
        let response = client.send(to(&origin, "/")).await.unwrap();
        let mut body = response.into_body();
        body.frame().await.unwrap().unwrap();
        wait_until_stable(&made, MAX_BUFFERED_CHUNKS, &format!("{guest}, response")).await;
        drop(client);

        let (pieces, body) = scripted();
        let mut request = to(&origin, "/").map(|_| body);
        *request.method_mut() = Method::POST;
        let sent = Arc::new(AtomicUsize::new(0));
        let count = sent.clone();
        tokio::spawn(async move {
            let piece = Bytes::from(vec![b'A'; CHUNK_BYTES]);
            while pieces.send(Ok(Frame::data(piece.clone()))).await.is_ok() {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut client = network.client(&served).await;
        let asking = tokio::spawn(async move { client.send(request).await });
        wait_until_stable(&sent, MAX_BUFFERED_CHUNKS, &format!("{guest}, request")).await;
        asking.abort();
    }
}

/// Waits until a count no longer rises, and checks that it stays below a limit.
async fn wait_until_stable(count: &AtomicUsize, limit: usize, what: &str) {
    let mut last = usize::MAX;
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = count.load(Ordering::Relaxed);
        assert!(now < limit, "{what}: {now} pieces are under way");
        if now > 0 && now == last {
            return;
        }
        last = now;
    }
}

async fn the_bad_cost_nobody_but_themselves(network: Network) {
    let limits = Limits {
        response: Duration::from_secs(4),
        cpu: Duration::from_secs(1),
        ..limits()
    };
    let alone = Reuse {
        concurrent: 1,
        total: 1,
        ..Reuse::default()
    };
    let bad = Watched::new(builder("bad").limits(limits).reuse(alone));
    let served = Arc::new(network.serve(&bad.component).await);
    let network = Arc::new(network);
    let paths = [
        "/panic", "/loop", "/hoard", "/silent", "/half", "/leak", "/",
    ];
    let mut clients = Vec::new();
    for n in 0..100 {
        let path = if n % 4 == 0 {
            paths[n / 4 % paths.len()]
        } else {
            "/"
        };
        let (network, served) = (network.clone(), served.clone());
        clients.push(tokio::spawn(async move {
            let mut client = network.client(&served).await;
            match client.send(to(&served, path)).await {
                Ok(response) => {
                    let status = response.status().as_u16();
                    let end = response.into_body().collect().await;
                    (path, status, end.map(|end| end.to_bytes()).ok())
                }
                // The head had not left when its body failed.
                Err(_) if path == "/half" => (path, 200, None),
                Err(error) => panic!("{path}: {error}"),
            }
        }));
    }
    for client in clients {
        let (path, status, end) = client.await.unwrap();
        let is_good = end.as_deref() == Some(b"good\n");
        match path {
            "/" | "/leak" => assert!(status == 200 && is_good, "{path}: {status}"),
            "/panic" | "/hoard" => assert_eq!(status, 500, "{path}"),
            // Which of its limits it meets first depends on the machine.
            "/loop" => assert!(status == 500 || status == 504, "{status}"),
            "/silent" => assert_eq!(status, 504),
            _ => assert!(status == 200 && end.is_none(), "{path}: {status}"),
        }
    }
    bad.are_gone(limits.response + limits.post_response + MAX_DELAY).await;
}

async fn what_was_written_before_a_failure_is_delivered(network: Network) {
    let bad = builder("bad").on_failure(|_| {}).build().unwrap();
    let served = network.serve(&bad).await;
    for (path, content, repetitions) in [
        ("/half", "piece".to_owned(), 10),
        ("/panics-later", "piece".to_owned(), 10),
        // In many pieces.
        ("/panics-at-its-end", "piece".repeat(10_000), 1),
    ] {
        for _ in 0..repetitions {
            let mut client = network.client(&served).await;
            let response = client.send(to(&served, path)).await.unwrap();
            assert_eq!(response.status(), 200, "{path}");
            let mut body = response.into_body();
            let mut received = Vec::new();
            let is_cut = loop {
                match body.frame().await {
                    Some(Ok(frame)) => received.extend_from_slice(frame.data_ref().unwrap()),
                    end => break end.is_some(),
                }
            };
            assert!(is_cut, "{path} looks whole");
            assert_eq!(received.len(), content.len(), "{path}");
            assert_eq!(received, content.as_bytes(), "{path}");
        }
    }
}

async fn lengths_that_are_not_kept_are_seen(network: Network) {
    let bad = builder("bad").on_failure(|_| {}).build().unwrap();
    let served = network.serve(&bad).await;
    for path in ["/short", "/long"] {
        let mut client = network.client(&served).await;
        // Where it fails, the head had not left by then.
        if let Ok(response) = client.send(to(&served, path)).await {
            let length = response.headers()["content-length"].clone();
            let end = response.into_body().collect().await.map(|body| body.to_bytes().len());
            // In HTTP/1.1, clients can't see content beyond the stated length.
            let is_cut = network.version == Version::HTTP_11
                && length == "7"
                && end.as_ref().is_ok_and(|length| *length == 7);
            assert!(end.is_err() || is_cut, "{path} looks whole");
        }
    }
}

async fn lengths_that_are_stated_twice_are_refused(network: Network) {
    let length = builder("length").build().unwrap();
    let served = network.serve(&length).await;
    let mut client = network.client(&served).await;
    let mut request = to(&served, "/").map(|_| Body::from("abc"));
    *request.method_mut() = Method::POST;
    for _ in 0..2 {
        request.headers_mut().append(CONTENT_LENGTH, HeaderValue::from(3));
    }
    let response = client.send(request).await.unwrap();
    assert_eq!(response.status(), 400);
}

async fn what_is_no_response_is_a_bad_gateway(network: Network) {
    let bad = builder("bad").build().unwrap();
    let served = network.serve(&bad).await;
    let mut client = network.client(&served).await;
    let response = client.send(to(&served, "/early-hints")).await.unwrap();
    assert_eq!(response.status(), 502);
    let text = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(text, "Bad Gateway\n");
}

async fn what_is_no_message_is_not_made(network: Network) {
    let bad = builder("bad").build().unwrap();
    let served = network.serve(&bad).await;
    let mut client = network.client(&served).await;
    let response = client.send(to(&served, "/invalid")).await.unwrap();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(text.into()).unwrap();
    let mut lines = text.lines();
    assert!(lines.clone().count() > 20, "{text}");
    let is_made = lines.find(|line| !line.contains(": Err("));
    assert_eq!(is_made, None, "{text}");
}

async fn a_host_that_differs_from_the_authority(network: Network) {
    let hello = builder("hello").build().unwrap();
    let served = network.serve(&hello).await;
    let mut client = network.client(&served).await;
    let mut request = to(&served, "/");
    let host = HeaderValue::from_static("other.example");
    request.headers_mut().insert(HOST, host);
    let response = client.send(request).await.unwrap();
    // This client sends the target's in HTTP/1.1.
    let is_refused = network.version == Version::HTTP_2;
    assert_eq!(response.status(), if is_refused { 400 } else { 200 });
}

async fn a_server_that_ends_cuts_its_connections_off(network: Network) {
    let component = builder("echo").build().unwrap();
    let served = network.serve(&component).await;
    let mut client = network.client(&served).await;
    let (pieces, body) = scripted();
    let mut request = to(&served, "/").map(|_| body);
    *request.method_mut() = Method::POST;
    let response = client.send(request).await.unwrap();
    let mut received = response.into_body();
    pieces.send(Ok(Frame::data("begun".into()))).await.unwrap();
    received.frame().await.unwrap().unwrap();
    drop(served);
    let rest = tokio::time::timeout(MAX_DELAY, received.collect()).await;
    assert!(rest.expect("the connection is still open").is_err());
}
