//! Clients that don't read, don't send, or don't even ask.

use std::time::Duration;

use testkit_serve::serve::serve;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::peers::{ATTACKER, Http2, Repeated, VICTIM, connect, succeed, wait_for};

const ADMIN: [&str; 3] = ["--no-access-log", "--admin", "127.0.0.1:0"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_nobody_reads_leave_room_for_others() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &[&["hello"][..], &ADMIN].concat()).with_admin();
    let address = served.address().to_owned();
    let attacks: Vec<_> = (0..6)
        .map(|_| {
            let address = address.clone();
            Repeated::start(move || {
                let address = address.clone();
                async move {
                    let mut connection = Http2::connect(VICTIM, &address, 0).await?;
                    for _ in 0..200 {
                        connection.request("GET", "/").await?;
                    }
                    std::future::pending().await
                }
            })
        })
        .collect();
    wait_for(&served, "witgen_requests_in_flight", |count| count >= 500.0).await;
    // From the same address.
    succeed(VICTIM, &served, "/").await;
    attacks.into_iter().for_each(Repeated::stop);
}

/// Sends a byte of a body now and then, until the connection is closed.
async fn trickle(mut stream: tokio::net::TcpStream) -> std::io::Result<()> {
    let head = b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
    stream.write_all(head).await?;
    let mut byte = [0];
    loop {
        stream.write_all(b"x").await?;
        let pause = Duration::from_millis(500);
        if let Ok(read) = tokio::time::timeout(pause, stream.read(&mut byte)).await {
            return read.map(drop);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_trickle_make_room_for_others() {
    let dir = tempfile::tempdir().unwrap();
    let limits = ["bad", "--max-requests", "32"];
    let served = serve(dir.path(), &[&limits[..], &ADMIN].concat()).with_admin();
    let attacks: Vec<_> = (0..50)
        .map(|_| {
            let address = served.address().to_owned();
            tokio::spawn(async move { trickle(connect(VICTIM, &address).await?).await })
        })
        .collect();
    // All that a single address may have.
    wait_for(&served, "witgen_requests_in_flight", |count| count >= 24.0).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    succeed(VICTIM, &served, "/").await;
    assert!(served.metric("witgen_evictions_total{of=\"requests\"}") >= 1.0);
    served.logs(&["\"target\":\"overload\"", "slow client"]);
    attacks.iter().for_each(|attack| attack.abort());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_takes_nothing_from_another_address() {
    let dir = tempfile::tempdir().unwrap();
    let limits = ["bad", "--max-requests", "32", "--max-connections", "64"];
    let served = serve(dir.path(), &[&limits[..], &ADMIN].concat()).with_admin();
    let attacks: Vec<_> = (0..100)
        .map(|_| {
            let address = served.address().to_owned();
            Repeated::start(move || {
                let address = address.clone();
                async move { trickle(connect(ATTACKER, &address).await?).await }
            })
        })
        .collect();
    wait_for(
        &served,
        "witgen_overloads_total{of=\"connections\"}",
        |count| count >= 1.0,
    )
    .await;
    succeed(VICTIM, &served, "/").await;
    attacks.into_iter().for_each(Repeated::stop);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_proxy_may_have_everything() {
    let dir = tempfile::tempdir().unwrap();
    let limits = [
        "bad",
        "--max-requests",
        "16",
        "--trusted-proxy",
        "127.0.0.2/32",
    ];
    let served = serve(dir.path(), &[&limits[..], &ADMIN].concat()).with_admin();
    let mut proxy = Http2::connect(ATTACKER, served.address(), 65_535).await.unwrap();
    for _ in 0..16 {
        proxy.request("GET", "/silent").await.unwrap();
    }
    wait_for(&served, "witgen_requests_in_flight", |count| count == 16.0).await;
    proxy.request("GET", "/silent").await.unwrap();
    wait_for(&served, "witgen_requests_total{status=\"503\"}", |count| {
        count == 1.0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_not_trusted_leaves_a_quarter() {
    let dir = tempfile::tempdir().unwrap();
    let limits = ["bad", "--max-requests", "16"];
    let served = serve(dir.path(), &[&limits[..], &ADMIN].concat()).with_admin();
    let mut connections = Vec::new();
    for _ in 0..16 {
        let mut stream = connect(ATTACKER, served.address()).await.unwrap();
        stream.write_all(b"GET /silent HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        connections.push(stream);
    }
    wait_for(&served, "witgen_requests_total{status=\"503\"}", |count| {
        count == 4.0
    })
    .await;
    assert_eq!(served.metric("witgen_requests_in_flight"), 12.0);
    succeed(VICTIM, &served, "/").await;
}
