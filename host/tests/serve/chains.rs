//! `witgen-serve` over real sockets: chains of components, open and closed, before servers good and bad.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
#[cfg(unix)]
#[cfg(unix)]
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, TIMEOUT, client, serve, witgen_serve};

#[test]
fn chains_of_any_length_answer_as_their_members_do() {
    let dir = tempfile::tempdir().unwrap();
    let hello = serve(dir.path(), &["hello"]);
    let mut response = client().get(&hello.url).call().unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello\n");

    let stamp = serve(dir.path(), &["stamp", "hello"]);
    let mut response = client().get(&stamp.url).call().unwrap();
    assert_eq!(response.headers()["x-stamp"], "1");
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello\n");

    let eight = [
        "stamp",
        "pass",
        "pass-unread",
        "stamp-unread",
        "a=pass",
        "rewrite",
        "b=stamp",
        "hello",
    ];
    let eight = serve(dir.path(), &eight);
    let mut response = client().post(&eight.url).send("question").unwrap();
    assert_eq!(response.headers()["x-stamp"], "1");
    assert_eq!(response.headers()["x-rewritten"], "up");
    assert_eq!(response.body_mut().read_to_string().unwrap(), "HELLO\n");
}

/// A server that does this with each connection, after it has read a head.
fn upstream(answer: impl Fn(TcpStream, Vec<String>) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, answer) = (stream.unwrap(), answer.clone());
            thread::spawn(move || {
                let head = BufReader::new(stream.try_clone().unwrap())
                    .lines()
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                    .collect();
                answer(stream, head);
            });
        }
    });
    url
}

#[test]
fn an_open_chain_forwards_as_an_intermediary_has_to() {
    let dir = tempfile::tempdir().unwrap();
    let url = upstream(|mut stream, head| {
        let content = head.join("\n");
        let length = content.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close, X-Of-This-Hop\r\n\
             X-Of-This-Hop: 1\r\n\r\n{content}"
        );
        stream.write_all(head.as_bytes()).unwrap();
    });
    let chain = serve(
        dir.path(),
        &["stamp", "pass", "--origin", &url, "--name", "us"],
    );
    let request = client()
        .get(format!("{}/a?b", chain.url))
        .header("Via", "1.0 them")
        .header("Connection", "X-Secret")
        .header("X-Secret", "1")
        .header("X-Kept", "1");
    let mut response = request.call().unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-stamp"], "1");
    assert!(!response.headers().contains_key("x-of-this-hop"));
    let head = response.body_mut().read_to_string().unwrap();
    let has = |line: &str| head.lines().any(|own| own.eq_ignore_ascii_case(line));
    assert!(head.starts_with("GET /a?b HTTP/1.1\n"), "{head}");
    // Whom the client asked is whom the origin is asked for.
    assert!(has(&format!("host: {}", chain.address())), "{head}");
    assert!(has("via: 1.0 them") && has("via: 1.1 us"), "{head}");
    assert!(has("cdn-loop: us"), "{head}");
    let forwarded = format!(
        "forwarded: for=127.0.0.1;host=\"{}\";proto=http",
        chain.address()
    );
    assert!(has(&forwarded), "{head}");
    assert!(
        has("x-kept: 1") && !head.to_lowercase().contains("x-secret"),
        "{head}"
    );
    // Unless the origin is to be asked for by its own name.
    let chain = serve(dir.path(), &["pass", "--origin", &url, "--origin-host"]);
    let mut response = client().get(&chain.url).call().unwrap();
    let head = response.body_mut().read_to_string().unwrap();
    let own = format!("host: {}", url.trim_start_matches("http://"));
    assert_eq!(head.to_lowercase().matches("\nhost:").count(), 1, "{head}");
    assert!(
        head.lines().any(|line| line.eq_ignore_ascii_case(&own)),
        "{head}"
    );
}

