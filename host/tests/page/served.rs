//! The page and its JSON over sockets: what they show, and to which clients.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use testkit_serve::serve::{client, serve};

use super::chains::{chains, named, request, status, status_text, status_with};

/// Sends a request to an address as it is, and returns the response.
fn send(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    String::from_utf8_lossy(&response).into_owned()
}

/// Returns the value of a header of a response.
fn header<'a>(response: &'a str, name: &str) -> &'a str {
    let (head, _) = response.split_once("\r\n\r\n").unwrap();
    let find = |line: &'a str| line.strip_prefix(name)?.strip_prefix(": ");
    head.lines().find_map(find).unwrap_or_else(|| panic!("no {name} in {head}"))
}

fn admin_address(served: &testkit_serve::serve::Served) -> &str {
    served.admin.as_deref().unwrap().strip_prefix("http://").unwrap()
}

#[test]
fn the_page_is_one_file_that_loads_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["hello", "--admin", "127.0.0.1:0"]).with_admin();
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let page = send(admin_address(&served), request);
    assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(header(&page, name), value);
    }
    let policy = header(&page, "content-security-policy");
    for part in [
        "default-src 'none'",
        "connect-src 'self'",
        "script-src 'sha256-",
        "style-src 'sha256-",
        "frame-ancestors 'none'",
        "trusted-types 'none'",
    ] {
        assert!(policy.contains(part), "{part} is not in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<style").count(), 1);
    for unwanted in [
        "src=",
        "@import",
        "url(",
        "innerHTML",
        "insertAdjacentHTML",
        "eval(",
    ] {
        assert!(!page.contains(unwanted), "{unwanted}");
    }
}

#[test]
fn only_get_and_head_are_supported() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["hello", "--admin", "127.0.0.1:0"]).with_admin();
    let ask = |method: &str, path: &str| {
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        send(admin_address(&served), request.as_bytes())
    };
    for path in ["/", "/status.json", "/metrics", "/healthz"] {
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let response = ask(method, path);
            assert!(response.starts_with("HTTP/1.1 405 "), "{response}");
            assert_eq!(header(&response, "allow"), "GET, HEAD");
        }
        let content = ask("GET", path);
        assert!(content.starts_with("HTTP/1.1 200 OK"), "{content}");
        let head = ask("HEAD", path);
        assert!(
            head.starts_with("HTTP/1.1 200 OK") && head.ends_with("\r\n\r\n"),
            "{head}"
        );
    }
    let missing = ask("GET", "/nothing");
    assert!(missing.starts_with("HTTP/1.1 404 "), "{missing}");
    for path in [
        "/, a page",
        "/status.json",
        "/healthz",
        "/readyz",
        "/metrics",
    ] {
        assert!(missing.contains(path), "{missing}");
    }
}

#[test]
fn sites_that_lead_their_name_to_the_listener_cannot_read_the_page() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["hello", "--admin", "127.0.0.1:0"]).with_admin();
    let ask = |path: &str, host: &str| {
        let request = format!("GET {path} HTTP/1.1\r\n{host}connection: close\r\n\r\n");
        send(admin_address(&served), request.as_bytes())
    };
    for path in ["/", "/status.json"] {
        for host in [
            "host: attacker.example\r\n",
            "host: localhost.attacker.example:9000\r\n",
            "host: localhost\r\nhost: attacker.example\r\n",
            "host: attacker.example\r\nhost: localhost\r\n",
        ] {
            let response = ask(path, host);
            assert!(
                response.starts_with("HTTP/1.1 421 ") || response.starts_with("HTTP/1.1 400 "),
                "{host}{response}"
            );
            assert!(!response.contains("hello"), "{response}");
        }
        for host in ["localhost:9000", "127.0.0.1", "[::1]:9000"] {
            let response = ask(path, &format!("host: {host}\r\n"));
            assert!(response.starts_with("HTTP/1.1 200 OK"), "{host} {response}");
        }
    }
    // Prometheus and load balancers use names.
    for path in ["/metrics", "/healthz", "/readyz"] {
        let response = ask(path, "host: metrics.example\r\n");
        assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    }
}

