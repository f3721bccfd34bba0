//! The log of `witgen-serve`: which lines and fields it has, and the identifiers of requests.

use std::path::Path;

use pretty_assertions::assert_eq;
use serde_json::Value;
use testkit_serve::serve::{Served, client, file, serve, witgen_serve};

use crate::origin::Origin;

/// Serves `hello`, sends it a request, and returns the line of the log for it.
fn access(dir: &Path, args: &[&str]) -> Value {
    let served = serve(dir, &[&["hello"], args].concat());
    let request = client().get(format!("{}/a?b=c", served.url));
    let request = request.header("user-agent", "tester/1").header("traceparent", "00-1-2-01");
    request.header("x-request-id", "edge-7").call().unwrap();
    serde_json::from_str(&served.logs(&["\"target\":\"access\""])).unwrap()
}

fn fields(line: &Value) -> Vec<&str> {
    let common = ["timestamp", "level", "message", "target"];
    let fields = line.as_object().unwrap().keys().map(String::as_str);
    let mut fields: Vec<_> = fields.filter(|field| !common.contains(field)).collect();
    fields.sort_unstable();
    fields
}

#[test]
fn a_request_is_logged_with_what_finds_it_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let line = access(dir.path(), &[]);
    for (field, value) in [
        ("method", "GET"),
        ("path", "/a?b=c"),
        ("user_agent", "tester/1"),
        ("traceparent", "00-1-2-01"),
        ("request_id", "edge-7"),
        ("message", "GET /a?b=c"),
    ] {
        assert_eq!(line[field], value, "{line}");
    }
    assert!(
        line["host"].as_str().unwrap().starts_with("127.0.0.1:"),
        "{line}"
    );
}

#[test]
fn headers_in_other_encodings_are_logged_as_far_as_they_are_text() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["hello"]);
    let user_agent = &b"caf\xe9 \"1\""[..];
    client().get(&served.url).header("user-agent", user_agent).call().unwrap();
    let logged = served.logs(&["\"target\":\"access\""]);
    let line: Value = serde_json::from_str(&logged).unwrap();
    assert_eq!(line["user_agent"], "caf\u{fffd} \"1\"");
}

#[test]
fn a_header_does_not_look_like_other_fields() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "hello",
        "--log",
        "human",
        "--access-log-fields",
        "user_agent,status",
    ];
    let served = serve(dir.path(), &args);
    client().get(&served.url).header("user-agent", "x status=500").call().unwrap();
    let line = served.logs(&["user_agent="]);
    assert!(
        line.contains("user_agent=\"x status=500\" status=200"),
        "{line}"
    );
}

#[test]
fn the_fields_of_requests_can_be_chosen() {
    let dir = tempfile::tempdir().unwrap();
    let line = access(dir.path(), &["--access-log-fields", "status,request_id"]);
    assert_eq!(fields(&line), ["request_id", "status"]);
    let line = access(
        dir.path(),
        &["--access-log-fields", "path", "--access-log-fields", "end"],
    );
    assert_eq!(fields(&line), ["end", "path"]);
}

#[test]
fn levels_can_be_set_for_single_targets() {
    let dir = tempfile::tempdir().unwrap();
    let log = |level: &str| {
        let served = serve(dir.path(), &["bad", "--log-level", level]);
        let panicking = format!("{}/panic", served.url);
        assert!(client().get(&panicking).call().unwrap().status().is_server_error());
        served.logs(&["\"target\":\"trap\""]);
        let targets = served.log().into_iter().map(|line| {
            let line: Value = serde_json::from_str(&line).unwrap();
            line["target"].as_str().unwrap().to_owned()
        });
        targets.collect::<Vec<_>>()
    };
    let quiet = log("warn");
    assert!(!quiet.contains(&"server".to_owned()), "{quiet:?}");
    let without_output = log("output=off");
    assert!(
        without_output.contains(&"server".to_owned()),
        "{without_output:?}"
    );
    assert!(
        !without_output.contains(&"output".to_owned()),
        "{without_output:?}"
    );
}

#[test]
fn unknown_levels_targets_and_fields_are_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    for (option, value, why) in [
        (
            "--log-level",
            "loud",
            "`loud` is not a level; levels are off, error, warn, info,",
        ),
        (
            "--log-level",
            "acces=off",
            "`acces` is not a target of the log; targets are access, chain,",
        ),
        ("--access-log-fields", "size", "sent"),
    ] {
        let output = witgen_serve(&[
            "--listen",
            "127.0.0.1:0",
            hello.to_str().unwrap(),
            option,
            value,
        ])
        .output()
        .unwrap();
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(
            message.contains(value) && message.contains(why),
            "{message}"
        );
    }
}

/// Returns the header `x-request-id` of a head.
fn request_id(head: &str) -> Option<&str> {
    head.lines().find_map(|line| line.strip_prefix("x-request-id: "))
}

#[test]
fn a_request_has_one_identifier_at_the_client_in_the_log_and_at_the_origin() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::start();
    origin.answer_with("204 No Content", "");
    let url = origin.url.clone();
    let served = serve(dir.path(), &["pass", "--origin", &url, "--request-id"]);
    let send = |served: &Served, id: &str| {
        let request = client().get(&served.url).header("x-request-id", id);
        let response = request.call().unwrap();
        let id = response.headers().get("x-request-id");
        id.map(|id| id.to_str().unwrap().to_owned())
    };
    assert_eq!(send(&served, "edge-7").as_deref(), Some("edge-7"));
    assert_eq!(request_id(&origin.received().unwrap()), Some("edge-7"));
    served.logs(&["\"request_id\":\"edge-7\""]);
    // An identifier that can't be one is replaced by the request's number.
    let made = send(&served, "not one").unwrap();
    assert_eq!(request_id(&origin.received().unwrap()), Some(made.as_str()));
    let number = format!("\"request\":\"{made}\"");
    served.logs(&[&number, &format!("\"request_id\":\"{made}\"")]);

    let served = serve(dir.path(), &["pass", "--origin", &url]);
    assert_eq!(send(&served, "edge-8"), None);
    assert_eq!(request_id(&origin.received().unwrap()), Some("edge-8"));
}
