//! The variables of OpenTelemetry.

use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, client, file, witgen_serve};

use super::collector::Collector;

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
