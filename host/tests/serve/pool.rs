//! `witgen-serve` over real sockets: origins that are several servers.

use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, TIMEOUT, client, serve, witgen_serve};
use tokio::net::TcpSocket;

use crate::config::chain_file;
use crate::origin::Origin;

fn origin(content: &str) -> Origin {
    let origin = Origin::start();
    let length = content.len();
    origin.answer_with(&format!("200 OK\nContent-Length: {length}"), content);
    origin
}

/// Returns a URL that nobody listens at, and what keeps it so.
fn dead() -> (String, TcpSocket) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (format!("http://{}", socket.local_addr().unwrap()), socket)
}

fn get(served: &Served) -> String {
    let mut response = client().get(&served.url).call().unwrap();
    let status = response.status().as_u16();
    format!("{status} {}", response.body_mut().read_to_string().unwrap())
}

fn requests(served: &Served, server: &str, outcome: &str) -> f64 {
    served.metric(&format!(
        "witgen_origin_requests_total{{origin=\"origin\",server=\"{server}/\",outcome=\"{outcome}\"}}"
    ))
}

fn is_healthy(served: &Served, server: &str) -> bool {
    let name = format!("witgen_origin_healthy{{origin=\"origin\",server=\"{server}/\"}}");
    served.metric(&name) == 1.0
}

#[test]
fn requests_are_distributed_between_origins() {
    let dir = tempfile::tempdir().unwrap();
    let [one, two] = [origin("one"), origin("two")];
    let args = [
        "pass",
        "--origin",
        &one.url,
        "--origin",
        &two.url,
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &args).with_admin();
    let answers: Vec<_> = (0..6).map(|_| get(&served)).collect();
    assert_eq!(
        answers,
        [
            "200 one", "200 two", "200 one", "200 two", "200 one", "200 two"
        ]
    );
    for server in [&one, &two] {
        assert_eq!(requests(&served, &server.url, "answered"), 3.0);
        assert!(is_healthy(&served, &server.url));
    }
    assert_eq!(
        served.metric("witgen_origin_retries_total{origin=\"origin\"}"),
        0.0
    );
}

#[test]
fn a_dead_origin_is_replaced_ejected_and_logged() {
    let dir = tempfile::tempdir().unwrap();
    let (alive, (dead, _reserved)) = (origin("alive"), dead());
    let args = [
        "pass",
        "--origin",
        &dead,
        "--origin",
        &alive.url,
        "--admin",
        "127.0.0.1:0",
        "--log",
        "json",
    ];
    let served = serve(dir.path(), &args).with_admin();
    for _ in 0..20 {
        assert_eq!(get(&served), "200 alive");
    }
    served.logs(&[
        "\"target\":\"origin\"",
        "no response, sent to",
        &alive.url,
        "instead",
        "-1\",\"server\"",
    ]);
    served.logs(&[
        "\"target\":\"origin\"",
        "\"origin\":\"origin\"",
        "is ejected for 10s: 5 requests failed",
        &dead,
    ]);
    assert_eq!(requests(&served, &dead, "failed"), 5.0);
    assert_eq!(requests(&served, &alive.url, "answered"), 20.0);
    assert!(!is_healthy(&served, &dead));
    assert_eq!(
        served.metric("witgen_origin_retries_total{origin=\"origin\"}"),
        5.0
    );
    let ejections =
        format!("witgen_origin_ejections_total{{origin=\"origin\",server=\"{dead}/\"}}");
    assert_eq!(served.metric(&ejections), 1.0);
}

#[cfg(unix)]
#[test]
fn a_reload_keeps_what_health_checks_have_found() {
    let dir = tempfile::tempdir().unwrap();
    let (alive, (dead, _reserved)) = (origin("alive"), dead());
    let args = [
        "pass",
        "--origin",
        &dead,
        "--origin",
        &alive.url,
        "--origin-health",
        "/healthz",
        "--admin",
        "127.0.0.1:0",
        "--log",
        "json",
    ];
    let served = serve(dir.path(), &args).with_admin();
    served.logs(&[
        "\"target\":\"origin\"",
        "is unhealthy: a check failed",
        &dead,
    ]);
    let begun = Instant::now();
    while !alive
        .received()
        .is_some_and(|head| head.starts_with("GET /healthz HTTP/1.1\r\n"))
    {
        assert!(begun.elapsed() < TIMEOUT, "it isn't checked");
        std::thread::sleep(Duration::from_millis(10));
    }
    for _ in 0..10 {
        assert_eq!(get(&served), "200 alive");
    }
    served.signal("HUP");
    served.logs(&["reloaded the components"]);
    assert!(!is_healthy(&served, &dead));
    assert!(is_healthy(&served, &alive.url));
    for _ in 0..10 {
        assert_eq!(get(&served), "200 alive");
    }
    assert_eq!(requests(&served, &dead, "failed"), 0.0);
    assert_eq!(requests(&served, &alive.url, "answered"), 20.0);
}

#[test]
fn unusable_options_of_origins_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let pass = testkit_serve::serve::file(dir.path(), "pass");
    let pass = pass.to_str().unwrap();
    let origin = ["--origin", "http://127.0.0.1:1"];
    for (args, part) in [
        (
            [origin, origin].concat(),
            "error[invalid-origin]: `http://127.0.0.1:1/` is in the pool more than once",
        ),
        (
            [&origin[..], &["--origin-health", "healthz"]].concat(),
            "write it as /healthz",
        ),
        (vec!["--origin-health", "/healthz"], "--origin <URL>"),
    ] {
        let mut command = witgen_serve(&["--listen", "127.0.0.1:0", pass]);
        let output = command.args(&args).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(part), "{stderr}");
    }
}

#[test]
fn a_file_describes_the_pools_of_its_chains() {
    let dir = tempfile::tempdir().unwrap();
    let [one, two, other] = [origin("one"), origin("two"), origin("other")];
    let text = |weights: &str| {
        format!(
            "[members.first]\ncomponent = 'pass.wasm'\n[members.second]\ncomponent = 'pass.wasm'\n\
             [chains.web]\nmembers = ['first']\norigin = 'app'\n\
             [chains.single]\nmembers = ['second']\norigin = '{}'\n\
             [[routes]]\nchain = 'web'\n[[routes]]\npath = '/single'\nchain = 'single'\n\
             [origins.app]\nservers = ['{}', '{}']\n{weights}",
            other.url, one.url, two.url
        )
    };
    let path = chain_file(dir.path(), &["pass"], &text("retries = { attempts = 0 }\n"));
    let served = serve(dir.path(), &[&path, "--admin", "127.0.0.1:0"]).with_admin();
    let answers: Vec<_> = (0..4).map(|_| get(&served)).collect();
    assert_eq!(answers, ["200 one", "200 two", "200 one", "200 two"]);
    let single = format!("{}/single", served.url);
    let content = client().get(&single).call().unwrap().body_mut().read_to_string().unwrap();
    assert_eq!(content, "other");
    let answered = |server: &str| {
        served.metric(&format!(
            "witgen_origin_requests_total{{origin=\"app\",server=\"{server}/\",outcome=\"answered\"}}"
        ))
    };
    assert_eq!(answered(&one.url), 2.0);

    // What is wrong with a pool is reported with its place.
    let wrong = "outliers = { ejection = '10s', max-ejection = '1s' }\n";
    chain_file(dir.path(), &["pass"], &text(wrong));
    let output = witgen_serve(&[&path, "--check-config"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.contains("`app`") && stderr.contains("chain.toml:"),
        "{stderr}"
    );
}
