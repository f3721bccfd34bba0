//! `witgen-serve` over real sockets, asked by a client that is not its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, io};

use pretty_assertions::assert_eq;
use testkit_serve::component;
use testkit_serve::serve::{Served, TIMEOUT, client, file, serve, witgen_serve};

#[test]
fn a_proxy_before_a_service_answers() {
    let dir = tempfile::tempdir().unwrap();
    let hello = serve(dir.path(), &["hello"]);
    let stamp = serve(dir.path(), &["stamp", "--origin", &hello.url]);
    let mut response = client().get(&stamp.url).call().unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-stamp"], "1");
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello\n");
}

#[test]
fn ten_million_bytes_go_there_and_back() {
    let dir = tempfile::tempdir().unwrap();
    let echo = serve(dir.path(), &["echo"]);
    let pass = serve(dir.path(), &["pass", "--origin", &echo.url]);
    // Of no stated length, so that they are sent in pieces.
    let sent = io::repeat(b'x').take(10_000_000);
    let body = ureq::SendBody::from_owned_reader(sent);
    let mut response = client().post(&pass.url).send(body).unwrap();
    let received = response.body_mut().with_config().limit(20_000_000).read_to_vec().unwrap();
    assert_eq!(received.len(), 10_000_000);
    assert!(received.iter().all(|byte| *byte == b'x'));
}

#[test]
fn an_origin_that_is_not_there_is_a_bad_gateway() {
    let dir = tempfile::tempdir().unwrap();
    // A port at which nobody listens any more.
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let stamp = serve(
        dir.path(),
        &["stamp", "--origin", &format!("http://{address}")],
    );
    let mut response = client().get(&stamp.url).call().unwrap();
    assert_eq!(response.status(), 502);
    // Strangers learn no more; the log has the cause.
    let text = response.body_mut().read_to_string().unwrap();
    assert_eq!(text, "Bad Gateway\n");
    stamp.logs(&[
        "\"target\":\"access\"",
        "\"status\":502",
        "\"failure\":\"connection refused\"",
    ]);
}

#[test]
fn a_side_call_is_denied() {
    let dir = tempfile::tempdir().unwrap();
    let hello = serve(dir.path(), &["hello"]);
    let gate = serve(dir.path(), &["gate", "--origin", &hello.url]);
    let mut response = client().get(&gate.url).call().unwrap();
    assert_eq!(response.status(), 403);
    let text = response.body_mut().read_to_string().unwrap();
    assert_eq!(text, "Forbidden\n");
    gate.logs(&[
        "\"target\":\"access\"",
        "\"failure\":\"HTTP request denied\"",
    ]);
}

#[test]
fn the_cause_of_a_failure_is_logged_and_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    let bad = serve(dir.path(), &["bad"]);
    let mut response = client().get(format!("{}/panic", bad.url)).call().unwrap();
    assert_eq!(response.status(), 500);
    let text = response.body_mut().read_to_string().unwrap();
    assert_eq!(text, "Internal Server Error\n");
    bad.logs(&["\"target\":\"access\"", "\"failure\":\"internal error: "]);
    bad.logs(&["\"target\":\"trap\"", "\"member\":\"bad\""]);
}

/// What the program says when it is not run, and its status.
fn refusal(args: &[&str]) -> (Option<i32>, String) {
    let output = witgen_serve(args).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), stderr)
}

#[test]
fn what_cannot_be_run_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("stamp.wasm");
    let file = file.to_str().unwrap();
    let (status, stderr) = refusal(&[file]);
    assert_eq!(status, Some(2));
    assert!(
        stderr.contains(&format!("cannot read `{file}`")),
        "{stderr}"
    );
    fs::write(file, component("stamp")).unwrap();
    let (status, stderr) = refusal(&[file]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("--origin"), "{stderr}");
    let (status, stderr) = refusal(&[file, "--origin", "localhost:3000"]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("http://HOST:PORT"), "{stderr}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let (status, stderr) = refusal(&[file, "--origin", "http://127.0.0.1:1", "--listen", &taken]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains(&taken), "{stderr}");
}

