//! `witgen-serve` over real sockets: every limit, met once, and requests that are not what they say.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, TIMEOUT, client, serve};

/// Opens a connection and sends these bytes.
fn send(served: &Served, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(served.address()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    stream
}

/// All that comes until the connection ends.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // It may end with a reset, where something was left unread.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of what comes.
fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("nothing")
}

#[test]
fn a_head_that_trickles_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["hello", "--header-timeout", "1s"]);
    let begin = Instant::now();
    let mut slow = send(&served, "GET / HTTP/1.1\r\nHost: a\r\n");
    slow.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut byte = [0; 1];
    while !matches!(slow.read(&mut byte), Ok(0 | 1)) {
        assert!(begin.elapsed() < TIMEOUT, "it is waited for");
        if slow.write_all(b"X-A: b\r\n").is_err() {
            break;
        }
    }
    assert!(begin.elapsed() >= Duration::from_millis(900));
    // Others are served meanwhile and afterwards.
    assert_eq!(client().get(&served.url).call().unwrap().status(), 200);
}

/// Reads until the server closes the connection, and returns whether it did so in time.
fn wait_until_closed(mut stream: TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

#[test]
fn who_says_nothing_is_not_listened_to_without_end() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["hello", "--header-timeout", "1s"]);
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let streams: Vec<_> = ["", "P", preface, request].map(|bytes| send(&served, bytes)).into();
    for (at, stream) in streams.into_iter().enumerate() {
        assert!(wait_until_closed(stream), "{at}");
    }
}

