//! Clients that cancel what they have requested.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use testkit_serve::serve::{Served, TIMEOUT, serve};

use super::peers::{
    ATTACKER, Http2, Origin, Repeated, VICTIM, WINDOW_UPDATE, frame, succeed, wait_for,
};

/// How a client ends a stream.
#[derive(Clone, Copy)]
enum Cancel {
    /// CVE-2023-44487
    Reset,
    /// CVE-2025-8671: a stream error, upon which the server resets the stream.
    StreamError,
}

/// Sends requests and cancels them at once, on one connection after the other.
fn cancel_requests(from: IpAddr, served: &Served, path: &'static str, cancel: Cancel) -> Repeated {
    let address = served.address().to_owned();
    Repeated::start(move || {
        let address = address.clone();
        async move {
            let mut connection = Http2::connect(from, &address, 65_535).await?;
            let received = connection.received().clone();
            while !received.is_closed.load(Ordering::Relaxed) {
                let mut streams = Vec::new();
                for _ in 0..10 {
                    streams.push(connection.request("GET", path).await?);
                }
                tokio::time::sleep(Duration::from_millis(3)).await;
                for stream in streams {
                    match cancel {
                        Cancel::Reset => connection.reset(stream).await?,
                        Cancel::StreamError => {
                            let zero = frame(WINDOW_UPDATE, 0, stream, &[0; 4]);
                            connection.send(&zero).await?;
                        }
                    }
                }
            }
            Ok(())
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelled_requests_release_their_instances_and_upstream_connections() {
    for cancel in [Cancel::Reset, Cancel::StreamError] {
        let dir = tempfile::tempdir().unwrap();
        let origin = Origin::start().await;
        let args = [
            "pass",
            "--origin",
            &origin.url,
            "--max-instances",
            "40",
            "--no-access-log",
            "--admin",
            "127.0.0.1:0",
        ];
        let served = serve(dir.path(), &args).with_admin();
        let attack = cancel_requests(VICTIM, &served, "/slow", cancel);
        succeed(VICTIM, &served, "/fast").await;
        attack.stop();
        // Without an idle timeout: what is left is idle.
        let begin = Instant::now();
        while origin.connections() > 16 {
            assert!(
                begin.elapsed() < TIMEOUT,
                "{} connections",
                origin.connections()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        wait_for(&served, "witgen_requests_in_flight", |count| count == 0.0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_cancels_too_much_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["bad", "--admin", "127.0.0.1:0"]).with_admin();
    let mut connection = Http2::connect(VICTIM, served.address(), 65_535).await.unwrap();
    let received = connection.received().clone();
    for _ in 0..5 {
        let mut streams = Vec::new();
        for _ in 0..50 {
            streams.push(connection.request("GET", "/silent").await.unwrap());
        }
        wait_for(&served, "witgen_requests_in_flight", |count| count == 50.0).await;
        for stream in streams {
            connection.reset(stream).await.unwrap();
        }
        wait_for(&served, "witgen_requests_in_flight", |count| count == 0.0).await;
    }
    let begin = Instant::now();
    while !received.is_closed.load(Ordering::Relaxed) {
        assert!(begin.elapsed() < TIMEOUT, "the connection is open");
        let _ = connection.request("GET", "/").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(received.calm.load(Ordering::Relaxed) > 0);
    served.logs(&["a client cancelled too many requests"]);
    assert_eq!(served.metric("witgen_overloads_total{of=\"resets\"}"), 1.0);
}

/// A component that waits for nothing that ends can't be made to end, except with its instance. Until then, its requests
/// use up what is left to their client, so others are those at other addresses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelled_requests_of_a_component_that_goes_on_leave_room_for_others() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "bad",
        "--max-instances",
        "150",
        "--no-access-log",
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &args).with_admin();
    let attack = cancel_requests(ATTACKER, &served, "/silent", Cancel::Reset);
    succeed(VICTIM, &served, "/").await;
    attack.stop();
    wait_for(&served, "witgen_instances", |count| count == 0.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_may_cancel_now_and_then() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["bad", "--admin", "127.0.0.1:0"]).with_admin();
    let mut connection = Http2::connect(VICTIM, served.address(), 65_535).await.unwrap();
    for round in 0..400 {
        let cancelled = connection.request("GET", "/silent").await.unwrap();
        connection.request("GET", "/").await.unwrap();
        connection.reset(cancelled).await.unwrap();
        let count = f64::from(round + 1);
        if round % 20 == 0 {
            wait_for(&served, "witgen_requests_total{status=\"200\"}", |total| {
                total >= count
            })
            .await;
        }
    }
    wait_for(&served, "witgen_requests_total{status=\"200\"}", |count| {
        count == 400.0
    })
    .await;
    assert_eq!(connection.received().calm.load(Ordering::Relaxed), 0);
}
