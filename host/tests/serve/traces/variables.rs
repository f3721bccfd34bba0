//! The variables of OpenTelemetry.

use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, client, file, witgen_serve};

use super::collector::{Collector, attribute};
use super::{PARENT, TRACE, hex};

fn command(dir: &Path, endpoint: &str) -> Command {
    let hello = file(dir, "hello");
    let mut command = witgen_serve(&[hello.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    command.args(["--otlp-endpoint", endpoint]);
    command
}

#[test]
fn wrong_numbers_are_reported_with_their_variable() {
    let dir = tempfile::tempdir().unwrap();
    for (name, value, needed) in [
        (
            "OTEL_EXPORTER_OTLP_TIMEOUT",
            "10s",
            "a number above 0 of milliseconds",
        ),
        (
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
            "0",
            "a number above 0 of milliseconds",
        ),
        (
            "OTEL_BSP_SCHEDULE_DELAY",
            "soon",
            "a number above 0 of milliseconds",
        ),
        (
            "OTEL_BSP_EXPORT_TIMEOUT",
            "-1",
            "a number above 0 of milliseconds",
        ),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0", "a number above 0"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "many", "a number above 0"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "few", "a number"),
        (
            "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            "short",
            "a number",
        ),
        (
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            "http/json",
            "http/protobuf, grpc",
        ),
        (
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "thrift",
            "http/protobuf, grpc",
        ),
    ] {
        let mut command = command(dir.path(), "http://127.0.0.1:1");
        let output = command.env(name, value).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        let message = format!("{name} is `{value}`, which is not");
        assert!(text.contains(&message) && text.contains(needed), "{text}");
        assert!(text.contains("invalid-trace-setting"), "{text}");
    }
}

#[test]
fn a_ratio_is_one_unless_it_is_set() {
    let dir = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let mut sampled = command(dir.path(), &collector.url);
    sampled.env("OTEL_TRACES_SAMPLER", "traceidratio");
    let served = Served::of(sampled);
    client().get(&served.url).call().unwrap();
    assert_eq!(collector.spans(2).len(), 2);

    let mut wrong = command(dir.path(), &collector.url);
    wrong
        .env("OTEL_TRACES_SAMPLER", "traceidratio")
        .env("OTEL_TRACES_SAMPLER_ARG", "2");
    let output = wrong.output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("OTEL_TRACES_SAMPLER_ARG is `2`"), "{text}");
}

#[test]
fn a_server_is_named_without_its_port() {
    let dir = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let served = Served::of(command(dir.path(), &collector.url));
    let request = client().get(&served.url).header("host", "shop.example:8443");
    request.call().unwrap();
    let spans = collector.spans(2);
    let of_request = spans.iter().find(|span| span.parent_span_id.is_empty()).unwrap();
    let value = |name: &str| attribute(of_request, name);
    assert_eq!(value("server.address").as_deref(), Some("shop.example"));
    assert_eq!(value("server.port").as_deref(), Some("8443"));
}

#[test]
fn headers_that_contradict_each_other_name_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    for (headers, is_continued) in [(1, true), (2, false)] {
        let collector = Collector::start();
        let served = Served::of(command(dir.path(), &collector.url));
        let mut request = client().get(&served.url);
        for number in 0..headers {
            let parent = format!("00-{TRACE}-{PARENT:.15}{number}-01");
            request = request.header("traceparent", parent);
        }
        request.header("tracestate", "a=1").header("tracestate", "b=2").call().unwrap();
        let spans = collector.spans(2);
        let state = if is_continued { "a=1,b=2" } else { "" };
        for span in spans {
            assert_eq!(hex(&span.trace_id) == TRACE, is_continued);
            assert_eq!(span.trace_state, state);
        }
    }
}

#[test]
fn wrong_headers_are_reported_without_their_values() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = command(dir.path(), "http://127.0.0.1:1");
    let headers = "x-team=web,open sesame";
    let output = command.env("OTEL_EXPORTER_OTLP_HEADERS", headers).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("item 2 of OTEL_EXPORTER_OTLP_HEADERS is not a header"),
        "{text}"
    );
    assert!(!text.contains("sesame"), "{text}");
}

#[test]
fn attributes_name_the_service_only_by_its_own_key() {
    let dir = tempfile::tempdir().unwrap();
    for (attributes, expected) in [
        ("deployment.service.name=other", "witgen-serve"),
        ("host.id=7, service.name=shop", "shop"),
    ] {
        let collector = Collector::start();
        let mut command = command(dir.path(), &collector.url);
        command.env("OTEL_RESOURCE_ATTRIBUTES", attributes);
        let served = Served::of(command);
        client().get(&served.url).call().unwrap();
        collector.spans(2);
        assert_eq!(
            collector.resource("service.name").as_deref(),
            Some(expected)
        );
    }
}