#[test]
fn a_chain_before_itself_is_a_loop() {
    let dir = tempfile::tempdir().unwrap();
    // Two that send each other what they get.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let other = format!("http://127.0.0.1:{port}");
    let first = serve(dir.path(), &["pass", "--origin", &other]);
    let listen = format!("127.0.0.1:{port}");
    let pass = testkit_serve::serve::file(dir.path(), "pass");
    let args = [
        pass.to_str().unwrap(),
        "--listen",
        &listen,
        "--origin",
        &first.url,
    ];
    let _second = testkit_serve::serve::Served::of(witgen_serve(&args));
    let begin = Instant::now();
    let response = client().get(&first.url).call().unwrap();
    assert_eq!(response.status(), 508);
    assert!(begin.elapsed() < TIMEOUT);
}

#[test]
fn a_request_that_may_not_be_forwarded_is_answered_here() {
    let dir = tempfile::tempdir().unwrap();
    let url = upstream(|mut stream, _| {
        stream.write_all(b"HTTP/1.1 500 Asked\r\n\r\n").unwrap();
    });
    let pass = serve(dir.path(), &["pass", "--origin", &url]);
    let head = "TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\nCookie: secret\r\nX-A: b\r\n\r\n";
    let answer = exchange(pass.address(), head);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.contains("content-type: message/http\r\n"),
        "{answer}"
    );
    assert!(
        answer.contains("x-a: b\r\n") && !answer.contains("secret"),
        "{answer}"
    );
    let head = "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n";
    let answer = exchange(pass.address(), head);
    assert!(
        answer.starts_with("HTTP/1.1 204 No Content\r\n"),
        "{answer}"
    );
}

