//! `witgen-serve chain.toml`: where traces go, and what measures members.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, client, file, witgen_serve};

use crate::config_reloads::reload;
use crate::traces::any_collector::{AnyCollector, Behavior};
use crate::traces::collector::{Collector, attribute};

/// Returns a file with these lines.
fn text(lines: &str) -> String {
    format!(
        "{lines}\n[members.hello]\ncomponent = 'hello.wasm'\n[chains.web]\nmembers = ['hello']\n"
    )
}

/// Returns the command that serves a file with these lines.
fn command(dir: &Path, lines: &str) -> Command {
    file(dir, "hello");
    let path = dir.join("chain.toml");
    fs::write(&path, text(lines)).unwrap();
    let path = path.to_str().unwrap();
    witgen_serve(&[path, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"])
}

fn ask(served: &Served) {
    assert_eq!(client().get(&served.url).call().unwrap().status(), 200);
}

/// Writes a secret, and returns its name.
fn secret(dir: &Path, value: &str) -> &'static str {
    fs::write(dir.join("secret"), value).unwrap();
    fs::set_permissions(dir.join("secret"), fs::Permissions::from_mode(0o600)).unwrap();
    "secret"
}

#[test]
fn a_file_names_the_collector_with_its_headers() {
    let dir = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let secret = secret(dir.path(), "Bearer open-sesame\n");
    let lines = format!(
        "[tracing]\nendpoint = '{}'\nheaders = {{ authorization = {{ file = '{secret}' }}, x-team = 'web' }}\nservice-name = 'shop'\nsampler = 'always_on'",
        collector.url
    );
    let served = Served::of(command(dir.path(), &lines)).with_admin();
    ask(&served);
    let spans = collector.spans(2);
    assert!(spans.iter().any(|span| attribute(span, "url.path").is_some()));
    let heads = collector.heads();
    assert!(
        heads.contains("authorization: bearer open-sesame\r\n"),
        "{heads}"
    );
    assert!(heads.contains("x-team: web\r\n"), "{heads}");
    assert_eq!(collector.resource("service.name").as_deref(), Some("shop"));
    served.logs(&["traces are sent to", &collector.url]);
    assert!(!served.log().concat().contains("open-sesame"));
}

#[test]
fn an_option_precedes_a_variable_and_a_variable_precedes_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let (of_file, of_variable, of_option) =
        (Collector::start(), Collector::start(), Collector::start());
    let lines = format!(
        "[tracing]\nendpoint = '{}'\nheaders = {{ x-secret = 'open-sesame' }}\nservice-name = 'of-file'\nsampler = 'always_off'",
        of_file.url
    );
    let variables = |command: &mut Command| {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &of_variable.url);
        command.env("OTEL_TRACES_SAMPLER", "always_on");
    };
    let mut by_variable = command(dir.path(), &lines);
    variables(&mut by_variable);
    let served = Served::of(by_variable).with_admin();
    ask(&served);
    of_variable.spans(2);
    assert_eq!(
        of_variable.resource("service.name").as_deref(),
        Some("of-file")
    );

    let mut by_option = command(dir.path(), &lines);
    variables(&mut by_option);
    by_option
        .args(["--otlp-endpoint", &of_option.url])
        .env("OTEL_SERVICE_NAME", "of-variable");
    let served = Served::of(by_option).with_admin();
    ask(&served);
    of_option.spans(2);
    assert_eq!(
        of_option.resource("service.name").as_deref(),
        Some("of-variable")
    );
    // The headers of the file are for the file's collector.
    for other in [&of_variable, &of_option] {
        assert!(!other.heads().contains("open-sesame"), "{}", other.heads());
    }
    of_file.spans(0);
}

#[test]
fn a_reload_replaces_the_collector_and_the_sampler_and_loses_no_span() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (Collector::start(), Collector::start());
    let to = |collector: &Collector, more: &str| {
        format!("[tracing]\nendpoint = '{}'\n{more}", collector.url)
    };
    let served = Served::of(command(dir.path(), &to(&first, ""))).with_admin();
    ask(&served);
    reload(&served, dir.path(), &text(&to(&second, "")), "served");
    ask(&served);
    first.spans(2);
    second.spans(2);
    served.logs(&["traces are sent to", &second.url]);
    let off = to(&second, "sampler = 'traceidratio'\nratio = 0");
    reload(&served, dir.path(), &text(&off), "served");
    ask(&served);
    let wrong = to(&second, "sampler = 'traceidratio'");
    reload(&served, dir.path(), &text(&wrong), "refused");
    served.logs(&["`tracing.sampler` has no `ratio`", "chain.toml:3:11"]);
    let nowhere = to(&second, "").replace("http://", "ftp://");
    reload(&served, dir.path(), &text(&nowhere), "refused");
    served.logs(&["`tracing.endpoint` is not the URL of a collector"]);
    reload(&served, dir.path(), &text(""), "served");
    served.logs(&["traces are no longer sent"]);
    ask(&served);
    second.spans(2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_stops_after_an_earlier_collector_has_its_spans() {
    let dir = tempfile::tempdir().unwrap();
    // It accepts spans when they are sent for the third time.
    let behavior = Behavior {
        refused: 2,
        ..Behavior::default()
    };
    let first = AnyCollector::start(None, behavior).await;
    let lines = format!("[tracing]\nendpoint = 'http://{}'", first.address);
    let mut served = Served::of(command(dir.path(), &lines)).with_admin();
    ask(&served);
    reload(&served, dir.path(), &text(""), "served");
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
    assert_eq!(first.count(), 1);
}

#[test]
fn a_file_measures_members() {
    let dir = tempfile::tempdir().unwrap();
    let count = "witgen_member_time_seconds_count{member=\"hello\"}";
    let served = Served::of(command(dir.path(), "[server]\nmember-times = true")).with_admin();
    let response = client().get(&served.url).call().unwrap();
    assert!(!response.headers().contains_key("server-timing"));
    assert_eq!(served.metric(count), 1.0);
    let timing = text("[server]\nserver-timing = true");
    reload(&served, dir.path(), &timing, "served");
    let response = client().get(&served.url).call().unwrap();
    assert!(response.headers().contains_key("server-timing"));
    reload(
        &served,
        dir.path(),
        &text("[server]\nmember-times = false"),
        "served",
    );
    let response = client().get(&served.url).call().unwrap();
    assert!(!response.headers().contains_key("server-timing"));
    assert_eq!(served.metric(count), 2.0);
}

#[test]
fn settings_without_a_collector_are_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::of(command(dir.path(), "[tracing]\nservice-name = 'shop'")).with_admin();
    served.logs(&[
        "`tracing` has no effect: no collector is configured",
        "chain.toml:2",
    ]);
    ask(&served);
}