#[test]
fn who_takes_nothing_is_not_waited_for_and_neither_is_who_sends_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["--stall-timeout", "1s", "--admin", "127.0.0.1:0"];
    let is_quiet = |served: &Served, what: &str| {
        let begin = Instant::now();
        while served.metric("witgen_requests_in_flight") > 0.0 {
            assert!(begin.elapsed() < TIMEOUT, "{what} is under way");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let echo = serve(dir.path(), &[&["echo"][..], &args].concat()).with_admin();
    let clients: Vec<_> = (0..3)
        .map(|_| {
            let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n";
            let mut stream = send(&echo, head);
            std::thread::spawn(move || {
                // It sends as much as it can, and reads nothing.
                while stream.write_all(&[7; 1 << 16]).is_ok() {}
                stream
            })
        })
        .collect();
    echo.logs(&[
        "\"end\":\"cut\"",
        "\"failure\":\"the client reads too slowly\"",
    ]);
    is_quiet(&echo, "what nobody takes");
    for client in clients {
        client.join().unwrap();
    }

    let reading = serve(dir.path(), &[&["bad"][..], &args].concat()).with_admin();
    let head = "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf";
    let answer = rest(send(&reading, head));
    assert_eq!(status(&answer), "504", "{answer}");
    is_quiet(&reading, "what nobody sends");
}

#[test]
fn clients_that_disconnect_leave_no_instance_behind() {
    let dir = tempfile::tempdir().unwrap();
    // Twenty endless loops share the cores: each may compute for so long that all of them end in time.
    let args = [
        "bad",
        "--max-instances",
        "20",
        "--cpu-timeout",
        "300ms",
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &args).with_admin();
    for _ in 0..10 {
        drop(send(&served, "GET /silent HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    let held: Vec<_> = (0..30)
        .map(|_| send(&served, "GET /loop HTTP/1.1\r\nHost: a\r\n\r\n"))
        .collect();
    let begin = Instant::now();
    // More than there may be are told so.
    while served.metric("witgen_requests_total{status=\"503\"}") < 1.0 {
        assert!(begin.elapsed() < TIMEOUT, "there is no end of instances");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(served.metric("witgen_instances") <= 20.0);
    drop(held);
    let begin = Instant::now();
    while served.metric("witgen_instances") > 0.0 {
        assert!(
            begin.elapsed() < TIMEOUT,
            "{} are left",
            served.metric("witgen_instances")
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    let log = served.log();
    let traps: Vec<_> = log.iter().filter(|line| line.contains("guest timed out")).collect();
    assert!(traps.is_empty(), "{traps:#?}");
}

#[test]
fn requests_whose_clients_have_gone_leave_room_for_a_limited_number_of_others() {
    let dir = tempfile::tempdir().unwrap();
    // A trusted proxy's requests are those of many clients, so they have no share of their own.
    let args = [
        "timely",
        "hello",
        "--max-requests",
        "4",
        "--trusted-proxy",
        "127.0.0.0/8",
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &args).with_admin();
    let status_of = |path: &str| {
        let head = format!("GET /sleep/{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        status(&rest(send(&served, &head))).to_owned()
    };
    let begin = Instant::now();
    let mut abandoned = 0;
    // The component goes on with each of them for a second.
    while served.metric("witgen_requests_total{status=\"503\"}") < 1.0 {
        assert!(
            abandoned < 100,
            "the number of abandoned requests has no limit"
        );
        let client = send(&served, "GET /sleep/60000 HTTP/1.1\r\nHost: a\r\n\r\n");
        std::thread::sleep(Duration::from_millis(10));
        drop(client);
        abandoned += 1;
    }
    assert!(abandoned > 8, "only {abandoned} requests were handled");
    while status_of("0") != "200" {
        assert!(begin.elapsed() < TIMEOUT, "requests are still rejected");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_head_has_only_so_many_bytes_and_a_body_too() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(
        dir.path(),
        &[
            "length",
            "--max-header-size",
            "8KiB",
            "--max-body-size",
            "1000B",
        ],
    );
    let head = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n",
        "v".repeat(8200)
    );
    assert_eq!(status(&rest(send(&served, &head))), "431");

    let large = "x".repeat(1001);
    assert_eq!(
        client().post(&served.url).send(&large[..1000]).unwrap().status(),
        200
    );
    assert_eq!(
        client().post(&served.url).send(&large).unwrap().status(),
        413
    );
    // Without a length, it is counted.
    let chunks = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n{large}\r\n0\r\n\r\n"
    );
    let answer = rest(send(
        &served,
        &chunks.replace("Host: a", "Host: a\r\nConnection: close"),
    ));
    assert_eq!(status(&answer), "413", "{answer}");
}

#[test]
fn what_is_too_many_is_told_so_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "bad",
        "--max-connections",
        "3",
        "--max-requests",
        "2",
        "--response-timeout",
        "20s",
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &args).with_admin();
    let ask = |path: &str| send(&served, &format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
    let held: Vec<_> = (0..2).map(|_| ask("/silent")).collect();
    let begin = Instant::now();
    while served.metric("witgen_requests_in_flight") < 2.0 {
        assert!(begin.elapsed() < TIMEOUT);
    }
    let begin = Instant::now();
    let closing = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = rest(send(&served, closing));
    assert_eq!(status(&answer), "503", "{answer}");
    assert!(
        answer.to_lowercase().contains("retry-after: 1\r\n"),
        "{answer}"
    );
    // The one that was answered goes, and one that says nothing comes.
    let are_connected = |count: f64| {
        let begin = Instant::now();
        while served.metric("witgen_connections") != count {
            assert!(begin.elapsed() < TIMEOUT);
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    are_connected(2.0);
    let idle = send(&served, "");
    are_connected(3.0);
    let answer = rest(ask("/"));
    assert_eq!(status(&answer), "503", "{answer}");
    assert!(
        answer.to_lowercase().contains("retry-after: 1\r\n"),
        "{answer}"
    );
    // Less than an idle connection is kept.
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(
        served.metric("witgen_overloads_total{of=\"requests\"}"),
        1.0
    );
    assert_eq!(
        served.metric("witgen_overloads_total{of=\"connections\"}"),
        1.0
    );
    drop((held, idle));
    // There is room again.
    let begin = Instant::now();
    while status(&rest(send(
        &served,
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ))) != "200"
    {
        assert!(begin.elapsed() < TIMEOUT);
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn components_are_held_to_their_limits() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "bad",
        "--response-timeout",
        "2s",
        "--cpu-timeout",
        "300ms",
        "--post-response-timeout",
        "6s",
        "--max-memory",
        "16MiB",
        "--instance-concurrency",
        "1",
        "--instance-requests",
        "1",
        "--request-timeout",
        "4s",
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &args).with_admin();
    for (path, expected) in [
        ("/silent", 504),
        ("/loop", 500),
        ("/hoard", 500),
        ("/panic", 500),
        ("/", 200),
    ] {
        let begin = Instant::now();
        let response = client().get(format!("{}{path}", served.url)).call().unwrap();
        assert_eq!(response.status(), expected, "{path}");
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "{path}: {:?}",
            begin.elapsed()
        );
    }
    served.logs(&[
        "\"target\":\"trap\"",
        "computed for 300ms without a pause",
        "\"member\":\"bad\"",
    ]);
    served.logs(&["\"target\":\"trap\"", "16777216 bytes of memory"]);
    // A response that never ends is cut when its time is over.
    let begin = Instant::now();
    let mut response = client().get(format!("{}/stalls", served.url)).call().unwrap();
    assert!(response.body_mut().read_to_string().is_err());
    let time = begin.elapsed();
    assert!(
        time > Duration::from_secs(3) && time < Duration::from_secs(10),
        "{time:?}"
    );
    let begin = Instant::now();
    while served.metric("witgen_instances") > 0.0 {
        assert!(
            begin.elapsed() < TIMEOUT,
            "{} instances",
            served.metric("witgen_instances")
        );
    }
    assert!(served.metric("witgen_traps_total{member=\"bad\"}") >= 3.0);
}

#[test]
fn a_request_whose_end_can_be_read_in_two_ways_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["length"]);
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "transfer-encoding: chunked\r\nCONTENT-LENGTH: 0",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nContent-Length: 5",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "X: y\nContent-Length: 5",
        "Content-Length: 5, 6",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, gzip",
        "Transfer-Encoding : chunked",
        "Content-Length\t: 5",
    ] {
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n0\r\n\r\n{smuggled}");
        let answer = rest(send(&served, &request));
        assert_eq!(status(&answer), "400", "{fields}: {answer}");
        // And nothing that comes after it is a request.
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{fields}: {answer}");
    }
    // What is not ambiguous isn't refused: two requests, the first with chunks.
    let good = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n{}",
        smuggled.replace("Host: a", "Host: a\r\nConnection: close")
    );
    let answer = rest(send(&served, &good));
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
    assert!(
        !served.log().iter().any(|line| line.contains("panicked")),
        "{:#?}",
        served.log()
    );
}

#[test]
fn expectations_are_met_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["length"]);
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n";
    let mut stream = send(&served, head);
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").unwrap();
    let answer = rest(stream);
    assert!(
        answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("3\n"),
        "{answer}"
    );
    let other = head.replace("100-continue", "wonders");
    assert_eq!(status(&rest(send(&served, &other))), "417");
}

#[test]
fn a_client_that_sends_no_more_still_gets_its_answer_to_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["echo"]);
    let stream = send(
        &served,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\nConnection: close\r\n\r\nquestion",
    );
    stream.shutdown(Shutdown::Write).unwrap();
    let answer = rest(stream);
    // It has said that it goes away; hyper takes it at its word where the answer has not begun.
    assert!(
        answer.is_empty() || answer.ends_with("question"),
        "{answer}"
    );
    assert_eq!(
        client().post(&served.url).send("other").unwrap().status(),
        200
    );
}