/// What comes back for these bytes, until the connection is quiet.
fn exchange(address: &str, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn an_upstream_that_misbehaves_is_a_bad_gateway() {
    let dir = tempfile::tempdir().unwrap();
    type Answer = fn(TcpStream, Vec<String>);
    let cases: [(&str, Answer, u16); 5] = [
        ("closes", |_, _| {}, 502),
        (
            "garbage",
            |mut stream, _| stream.write_all(b"\0\x01garbage\r\n\r\n").unwrap(),
            502,
        ),
        (
            "endless head",
            |mut stream, _| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
                while stream.write_all(b"X-Field: and another one\r\n").is_ok() {}
            },
            502,
        ),
        (
            "switches",
            |mut stream, _| {
                let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
            },
            502,
        ),
        (
            "stalls",
            |_stream, _| thread::sleep(Duration::from_secs(20)),
            504,
        ),
    ];
    for (what, answer, status) in cases {
        let url = upstream(answer);
        let args = [
            "stamp",
            "pass",
            "--origin",
            &url,
            "--response-timeout",
            "1s",
        ];
        let chain = serve(dir.path(), &args);
        let response = client().get(&chain.url).call().unwrap();
        assert_eq!(response.status(), status, "{what}");
    }
    // Hints come before the response, and are not it.
    let url = upstream(|mut stream, _| {
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        let answer = [hints, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"].concat();
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let chain = serve(dir.path(), &["stamp", "--origin", &url]);
    let mut response = client().get(&chain.url).call().unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "ok");
    // What is cut is seen to be.
    let url = upstream(|mut stream, _| {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let chain = serve(dir.path(), &["stamp", "--origin", &url]);
    let mut response = client().get(&chain.url).call().unwrap();
    assert!(response.body_mut().read_to_string().is_err());
    chain.logs(&["\"end\":\"cut\"", "\"status\":200"]);
}

#[test]
fn a_gate_before_a_service_asks_on_the_side() {
    let dir = tempfile::tempdir().unwrap();
    let auth = upstream(|mut stream, head| {
        let has_credentials =
            head.iter().any(|line| line.eq_ignore_ascii_case("authorization: Bearer 1"));
        let is_for_auth = head.iter().any(|line| line.eq_ignore_ascii_case("host: auth.example"));
        let status = match has_credentials && is_for_auth {
            true => "200 OK",
            false => "401 Unauthorized",
        };
        let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let route = format!("auth.example={auth}");
    let chain = serve(dir.path(), &["gate", "echo", "--route", &route]);
    let ask = |credentials: &str| {
        let request = client().post(&chain.url).header("Authorization", credentials);
        let mut response = request.send("question").unwrap();
        (
            response.status().as_u16(),
            response.body_mut().read_to_string().unwrap(),
        )
    };
    assert_eq!(ask("Bearer 1"), (200, "question".to_owned()));
    assert_eq!(ask("Bearer 2"), (403, "forbidden\n".to_owned()));
    chain.logs(&[
        "\"target\":\"access\"",
        "\"side_calls\":1",
        "\"status\":403",
    ]);
}

#[test]
fn components_of_the_released_package_serve_too() {
    let dir = tempfile::tempdir().unwrap();
    let released = dir.path().join("released.wasm");
    std::fs::write(&released, testkit_serve::component("released")).unwrap();
    let chain = serve(dir.path(), &["old-relay", released.to_str().unwrap()]);
    let response = client().get(&chain.url).call().unwrap();
    assert_eq!(response.status(), 200);
    assert!(
        response.headers().contains_key("x-old-relay"),
        "{response:?}"
    );
    assert_eq!(response.headers()["x-released"], "0.3.2");
}

#[test]
fn a_member_may_come_from_a_registry() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("registry/acme/hello");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("1.0.0.wasm"), testkit_serve::component("hello")).unwrap();
    let (registry, cache) = (dir.path().join("registry"), dir.path().join("cache"));
    let args = [
        "stamp",
        "acme:hello@1.0.0",
        "--registry",
        registry.to_str().unwrap(),
        "--cache",
        cache.to_str().unwrap(),
        "--allow",
        "hello=example.com",
    ];
    let chain = serve(dir.path(), &args);
    let mut response = client().get(&chain.url).call().unwrap();
    assert_eq!(response.headers()["x-stamp"], "1");
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello\n");
}

/// The public key of RFC 8410, section 10.1, with which nobody signs.
const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

#[test]
fn a_member_that_nobody_vouches_for_is_served_only_if_the_policy_asks_for_a_report() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("registry/acme/hello");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("1.0.0.wasm"), testkit_serve::component("hello")).unwrap();
    std::fs::write(dir.path().join("acme.pub"), KEY).unwrap();
    let policy = "[[trust]]\nnamespaces = ['acme']\nkeys = ['acme.pub']\n";
    let serve = |policy: &str| {
        std::fs::write(dir.path().join("witgen.toml"), policy).unwrap();
        let args = [
            "acme:hello@1.0.0",
            "--registry",
            "./registry",
            "--cache",
            "cache",
        ];
        let mut command = witgen_serve(&["--listen", "127.0.0.1:0"]);
        command.args(args).current_dir(dir.path());
        command
    };
    let refused = serve(policy).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("error[not-attested]"), "{message}");

    let served = Served::of(serve(&format!("{policy}require = false\n")));
    assert_eq!(client().get(&served.url).call().unwrap().status(), 200);
    served.logs(&["no attestation of `acme:hello@1.0.0` satisfies the policy"]);
}

#[cfg(unix)]
#[test]
fn witgen_itself_runs_it() {
    let dir = tempfile::tempdir().unwrap();
    let hello = testkit_serve::serve::file(dir.path(), "hello");
    let witgen = testkit::toolchain::witgen();
    let mut command = Command::new(&witgen);
    command.env("WITGEN_CODE_CACHE", dir.path().join("code"));
    // What all of witgen's commands take is not lost on the way.
    command.args([
        "--quiet",
        "--format",
        "json",
        "serve",
        hello.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
    ]);
    let mut served = testkit_serve::serve::Served::of(command);
    assert_eq!(client().get(&served.url).call().unwrap().status(), 200);
    served.logs(&["{", "\"message\":\"listening on"]);
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
    assert!(!served.log().iter().any(|line| line.contains("access")));
    // What is said of serving itself counts.
    let mut command = Command::new(&witgen);
    command.args([
        "--quiet",
        "--format",
        "json",
        "serve",
        hello.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
    ]);
    command.args(["--log", "human", "--no-access-log"]);
    let served = testkit_serve::serve::Served::of(command);
    assert!(!served.logs(&["listening on"]).starts_with('{'));
}
