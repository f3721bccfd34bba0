//! What spans have of calls that fail.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use pretty_assertions::assert_eq;
use testkit_serve::serve::{client, serve};

use super::by_name;
use super::collector::{Collector, attribute};
use crate::origin::Origin;

/// Returns the error of a span, and its status.
fn error(span: &Span) -> (Option<String>, StatusCode) {
    let status = span.status.as_ref().map(|status| status.code()).unwrap_or_default();
    (attribute(span, "error.type"), status)
}

fn failed(kind: &str) -> (Option<String>, StatusCode) {
    (Some(kind.to_owned()), StatusCode::Error)
}

#[test]
fn members_whose_instance_fails_have_its_error() {
    let dir = tempfile::tempdir().unwrap();
    for (path, status, kind) in [
        ("panic", 500, "InternalError"),
        ("silent", 504, "HttpResponseTimeout"),
    ] {
        let collector = Collector::start();
        let options = [
            "--response-timeout",
            "1s",
            "--otlp-endpoint",
            &collector.url,
        ];
        let served = serve(dir.path(), &[&["stamp", "bad"], &options[..]].concat());
        let response = client().get(format!("{}/{path}", served.url)).call().unwrap();
        assert_eq!(response.status(), status);
        let spans = collector.spans(3);
        let spans = by_name(&spans);
        for member in ["stamp", "bad"] {
            assert_eq!(error(spans[member]), failed(kind), "{member} at {path}");
        }
        assert_eq!(error(spans["request"]), failed(&status.to_string()));
    }
}

#[test]
fn a_client_error_of_a_server_is_an_error_of_its_client_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (origin, collector) = (Origin::start(), Collector::start());
    origin.answer_with("404 Not Found\nContent-Length: 0", "");
    let args = [
        "stamp",
        "--origin",
        &origin.url,
        "--otlp-endpoint",
        &collector.url,
    ];
    let served = serve(dir.path(), &args);
    assert_eq!(client().get(&served.url).call().unwrap().status(), 404);
    let spans = collector.spans(3);
    let spans = by_name(&spans);
    assert_eq!(error(spans["to 127.0.0.1"]), failed("404"));
    for name in ["request", "stamp"] {
        assert_eq!(error(spans[name]), (None, StatusCode::Unset), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn spans_of_requests_that_the_server_cuts_off_at_its_end_are_sent() {
    let dir = tempfile::tempdir().unwrap();
    // It accepts connections, and never responds.
    let origin = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", origin.local_addr().unwrap());
    for (chain, responds, kind) in [
        (&["echo"][..], true, "response_cut"),
        (&["stamp", "--origin", &origin], false, "server_stopped"),
    ] {
        let collector = Collector::start();
        let options = ["--grace", "300ms", "--otlp-endpoint", &collector.url];
        let mut served = serve(dir.path(), &[chain, &options].concat());
        let address = served.url.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        if responds {
            stream.read_exact(&mut [0; 12]).unwrap();
        }
        served.signal("TERM");
        assert_eq!(served.end(), Some(0));
        let spans = collector.received_spans();
        let request = spans.iter().find(|span| span.parent_span_id.is_empty()).unwrap();
        assert_eq!(attribute(request, "error.type").as_deref(), Some(kind));
    }
}