#[test]
fn what_cannot_be_said_on_the_command_line_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let hello = testkit_serve::serve::file(dir.path(), "hello");
    for (args, part) in [
        (&["--max-requests", "0"][..], "more than 0"),
        (&["--grace", "soon"], "500ms, 30s or 2m"),
        (
            &["--allow", "http://a"],
            "*.HOST, HOST:PORT or MEMBER=HOST:PORT",
        ),
        (&["--allow-address", "10.0.0.0/99"], "--allow-address"),
        (&["--env", "X=1"], "MEMBER:KEY=VALUE"),
        (&["--env", "other:X=1"], "the members are `hello`"),
        (&["--origin", "http://127.0.0.1:1"], "has no next hop"),
        (&["--tls-cert", "cert.pem"], "--tls-key"),
        (
            &["--tls-cert", "no.pem", "--tls-key", "no.pem"],
            "cannot read `no.pem`",
        ),
        (&["--route", "a"], "HOST=URL"),
        (
            &["--origin", "http://user:word@127.0.0.1:1"],
            "leave out the user",
        ),
        (&["--max-body-size", "much"], "64KiB, 1MiB or 2GB"),
        (
            &["--max-memory", "64KiB"],
            "needs more memory at its start than --max-memory",
        ),
    ] {
        let mut all = vec![hello.to_str().unwrap()];
        all.extend(args);
        let output = testkit_serve::serve::witgen_serve(&all).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(
            stderr.starts_with("error") && stderr.contains(part),
            "{args:?}: {stderr}"
        );
    }
}