#[test]
fn the_page_is_not_on_public_listeners() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["hello", "--admin", "127.0.0.1:0"]).with_admin();
    for path in ["/", "/status.json"] {
        let mut response = client().get(format!("{}{path}", served.url)).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello\n");
    }
}

#[cfg(unix)]
#[test]
fn a_unix_socket_has_the_page_too() {
    use std::os::unix::net::UnixStream;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("admin.sock");
    let admin = format!("unix:{}", path.display());
    let _served = serve(dir.path(), &["hello", "--admin", &admin]).with_admin();
    let mut stream = UnixStream::connect(&path).unwrap();
    let request = b"GET /status.json HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert_eq!(header(&response, "content-type"), "application/json");
    assert!(response.contains("\"name\":\"hello\""), "{response}");
}

#[test]
fn the_status_has_chains_with_their_members_and_where_calls_lead() {
    let dir = tempfile::tempdir().unwrap();
    let chains = chains(dir.path(), &["--admin", "127.0.0.1:0"]);
    let status = status(&chains.served);
    let [web, closed] = ["web", "closed"].map(|name| named(&status["chains"], name));
    assert_eq!(web["routes"], json!(["/"]));
    assert_eq!(closed["routes"], json!(["/closed"]));
    let gate = &web["members"][0];
    assert_eq!(gate["name"], "gate");
    let next = json!([{ "hop": "origin", "to": "member", "name": "stamp" }]);
    assert_eq!(gate["next_hops"], next);
    assert_eq!(
        gate["side_calls"],
        json!([{ "hop": "client", "to": "network" }])
    );
    let allowed = gate["allow"].as_array().unwrap();
    assert_eq!(allowed.len(), 1, "{gate:#}");
    assert!(allowed[0].as_str().unwrap().starts_with("auth.example (at http://127.0.0.1:"));
    let guard = named(&closed["members"], "guard");
    assert_eq!(guard.get("allow"), None, "{guard:#}");
    let file = std::fs::read(dir.path().join("gate.wasm")).unwrap();
    assert_eq!(gate["digest"], digest(&file));
    assert_eq!(web["members"][2]["next_hops"], json!([]));
    assert_eq!(status["measures_members"], false);
    let members = status["members"].as_array().unwrap();
    let names: BTreeSet<_> =
        members.iter().map(|member| member["name"].as_str().unwrap()).collect();
    assert_eq!(names, BTreeSet::from(["bad", "gate", "guard", "stamp"]));
    assert_eq!(members.len(), names.len());
}

fn digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let digits = sha2::Sha256::digest(bytes);
    let digits: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

