//! How spans are sent: by HTTP and gRPC, with TLS, with headers, again after a refusal.

use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, client, file, witgen_serve};
use testkit_serve::tls::Authority;

use super::any_collector::{AnyCollector, Behavior};

const PROTOCOLS: [&str; 2] = ["grpc", "http/protobuf"];

/// Returns a command that serves `hello`, and sends traces by a protocol.
fn command(dir: &Path, endpoint: &str, protocol: &str) -> Command {
    let hello = file(dir, "hello");
    let mut command = witgen_serve(&[hello.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    command
        .args(["--admin", "127.0.0.1:0", "--otlp-endpoint", endpoint])
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
        .env("OTEL_BSP_SCHEDULE_DELAY", "50");
    command
}

fn ask(served: &Served) {
    assert_eq!(client().get(&served.url).call().unwrap().status(), 200);
}

/// Waits until a metric has a value.
async fn wait_for(served: &Served, metric: &str, expected: f64) {
    let begin = std::time::Instant::now();
    while served.metric(metric) < expected {
        assert!(
            begin.elapsed() < testkit_serve::serve::TIMEOUT,
            "{}",
            served.metrics()
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(served.metric(metric), expected);
}

const SENT: &str = "witgen_spans_total{outcome=\"sent\"}";
const FAILED: &str = "witgen_spans_total{outcome=\"failed\"}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_protocols_send_spans_with_headers() {
    let dir = tempfile::tempdir().unwrap();
    for protocol in PROTOCOLS {
        let collector = AnyCollector::start(None, Behavior::default()).await;
        let endpoint = format!("http://{}", collector.address);
        let mut command = command(dir.path(), &endpoint, protocol);
        let headers = "authorization=Bearer%20open-sesame, x-team=web";
        command.env("OTEL_EXPORTER_OTLP_HEADERS", headers);
        let served = Served::of(command).with_admin();
        ask(&served);
        let received = collector.first().await;
        assert_eq!(received.headers["authorization"], "Bearer open-sesame");
        assert_eq!(received.headers["x-team"], "web");
        let agent = received.headers["user-agent"].to_str().unwrap();
        assert!(agent.starts_with("witgen-serve/"), "{agent}");
        let path = match protocol {
            "grpc" => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            _ => "/v1/traces",
        };
        assert_eq!(received.path, path);
        let [resource] = received.message.resource_spans.as_slice() else {
            panic!("{received:?}");
        };
        let [scope] = resource.scope_spans.as_slice() else {
            panic!("{received:?}");
        };
        assert_eq!(scope.scope.as_ref().unwrap().name, "witgen-serve");
        let mut names: Vec<_> = scope.spans.iter().map(|span| span.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["GET", "hello"]);
        wait_for(&served, SENT, 2.0).await;
        assert!(!served.log().concat().contains("open-sesame"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_of_a_collector_is_verified_with_ca() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let ca = dir.path().join("ca.pem");
    std::fs::write(&ca, authority.root()).unwrap();
    let identity = authority.identity("localhost", 2100);
    for protocol in PROTOCOLS {
        let collector = AnyCollector::start(Some(&identity), Behavior::default()).await;
        let endpoint = format!("https://{}", collector.address);
        let served = Served::of(command(dir.path(), &endpoint, protocol)).with_admin();
        ask(&served);
        served.logs(&["\"target\":\"trace\"", "spans are lost"]);
        assert_eq!(collector.count(), 0);

        let mut trusting = command(dir.path(), &endpoint, protocol);
        trusting.args(["--ca", ca.to_str().unwrap()]);
        let served = Served::of(trusting).with_admin();
        ask(&served);
        collector.first().await;
        wait_for(&served, SENT, 2.0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_are_sent_again_if_a_collector_is_not_available() {
    let dir = tempfile::tempdir().unwrap();
    for protocol in PROTOCOLS {
        let behavior = Behavior {
            refused: 2,
            ..Behavior::default()
        };
        let collector = AnyCollector::start(None, behavior).await;
        let endpoint = format!("http://{}", collector.address);
        let served = Served::of(command(dir.path(), &endpoint, protocol)).with_admin();
        ask(&served);
        collector.first().await;
        wait_for(&served, SENT, 2.0).await;
        assert_eq!(served.metric(FAILED), 0.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_that_a_collector_rejects_count_as_failed() {
    let dir = tempfile::tempdir().unwrap();
    for protocol in PROTOCOLS {
        let behavior = Behavior {
            rejected: 1,
            ..Behavior::default()
        };
        let collector = AnyCollector::start(None, behavior).await;
        let endpoint = format!("http://{}", collector.address);
        let served = Served::of(command(dir.path(), &endpoint, protocol)).with_admin();
        ask(&served);
        wait_for(&served, FAILED, 1.0).await;
        assert_eq!(served.metric(SENT), 1.0);
        served.logs(&["spans are lost", "too many of them"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_decides_if_the_content_of_a_response_stalls() {
    let dir = tempfile::tempdir().unwrap();
    for refused in [0, 1] {
        let behavior = Behavior {
            refused,
            stalls: true,
            ..Behavior::default()
        };
        let collector = AnyCollector::start(None, behavior).await;
        let endpoint = format!("http://{}", collector.address);
        let served = Served::of(command(dir.path(), &endpoint, "http/protobuf")).with_admin();
        ask(&served);
        wait_for(&served, SENT, 2.0).await;
        assert_eq!(served.metric(FAILED), 0.0);
        assert_eq!(collector.count(), 1);
    }
}
