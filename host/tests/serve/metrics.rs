//! What monitoring systems read at `/metrics`.

use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pretty_assertions::assert_eq;
use sha2::{Digest as _, Sha256};
use testkit_serve::serve::{Served, TIMEOUT, client, file, serve};
use ureq::http::Request;

#[cfg(unix)]
use crate::config_reloads::reload;
use crate::origin::Origin;

const ADMIN: [&str; 2] = ["--admin", "127.0.0.1:0"];

/// Returns the metrics whose lines start with a name, once there are some with each of these values.
fn lines(served: &Served, name: &str, values: &[&str]) -> Vec<String> {
    let begin = Instant::now();
    loop {
        let metrics = served.metrics();
        let lines: Vec<String> = metrics
            .lines()
            .filter(|line| line.starts_with(name))
            .map(str::to_owned)
            .collect();
        let has = |value: &&str| lines.iter().any(|line| line.contains(*value));
        if values.iter().all(has) {
            return lines;
        }
        assert!(begin.elapsed() < TIMEOUT, "no {values:?} in {metrics}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn requests_have_the_labels_of_the_conventions() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &[&["length"], &ADMIN[..]].concat()).with_admin();
    client().get(&served.url).call().unwrap();
    client().post(&served.url).send("12345").unwrap();
    let purge = Request::builder().method("PURGE").uri(&served.url).body(()).unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .allow_non_standard_methods(true)
        .http_status_as_error(false)
        .build()
        .into();
    agent.run(purge).unwrap();

    let labels = |method: &str| {
        format!(
            "{{http_request_method=\"{method}\",url_scheme=\"http\",network_protocol_version=\"1.1\",http_response_status_code=\"200\"}}"
        )
    };
    for method in ["GET", "POST", "_OTHER"] {
        let name = "http_server_request_duration_seconds_count";
        lines(&served, name, &[&format!("{} 1", labels(method))]);
    }
    let text = served.metrics();
    for expected in [
        "# TYPE http_server_request_duration_seconds histogram".to_owned(),
        "# UNIT http_server_request_duration_seconds seconds".to_owned(),
        format!(
            "http_server_request_body_size_bytes_sum{} 5",
            labels("POST")
        ),
        format!(
            "http_server_response_body_size_bytes_count{} 1",
            labels("GET")
        ),
        "http_server_active_requests{http_request_method=\"GET\",url_scheme=\"http\"} 0".to_owned(),
    ] {
        assert!(text.contains(&expected), "no {expected} in {text}");
    }
    let bounds: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("http_server_request_duration_seconds_bucket"))
        .filter(|line| line.contains("\"POST\""))
        .filter_map(|line| line.split("le=\"").nth(1)?.split('"').next())
        .collect();
    assert_eq!(
        bounds.join(" "),
        "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1.0 2.5 5.0 7.5 10.0 +Inf"
    );
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn requests_to_servers_have_their_addresses_and_errors() {
    let dir = tempfile::tempdir().unwrap();
    let (origin, auth) = (Origin::start(), Origin::start());
    origin.answer_with("200 OK\nContent-Length: 6", "inside");
    auth.answer_with("204 No Content", "");
    let route = format!("auth.example={}", auth.url);
    let closed = "http://127.0.0.1:1/";
    let args = ["gate", "--origin", &origin.url, "--route", &route];
    let served = serve(dir.path(), &[&args, &ADMIN[..]].concat()).with_admin();
    assert_eq!(client().get(&served.url).call().unwrap().status(), 200);
    let port = origin.url.rsplit_once(':').unwrap().1;
    let name = "http_client_request_duration_seconds_count";
    let to_origin = format!(
        "url_scheme=\"http\",server_address=\"127.0.0.1\",server_port=\"{port}\",http_response_status_code=\"200\",witgen_origin=\"origin\"}} 1"
    );
    let to_auth = "url_scheme=\"http\",server_address=\"auth.example\",server_port=\"80\",http_response_status_code=\"204\",witgen_member=\"gate\"} 1";
    let found = lines(&served, name, &[&to_origin, to_auth]);
    assert_eq!(found.len(), 2, "{found:#?}");

    let args = ["pass", "--origin", closed];
    let served = serve(dir.path(), &[&args, &ADMIN[..]].concat()).with_admin();
    assert_eq!(client().get(&served.url).call().unwrap().status(), 502);
    lines(
        &served,
        name,
        &["server_port=\"1\",error_type=\"ConnectionRefused\",witgen_origin=\"origin\"} 1"],
    );
    let name = "http_server_request_duration_seconds_count";
    lines(
        &served,
        name,
        &["http_response_status_code=\"502\",error_type=\"502\"} 1"],
    );
}

#[test]
fn requests_have_the_route_and_the_chain_that_they_went_to() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "hello");
    let text = "[members.hello]\ncomponent = 'hello.wasm'\n[chains.web]\nmembers = ['hello']\n\
        [[routes]]\nhost = 'a.example'\npath = '/api'\nchain = 'web'\n";
    let path = dir.path().join("chain.toml");
    fs::write(&path, text).unwrap();
    let served = serve(
        dir.path(),
        &[&[path.to_str().unwrap()], &ADMIN[..]].concat(),
    )
    .with_admin();
    let get = |host: &str| {
        let request = client().get(format!("{}/api/items", served.url)).header("host", host);
        request.call().unwrap().status()
    };
    assert_eq!(get("a.example"), 200);
    assert_eq!(get("b.example"), 421);
    let name = "http_server_request_duration_seconds_count";
    let routed = "server_address=\"a.example\",http_route=\"/api\",witgen_chain=\"web\"} 1";
    let unknown = "http_response_status_code=\"421\"} 1";
    lines(&served, name, &[routed, unknown]);
}