#[test]
fn a_request_has_the_calls_that_were_made_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let chains = chains(dir.path(), &["--admin", "127.0.0.1:0", "--member-times"]);
    assert_eq!(chains.get("/item?secret=query"), 200);
    let status = status_with(&chains.served, |status| request(status, "/item").is_some());
    let found = request(&status, "/item").unwrap();
    assert_eq!(found["status"], 200);
    assert_eq!(found["chain"], "web");
    assert_eq!(found["end"], "whole");
    assert_eq!(found["side_calls"], 1);
    let calls = found["calls"].as_array().unwrap();
    let shown: Vec<_> =
        calls.iter().map(|call| (&call["kind"], &call["to"], &call["caller"])).collect();
    let expected = [
        (&json!("member"), &json!("gate"), &json!(null)),
        (&json!("side-call"), &json!("auth.example"), &json!(0)),
        (&json!("member"), &json!("stamp"), &json!(0)),
        (&json!("member"), &json!("bad"), &json!(2)),
    ];
    assert_eq!(shown, expected);
    let total = found["total_ms"].as_f64().unwrap();
    let mut last = 0.0;
    for call in calls {
        let (start, time) = (
            call["start_ms"].as_f64().unwrap(),
            call["total_ms"].as_f64().unwrap(),
        );
        assert_eq!(call["status"], 200);
        assert!(start >= last && start + time <= total, "{found:#}");
        last = start;
    }
    let gate = named(&status["members"], "gate");
    assert_eq!(gate["minute"]["calls"], 1);
    assert_eq!(gate["side_calls"]["answered"], 1);
    assert_eq!(status["minute"]["requests"], 1);
    let text = status_text(&chains.served);
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn denials_traps_and_failed_requests_are_events() {
    let dir = tempfile::tempdir().unwrap();
    let chains = chains(dir.path(), &["--admin", "127.0.0.1:0"]);
    for _ in 0..3 {
        assert_eq!(chains.get("/closed"), 403);
    }
    assert_eq!(chains.get("/panic"), 500);
    let status = status_with(&chains.served, |status| {
        let has_trap = status["events"]["traps"][0].is_object();
        has_trap && status["requests"]["failed"][0].is_object()
    });
    let denial = &status["events"]["side_calls"][0];
    assert_eq!(denial["member"], "guard");
    assert_eq!(denial["host"], "auth.example");
    assert_eq!(denial["outcome"], "denied");
    assert_eq!(denial["count"], 3);
    let trap = &status["events"]["traps"][0];
    assert_eq!(trap["member"], "bad");
    assert!(
        trap["reason"].as_str().unwrap().contains("wasm `unreachable` instruction"),
        "{trap:#}"
    );
    let failed = &status["requests"]["failed"][0];
    assert_eq!(
        (&failed["path"], &failed["status"]),
        (&json!("/panic"), &json!(500))
    );
    assert_eq!(failed["calls"], json!([]));
    assert_eq!(status["minute"]["client_errors"], 3);
    assert_eq!(status["minute"]["server_errors"], 1);
    assert_eq!(named(&status["members"], "bad")["traps"], 1);
}

#[cfg(unix)]
#[test]
fn reloads_are_events_with_the_reason_of_a_refusal() {
    let dir = tempfile::tempdir().unwrap();
    let chains = chains(dir.path(), &["--admin", "127.0.0.1:0"]);
    let file = dir.path().join("chain.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("[side-calls]", "[nothing]")).unwrap();
    chains.served.signal("HUP");
    let status = status_with(&chains.served, |status| {
        status["events"]["reloads"][0].is_object()
    });
    let refused = &status["events"]["reloads"][0];
    assert_eq!(refused["result"], "refused");
    let problem = refused["problems"][0].as_str().unwrap();
    assert!(
        problem.contains("chain.toml") && problem.contains("nothing"),
        "{problem}"
    );
    let changed = text.replace(
        "members = [\"gate\", \"stamp\", \"bad\"]",
        "members = [\"bad\"]",
    );
    std::fs::write(&file, changed.replace("allow = [\"auth.example\"]", "")).unwrap();
    chains.served.signal("HUP");
    let status = status_with(&chains.served, |status| {
        status["events"]["reloads"][0]["result"] == "served"
    });
    assert_eq!(named(&status["chains"], "web")["members"][0]["name"], "bad");
    assert_eq!(status["events"]["reloads"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_kept_is_bounded_whatever_is_requested() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(
        dir.path(),
        &["hello", "--admin", "127.0.0.1:0", "--no-access-log"],
    )
    .with_admin();
    let agent = client();
    for at in 0..400 {
        let path = format!("/{at}/{}", "x".repeat(6000));
        agent.get(format!("{}{path}", served.url)).call().unwrap();
    }
    let text = status_text(&served);
    assert!(text.len() < 200_000, "{}", text.len());
    let status: Value = serde_json::from_str(&text).unwrap();
    let last = status["requests"]["last"].as_array().unwrap();
    assert!((20..=100).contains(&last.len()), "{}", last.len());
    assert!(last[0]["path"].as_str().unwrap().len() < 210);
    assert_eq!(status["requests"]["slowest"].as_array().unwrap().len(), 20);
    assert_eq!(status["minute"]["requests"], 400);
}