/// The first line of the answer to these bytes.
fn status_line(server: &Served, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn a_request_that_is_not_valid_is_told_so_and_reaches_no_component() {
    let dir = tempfile::tempdir().unwrap();
    let hello = serve(dir.path(), &["hello"]);
    for (head, status) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n", "200 OK"),
        ("GET / HTTP/1.1\r\nHost: a:80\r\n", "200 OK"),
        ("GET / HTTP/1.1\r\nHost: [::1]\r\n", "200 OK"),
        ("GET / HTTP/1.1\r\nHost:\r\n", "200 OK"),
        ("GET / HTTP/1.0\r\n", "200 OK"),
        ("GET / HTTP/1.1\r\n", "400 Bad Request"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
            "400 Bad Request",
        ),
        (
            "GET http://z/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
            "400 Bad Request",
        ),
        ("GET / HTTP/1.1\r\nHost: a b\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: a:99999\r\n", "400 Bad Request"),
        ("GET http://u@z/ HTTP/1.1\r\nHost: z\r\n", "400 Bad Request"),
        (
            "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n",
            "501 Not Implemented",
        ),
        // RFC 9112, section 3.2: the form of the target.
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n", "200 OK"),
        ("GET * HTTP/1.1\r\nHost: a\r\n", "400 Bad Request"),
        ("GET a:80 HTTP/1.1\r\nHost: a:80\r\n", "400 Bad Request"),
        ("OPTIONS a HTTP/1.1\r\nHost: a\r\n", "400 Bad Request"),
        ("GET /a#b HTTP/1.1\r\nHost: a\r\n", "400 Bad Request"),
        ("GET http://a/#b HTTP/1.1\r\nHost: a\r\n", "400 Bad Request"),
    ] {
        let line = status_line(&hello, &format!("{head}\r\n"));
        let version = if head.contains("HTTP/1.0") {
            "HTTP/1.0"
        } else {
            "HTTP/1.1"
        };
        assert_eq!(line, format!("{version} {status}"), "{head:?}");
    }
}

#[test]
fn malformed_content_is_a_bad_request() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["length"]);
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for content in [
        "0\r\n:path: /other\r\n\r\n",
        "0\r\na b: c\r\n\r\n",
        "zz\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
    ] {
        let line = status_line(&served, &format!("{head}{content}"));
        assert_eq!(line, "HTTP/1.1 400 Bad Request", "{content:?}");
        // The component reads the content when it arrives, after the head.
        let mut stream = TcpStream::connect(served.address()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        stream.write_all(content.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), "HTTP/1.1 400 Bad Request", "{content:?}");
    }
}

#[test]
fn what_is_no_request_at_all_is_told_so_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let hello = serve(dir.path(), &["hello", "--admin", "127.0.0.1:0"]).with_admin();
    let long = format!("GET / HTTP/1.1\r\nX-A: {}\r\n\r\n", "a".repeat(70_000));
    for (bytes, status) in [
        ("\u{16}\u{3}\u{1}\0\0 of TLS\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nA B: c\r\n\r\n", "400 Bad Request"),
        (&long, "431 Request Header Fields Too Large"),
    ] {
        assert_eq!(status_line(&hello, bytes), format!("HTTP/1.1 {status}"));
    }
    hello.logs(&[
        "\"target\":\"access\"",
        "\"client\":\"127.0.0.1:",
        "malformed request: ",
    ]);
    // It is counted when the connection has ended.
    let begin = Instant::now();
    while hello.metric("witgen_invalid_total") < 3.0 {
        assert!(begin.elapsed() < TIMEOUT, "{}", hello.metrics());
    }
}

#[cfg(unix)]
#[test]
fn more_connections_than_the_system_allows_end_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let limited = "ulimit -n 40; exec \"$@\"";
    let hello = file(dir.path(), "hello");
    let mut command = Command::new("sh");
    command.args(["-c", limited, "sh", env!("CARGO_BIN_EXE_witgen-serve")]);
    command.args([
        hello.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
        "--no-code-cache",
    ]);
    let hello = Served::of(command);
    let address = hello.address().to_owned();
    let many: Vec<_> = (0..60).map(|_| TcpStream::connect(&address).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(300));
    drop(many);
    // The server may not know yet that they have gone.
    let begin = Instant::now();
    loop {
        // Of many clients without room, only some are told so.
        if let Ok(response) = client().get(&hello.url).call() {
            match response.status().as_u16() {
                200 => break,
                status => assert_eq!(status, 503),
            }
        }
        assert!(begin.elapsed() < TIMEOUT);
    }
    let log = hello.log();
    let is_failure = |line: &&String| line.contains("can't accept connections for now");
    assert_eq!(log.iter().find(is_failure), None);
}

/// Where there is no curl, there is nobody to ask; the other tests have clients of their own.
#[test]
fn curl_gets_answers() {
    let dir = tempfile::tempdir().unwrap();
    let chain = serve(dir.path(), &["stamp", "echo"]);
    for option in ["--http1.1", "--http2-prior-knowledge"] {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--include", option, "--data", "question"]);
        let output = match curl.arg(&chain.url).output() {
            Ok(output) => output,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                eprintln!("there is no curl here, which this test asks with");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        let answer = String::from_utf8(output.stdout).unwrap();
        assert!(answer.contains("x-stamp: 1\r\n"), "{option}: {answer}");
        assert!(answer.ends_with("question"), "{option}: {answer}");
    }
}