#[test]
fn the_process_and_the_build_are_known() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &[&["hello"], &ADMIN[..]].concat()).with_admin();
    let version = env!("CARGO_PKG_VERSION");
    lines(
        &served,
        "witgen_build_info{",
        &[&format!("version=\"{version}\",wasmtime=\"48."), "} 1"],
    );
    if !cfg!(target_os = "linux") {
        return;
    }
    assert!(served.metric("process_resident_memory_bytes") > 1e6);
    assert!(
        served.metric("process_virtual_memory_bytes")
            >= served.metric("process_resident_memory_bytes")
    );
    assert!(served.metric("process_cpu_seconds_total") > 0.0);
    assert!(served.metric("process_open_fds") > 3.0);
    assert!(served.metric("process_max_fds") >= served.metric("process_open_fds"));
    assert!(served.metric("process_threads") > 1.0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let age = now - served.metric("process_start_time_seconds");
    assert!((-2.0..600.0).contains(&age), "{age}");
}

#[cfg(unix)]
#[test]
fn each_component_is_known_by_its_digest_also_after_a_reload() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "hello");
    let served = serve(dir.path(), &[&["hello"], &ADMIN[..]].concat()).with_admin();
    let digest = |bytes: &[u8]| {
        let digits: String =
            Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{digits}")
    };
    let mut component = fs::read(&path).unwrap();
    let first = digest(&component);
    let info = "witgen_component_info{";
    let expected = format!("member=\"hello\",digest=\"{first}\",version=\"\"}} 1");
    lines(&served, info, &[&expected]);
    served.logs(&["\"serving a component\"", &first]);
    let start = served.metric("witgen_last_reload_timestamp_seconds{result=\"served\"}");
    assert!(start > 1e9, "{start}");

    // A custom section is what `wasm-tools metadata add --version` adds.
    component.extend(b"\x00\x0d\x07version1.2.3");
    fs::write(&path, &component).unwrap();
    let second = digest(&component);
    served.signal("HUP");
    let expected = format!("member=\"hello\",digest=\"{second}\",version=\"1.2.3\"}} 1");
    let found = lines(&served, info, &[&expected]);
    assert_eq!(found.len(), 1, "{found:#?}");
    served.logs(&["\"serving a component\"", &second, "\"version\":\"1.2.3\""]);
    let count = "witgen_reload_time_seconds_count{result=\"served\"} 1";
    lines(&served, "witgen_reload_time_seconds_count", &[count]);
    assert!(served.metric("witgen_last_reload_timestamp_seconds{result=\"served\"}") > start);

    fs::write(&path, "no component").unwrap();
    served.signal("HUP");
    let count = "witgen_reload_time_seconds_count{result=\"refused\"} 1";
    lines(&served, "witgen_reload_time_seconds_count", &[count]);
    lines(&served, info, &[&expected]);
    assert!(
        served.metric("witgen_last_reload_timestamp_seconds{result=\"refused\"}")
            > served.metric("witgen_last_reload_timestamp_seconds{result=\"served\"}")
    );
}

#[cfg(unix)]
#[test]
fn reloads_remove_the_labels_of_what_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "hello");
    let text = |path: &str| {
        format!(
            "[members.hello]\ncomponent = 'hello.wasm'\n[chains.web]\nmembers = ['hello']\n\
             [[routes]]\nchain = 'web'\n[[routes]]\npath = '{path}'\nchain = 'web'\n"
        )
    };
    let path = dir.path().join("chain.toml");
    fs::write(&path, text("/a")).unwrap();
    let served = serve(
        dir.path(),
        &[&[path.to_str().unwrap()], &ADMIN[..]].concat(),
    )
    .with_admin();
    let of_route = |route: &str| {
        let label = format!("http_route=\"{route}\"");
        served.metrics().contains(&label)
    };
    for route in ["/", "/a"] {
        client().get(format!("{}{route}", served.url)).call().unwrap();
        lines(
            &served,
            "http_server_request_duration_seconds_count",
            &[&format!("http_route=\"{route}\"")],
        );
    }
    // Requests of the old route may still end.
    reload(&served, dir.path(), &text("/b"), "served");
    assert!(of_route("/") && of_route("/a"));
    reload(&served, dir.path(), &text("/c"), "served");
    assert!(of_route("/") && !of_route("/a"));
}
