//! Traces of `witgen-serve`, and the times of members.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, TIMEOUT, client, file, serve, witgen_serve};

use crate::origin::Origin;

pub mod any_collector;
pub mod collector;
mod errors;
mod sending;
mod variables;

use collector::{Collector, attribute};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// Serves a gate, which makes a side call, before two stamps and an origin.
fn chain(dir: &Path, origin: &Origin, auth: &Origin, args: &[&str]) -> Served {
    origin.answer_with("200 OK\nContent-Length: 6", "inside");
    auth.answer_with("204 No Content", "");
    let route = format!("auth.example={}", auth.url);
    let chain = [
        "gate",
        "first=stamp",
        "second=stamp",
        "--origin",
        &origin.url,
        "--route",
        &route,
    ];
    serve(dir, &[&chain, args].concat())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn by_name(spans: &[Span]) -> BTreeMap<String, &Span> {
    let name = |span: &Span| match span.kind() {
        SpanKind::Client => format!("to {}", attribute(span, "server.address").unwrap()),
        SpanKind::Server => "request".to_owned(),
        _ => span.name.clone(),
    };
    spans.iter().map(|span| (name(span), span)).collect()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

#[test]
fn a_trace_has_a_span_for_each_member_hop_and_side_call() {
    let dir = tempfile::tempdir().unwrap();
    let (origin, auth, collector) = (Origin::start(), Origin::start(), Collector::start());
    let chain = chain(
        dir.path(),
        &origin,
        &auth,
        &["--otlp-endpoint", &collector.url],
    );
    let request = client().get(format!("{}/a?b=c&sig=secret", chain.url));
    let request = request.header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    let mut response = request.header("tracestate", "vendor=1").call().unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "inside");

    let spans = collector.spans(6);
    assert!(
        spans.iter().all(|span| hex(&span.trace_id) == TRACE),
        "{spans:#?}"
    );
    let spans = by_name(&spans);
    let parent = |name: &str| {
        let parent = &spans[name].parent_span_id;
        let named = spans.iter().find(|(_, span)| span.span_id == *parent);
        named.map_or_else(|| hex(parent), |(name, _)| name.clone())
    };
    assert_eq!(parent("request"), PARENT);
    assert_eq!(parent("gate"), "request");
    assert_eq!(parent("to auth.example"), "gate");
    assert_eq!(parent("first"), "gate");
    assert_eq!(parent("second"), "first");
    assert_eq!(parent("to 127.0.0.1"), "second");

    // Each span lies within its parent's.
    for (name, span) in &spans {
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        if let Some(outer) = spans.get(&parent(name)) {
            assert!(
                outer.start_time_unix_nano <= span.start_time_unix_nano,
                "{name}"
            );
            assert!(
                span.end_time_unix_nano <= outer.end_time_unix_nano,
                "{name}"
            );
        }
    }
    let of_request = |name: &str| attribute(spans["request"], name);
    assert_eq!(of_request("http.request.method").as_deref(), Some("GET"));
    assert_eq!(of_request("url.path").as_deref(), Some("/a"));
    assert_eq!(of_request("url.query").as_deref(), Some("b=c&sig=REDACTED"));
    let next = attribute(spans["to 127.0.0.1"], "url.full").unwrap();
    assert!(next.ends_with("/a?b=c&sig=REDACTED"), "{next}");
    assert_eq!(
        of_request("http.response.status_code").as_deref(),
        Some("200")
    );
    assert!(attribute(spans["gate"], "witgen.member.own_time").is_some());
    assert_eq!(
        attribute(spans["to auth.example"], "url.full").as_deref(),
        Some("http://auth.example/check")
    );
    assert_eq!(
        collector.resource("service.name").as_deref(),
        Some("witgen-serve")
    );

    // Servers receive the span of the request that they handle.
    for (server, name) in [(&origin, "to 127.0.0.1"), (&auth, "to auth.example")] {
        let head = server.received().unwrap();
        let expected = format!("00-{TRACE}-{}-01", hex(&spans[name].span_id));
        assert_eq!(
            header(&head, "traceparent"),
            Some(expected.as_str()),
            "{head}"
        );
    }
    chain.logs(&[
        "\"target\":\"access\"",
        &format!("\"trace_id\":\"{TRACE}\""),
    ]);
}

#[test]
fn a_request_without_a_trace_begins_one() {
    let dir = tempfile::tempdir().unwrap();
    let (origin, collector) = (Origin::start(), Collector::start());
    origin.answer_with("200 OK\nContent-Length: 0", "");
    let served = serve(
        dir.path(),
        &[
            "stamp",
            "--origin",
            &origin.url,
            "--otlp-endpoint",
            &collector.url,
        ],
    );
    for malformed in [
        "",
        "00-0-0-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    ] {
        let request = client().get(&served.url).header("traceparent", malformed);
        request.header("tracestate", "vendor=1").call().unwrap();
        let head = origin.received().unwrap();
        let traceparent = header(&head, "traceparent").unwrap();
        assert!(
            traceparent.starts_with("00-") && traceparent.ends_with("-01"),
            "{head}"
        );
        assert_eq!(traceparent.len(), 55, "{head}");
        assert_eq!(header(&head, "tracestate"), None, "{head}");
    }
    let spans = collector.spans(9);
    assert_eq!(
        spans.iter().filter(|span| span.parent_span_id.is_empty()).count(),
        3
    );
}

#[test]
fn a_trace_that_is_not_sampled_is_passed_on_and_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    let (origin, collector) = (Origin::start(), Collector::start());
    origin.answer_with("200 OK\nContent-Length: 0", "");
    let served = serve(
        dir.path(),
        &[
            "stamp",
            "--origin",
            &origin.url,
            "--otlp-endpoint",
            &collector.url,
        ],
    );
    let request = client().get(&served.url);
    request.header("traceparent", format!("00-{TRACE}-{PARENT}-00")).call().unwrap();
    let head = origin.received().unwrap();
    let traceparent = header(&head, "traceparent").unwrap();
    assert!(traceparent.starts_with(&format!("00-{TRACE}-")), "{head}");
    assert!(
        traceparent.ends_with("-00") && !traceparent.contains(PARENT),
        "{head}"
    );
    client().get(&served.url).call().unwrap();
    collector.spans(3);
}

