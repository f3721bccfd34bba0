//! Clients that make a server keep a lot.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use testkit_serve::serve::{Served, TIMEOUT, serve};

use super::peers::{DATA, Http2, VICTIM, frame, get, succeed, wait_for};

/// The limit of what a connection makes the server keep, in megabytes.
const MAX_MEGABYTES: usize = 2;
const CONNECTIONS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_can_make_the_server_keep_only_so_much() {
    let small: Vec<u8> = std::iter::repeat_n(frame(DATA, 0, 1, b"x"), 100_000).flatten().collect();
    let large: Vec<u8> = std::iter::repeat_n(frame(DATA, 0, 1, &[b'x'; 16 << 10]), 16)
        .flatten()
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let args = ["bad", "--no-access-log", "--admin", "127.0.0.1:0"];
    let served = serve(dir.path(), &args).with_admin();
    get(VICTIM, served.address(), "/").await.unwrap();
    for frames in [small, large] {
        let before = served.memory();
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut connection = Http2::connect(VICTIM, served.address(), 65_535).await.unwrap();
            connection.request("POST", "/silent").await.unwrap();
            // The server may close the connection.
            let _ = connection.send(&frames).await;
            connection.wait_until_read().await;
            connections.push(connection);
        }
        let kept = served.memory().saturating_sub(before);
        assert!(kept <= CONNECTIONS * MAX_MEGABYTES, "{kept} MB");
        succeed(VICTIM, &served, "/").await;
    }
}

/// The memory of a server, in megabytes, once it doesn't grow: the components of new requests have started.
async fn settled_memory(served: &Served) -> usize {
    let begin = Instant::now();
    let mut memory = served.memory();
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = served.memory();
        if now <= memory {
            return now;
        }
        assert!(
            begin.elapsed() < TIMEOUT,
            "its memory grows without end: {now} MB"
        );
        memory = now;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_can_t_have_many_bodies_kept() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["bad", "--no-access-log", "--admin", "127.0.0.1:0"];
    let served = serve(dir.path(), &args).with_admin();
    let mut connection = Http2::connect(VICTIM, served.address(), 65_535).await.unwrap();
    for _ in 0..100 {
        connection.request("POST", "/silent").await.unwrap();
    }
    wait_for(&served, "witgen_requests_in_flight", |count| count == 100.0).await;
    let before = settled_memory(&served).await;
    for stream in 0..100 {
        for _ in 0..8 {
            let piece = frame(DATA, 0, 2 * stream + 1, &[b'x'; 16 << 10]);
            let _ = connection.send(&piece).await;
        }
    }
    // A client that sends more than it may breaks the protocol.
    let begin = Instant::now();
    while !connection.received().is_closed.load(Ordering::Relaxed) {
        assert!(begin.elapsed() < TIMEOUT, "the connection is open");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let kept = served.memory().saturating_sub(before);
    assert!(kept <= 2 * MAX_MEGABYTES, "{kept} MB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_can_t_have_many_large_heads_kept() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["bad", "--no-access-log", "--admin", "127.0.0.1:0"];
    let served = serve(dir.path(), &args).with_admin();
    let mut connection = Http2::connect(VICTIM, served.address(), 65_535).await.unwrap();
    for _ in 0..100 {
        connection
            .request("GET", &format!("/silent?{}", "x".repeat(15_000)))
            .await
            .unwrap();
    }
    wait_for(&served, "witgen_requests_total{status=\"503\"}", |count| {
        count >= 30.0
    })
    .await;
    assert!(served.metric("witgen_requests_in_flight") <= 70.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_frames_that_are_read_are_as_good_as_others() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["length", "--no-access-log", "--admin", "127.0.0.1:0"];
    let served = serve(dir.path(), &args).with_admin();
    let mut connection = Http2::connect(VICTIM, served.address(), 65_535).await.unwrap();
    let stream = connection.request("POST", "/").await.unwrap();
    for _ in 0..200 {
        let frames: Vec<u8> =
            std::iter::repeat_n(frame(DATA, 0, stream, b"x"), 100).flatten().collect();
        connection.send(&frames).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    connection.send(&frame(DATA, 1, stream, b"x")).await.unwrap();
    wait_for(&served, "witgen_requests_total{status=\"200\"}", |count| {
        count == 1.0
    })
    .await;
    assert_eq!(served.metric("witgen_received_bytes_total"), 20_001.0);
}
