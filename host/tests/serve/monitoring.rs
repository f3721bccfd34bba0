//! The dashboard and the alerts of `packaging/monitoring/`, and the metrics that they read. `scripts/test-monitoring.sh` tests them
//! with Prometheus.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use testkit_serve::serve::{TIMEOUT, client, file, serve};

use crate::origin::Origin;

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Returns the metrics of a server whose requests have each label.
fn metrics() -> String {
    let dir = tempfile::tempdir().unwrap();
    let (origin, auth) = (Origin::start(), Origin::start());
    origin.answer_with("503 Service Unavailable\nContent-Length: 0", "");
    auth.answer_with("204 No Content", "");
    for guest in ["gate", "stamp"] {
        file(dir.path(), guest);
    }
    let text = format!(
        "[admin]\nlisten = '127.0.0.1:0'\n[server]\nmember-times = true\n\
         [members.gate]\ncomponent = 'gate.wasm'\n[members.stamp]\ncomponent = 'stamp.wasm'\n\
         [chains.web]\nmembers = ['gate', 'stamp']\norigin = '{}'\n\
         [side-calls.routes]\n'auth.example' = '{}'\n",
        origin.url, auth.url
    );
    let path = dir.path().join("chain.toml");
    fs::write(&path, text).unwrap();
    let served = serve(dir.path(), &[path.to_str().unwrap()]).with_admin();
    assert_eq!(client().get(&served.url).call().unwrap().status(), 503);
    let begin = Instant::now();
    loop {
        let metrics = served.metrics();
        if metrics.contains("http_server_request_duration_seconds_count{") {
            return metrics;
        }
        assert!(begin.elapsed() < TIMEOUT, "{metrics}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the words of a text that can be names of this server's metrics or labels.
fn names(text: &str) -> BTreeSet<&str> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let words = text.split(|character| !is_part(character));
    let prefixes = ["witgen_", "http_", "process_"];
    words
        .filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix)))
        .collect()
}

#[test]
fn what_the_dashboard_and_the_alerts_read_exists() {
    let metrics = metrics();
    let samples: String = metrics
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut known = names(&samples);
    let histograms = known.iter().filter_map(|name| name.strip_suffix("_bucket"));
    known.extend(histograms.collect::<Vec<_>>());
    for name in ["dashboard.json", "alerts.yml", "alerts.test.yml"] {
        let path = repository().join("packaging/monitoring").join(name);
        let text = fs::read_to_string(path).unwrap();
        let named = names(&text);
        assert!(!named.is_empty(), "{name}");
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(
            unknown.is_empty(),
            "{name} names {unknown:?}; there are {known:#?}"
        );
    }
}

#[test]
fn every_metric_is_documented() {
    let metrics = metrics();
    let documentation = fs::read_to_string(repository().join("docs/observing.md")).unwrap();
    let types = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let missing: Vec<String> = types
        .map(|(name, kind)| match kind {
            "counter" => format!("{name}_total"),
            "info" => format!("{name}_info"),
            _ => name.to_owned(),
        })
        .filter(|name| !names(&documentation).contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "docs/observing.md has no {missing:?}");
}
