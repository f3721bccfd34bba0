//! Clients that make too many requests, and connections that never say whose they are.

use std::time::Duration;

use testkit_serve::serve::serve;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::peers::{ATTACKER, Http2, Repeated, VICTIM, connect, duration, succeed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_above_its_rate_gets_no_further_than_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["hello", "--rate-limit", "400/s", "--no-access-log"];
    let more = ["--admin", "127.0.0.1:0"];
    let served = serve(dir.path(), &[&args[..], &more].concat()).with_admin();
    let attacks: Vec<_> = (0..4)
        .map(|_| {
            let address = served.address().to_owned();
            Repeated::start(move || {
                let address = address.clone();
                async move {
                    let mut connection = Http2::connect(ATTACKER, &address, 65_535).await?;
                    for _ in 0..100 {
                        connection.request("GET", "/").await?;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Ok(())
                }
            })
        })
        .collect();
    succeed(VICTIM, &served, "/").await;
    attacks.into_iter().for_each(Repeated::stop);
    let limited = served.metric("witgen_overloads_total{of=\"rate\"}");
    assert!(limited > 400.0, "{limited} were limited");
    // What got through is what the rate allows, with what the victim has sent at most once as often.
    let passed = served.metric("witgen_requests_total{status=\"200\"}");
    let time = duration().as_secs_f64() + 3.0;
    assert!(passed < 2.0 * 400.0 * (time + 1.0), "{passed} in {time} s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_do_not_say_whose_they_are_make_room() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "hello",
        "--proxy-protocol",
        "--trusted-proxy",
        "127.0.0.0/8",
        "--max-connections",
        "64",
        "--no-access-log",
    ];
    let served = serve(dir.path(), &args);
    let address = served.address().to_owned();
    let mut attacks = Vec::new();
    for _ in 0..100 {
        let mut stream = connect(ATTACKER, &address).await.unwrap();
        // It may have been closed already.
        let _ = stream.write_all(b"PROXY TCP4 192.0.2.1 ").await;
        attacks.push(stream);
    }
    let header = "PROXY TCP4 192.0.2.7 192.0.2.8 4000 80\r\n";
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    tokio::time::sleep(Duration::from_millis(1500)).await;
    for _ in 0..20 {
        let mut stream = connect(VICTIM, &address).await.unwrap();
        stream.write_all([header, request].concat().as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 200"), "{response:?}");
    }
    drop(attacks);
}