#[test]
fn a_member_that_fails_has_a_span_with_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let served = serve(
        dir.path(),
        &["stamp", "bad", "--otlp-endpoint", &collector.url],
    );
    let response = client().get(format!("{}/panic", served.url)).call().unwrap();
    assert_eq!(response.status(), 500);
    let spans = collector.spans(3);
    let spans = by_name(&spans);
    for name in ["stamp", "bad", "request"] {
        assert!(
            attribute(spans[name], "error.type").is_some(),
            "{:#?}",
            spans[name]
        );
    }
}

#[test]
fn nobody_waits_for_a_collector() {
    let dir = tempfile::tempdir().unwrap();
    // One never responds, the other isn't there.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [silent.local_addr().unwrap(), closed] {
        let endpoint = format!("http://{address}");
        let mut served = serve(
            dir.path(),
            &["stamp", "hello", "--otlp-endpoint", &endpoint],
        );
        let begin = Instant::now();
        for _ in 0..50 {
            assert_eq!(client().get(&served.url).call().unwrap().status(), 200);
        }
        assert!(begin.elapsed() < Duration::from_secs(5));
        if address == closed {
            served.logs(&["\"target\":\"trace\"", "spans are lost"]);
        }
        let begin = Instant::now();
        served.signal("TERM");
        assert_eq!(served.end(), Some(0));
        assert!(begin.elapsed() < Duration::from_secs(8));
        if address != closed {
            served.logs(&[
                "\"count\":150",
                "spans are lost: the collector hasn't accepted them",
            ]);
        }
    }
}

#[test]
fn spans_that_the_queue_has_no_room_for_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    // It never responds.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let hello = file(dir.path(), "hello");
    let mut command = witgen_serve(&[hello.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    command.args(["--otlp-endpoint", &endpoint, "--admin", "127.0.0.1:0"]);
    command
        .env("OTEL_BSP_MAX_QUEUE_SIZE", "4")
        .env("OTEL_BSP_SCHEDULE_DELAY", "100");
    let served = Served::of(command).with_admin();
    let dropped = "witgen_spans_total{outcome=\"dropped\"}";
    assert_eq!(served.metric(dropped), 0.0);
    for _ in 0..50 {
        assert_eq!(client().get(&served.url).call().unwrap().status(), 200);
    }
    // Each request has two: its own, and that of the member. Some wait, and some are being sent.
    let begin = Instant::now();
    while served.metric(dropped) < 100.0 - 2.0 * 4.0 {
        assert!(begin.elapsed() < TIMEOUT, "{}", served.metrics());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(served.metric(dropped) < 100.0);
    served.logs(&[
        "\"target\":\"trace\"",
        "faster than the collector accepts them",
    ]);
}

#[test]
fn wrong_variables_are_reported_before_anything_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    for (name, value, needed) in [
        ("OTEL_TRACES_EXPORTER", "zipkin", "otlp, none"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "always_on"),
        (
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "http/json",
            "http/protobuf, grpc",
        ),
    ] {
        let mut command = witgen_serve(&[hello.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
        command.args(["--otlp-endpoint", "http://127.0.0.1:1"]).env(name, value);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(value) && text.contains(needed), "{text}");
    }
}

#[test]
fn the_time_of_each_member_is_measured() {
    let dir = tempfile::tempdir().unwrap();
    let (origin, auth) = (Origin::start(), Origin::start());
    let chain = chain(
        dir.path(),
        &origin,
        &auth,
        &["--server-timing", "--admin", "127.0.0.1:0"],
    );
    let chain = chain.with_admin();
    let response = client().get(&chain.url).call().unwrap();
    let timing = response.headers()["server-timing"].to_str().unwrap();
    let times: BTreeMap<&str, f64> = timing
        .split(", ")
        .map(|metric| {
            let (name, duration) = metric.split_once(";dur=").unwrap();
            (name, duration.parse().unwrap())
        })
        .collect();
    for name in ["gate", "first", "second"] {
        let total = times[format!("{name}-total").as_str()];
        assert!(0.0 < times[name] && times[name] <= total, "{timing}");
    }
    // What the first one calls is part of its total, and not of its own time.
    assert!(
        times["gate-total"] >= times["gate"] + times["first-total"],
        "{timing}"
    );
    let rejected = client().get(&chain.url).header("expect", "more").call().unwrap();
    assert_eq!(rejected.status(), 417);
    let line = chain.logs(&["\"target\":\"access\"", "\"status\":417"]);
    assert!(!line.contains("\"members\""), "{line}");
    let line = chain.logs(&["\"target\":\"access\"", "\"members\":\"gate="]);
    assert!(
        line.contains(" first=") && line.contains(" second="),
        "{line}"
    );
    let metrics = chain.metrics();
    for name in [
        "witgen_member_time_seconds_count",
        "witgen_member_own_time_seconds_count",
    ] {
        let first = format!("{name}{{member=\"first\"}} 1");
        assert!(metrics.contains(&first), "{metrics}");
    }
}

#[test]
fn spans_of_a_member_are_nested_in_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let (origin, collector) = (Origin::start(), Collector::start());
    origin.answer_with("200 OK\nContent-Length: 0", "");
    let members = ["traced", "stamp", "--origin", &origin.url];
    let served = serve(
        dir.path(),
        &[&members[..], &["--otlp-endpoint", &collector.url]].concat(),
    );
    client().get(&served.url).call().unwrap();
    let spans = collector.spans(5);
    let spans = by_name(&spans);
    let own = spans["look up"];
    assert_eq!(own.parent_span_id, spans["traced"].span_id);
    assert_eq!(own.trace_id, spans["request"].trace_id);
    assert_eq!(attribute(own, "shelf").as_deref(), Some("top"));
    assert_eq!(attribute(own, "books").as_deref(), Some("3"));
    assert_eq!(attribute(own, "witgen.member").as_deref(), Some("traced"));
    assert_eq!(own.end_time_unix_nano, 2_000_000_000);
    // The member makes its call within its own span.
    assert_eq!(spans["stamp"].parent_span_id, own.span_id);

    // Without a collector, it runs as well.
    let served = serve(dir.path(), &members);
    assert_eq!(client().get(&served.url).call().unwrap().status(), 200);
}
