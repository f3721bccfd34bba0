//! `witgen-serve` with limits on the rate of requests and side calls.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, TIMEOUT, client, file, serve, witgen_serve};

/// The status of a request, and its `Retry-After`.
fn ask(served: &Served) -> (u16, Option<u64>) {
    let response = client().get(&served.url).call().unwrap();
    let retry_after = response.headers().get("retry-after");
    let seconds = retry_after.map(|value| value.to_str().unwrap().parse().unwrap());
    (response.status().as_u16(), seconds)
}

/// How many of so many requests are let through.
fn allowed(served: &Served, count: usize) -> usize {
    (0..count).filter(|_| ask(served).0 == 200).count()
}

#[test]
fn a_client_that_makes_too_many_requests_is_told_when_to_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "hello",
        "--rate-limit",
        "30/m,burst=5",
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &args).with_admin();
    assert_eq!(served.metric("witgen_overloads_total{of=\"rate\"}"), 0.0);
    assert_eq!(allowed(&served, 5), 5);
    let mut response = client().get(&served.url).call().unwrap();
    assert_eq!(response.status(), 429);
    let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    assert_eq!(
        response.body_mut().read_to_string().unwrap(),
        "too many requests\n"
    );
    served.logs(&[
        "\"access\"",
        "\"status\":429",
        "\"failure\":\"too many requests\"",
    ]);
    served.logs(&["\"overload\"", "a client exceeded its rate of requests"]);
    assert_eq!(served.metric("witgen_overloads_total{of=\"rate\"}"), 1.0);
    thread::sleep(Duration::from_secs(wait));
    assert_eq!(ask(&served).0, 200);
}

#[test]
fn a_connection_stays_open_and_http_2_is_limited_too() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["hello", "--rate-limit", "2/h"]);
    let mut stream = TcpStream::connect(served.address()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let last = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    stream
        .write_all([request, request, request, &last].concat().as_bytes())
        .unwrap();
    let mut responses = String::new();
    stream.read_to_string(&mut responses).unwrap();
    assert_eq!(
        responses.matches("HTTP/1.1 200 OK\r\n").count(),
        2,
        "{responses}"
    );
    assert_eq!(
        responses.matches("HTTP/1.1 429 Too Many Requests\r\n").count(),
        2,
        "{responses}"
    );

    let mut curl = std::process::Command::new("curl");
    curl.args([
        "--silent",
        "--http2-prior-knowledge",
        "--write-out",
        "%{http_code}",
    ]);
    if let Ok(output) = curl.arg(&served.url).output() {
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "too many requests\n429"
        );
    }
}

#[test]
fn each_client_of_a_proxy_has_its_own_rate_and_the_proxy_has_none() {
    let dir = tempfile::tempdir().unwrap();
    let proxy = ["--trusted-proxy", "127.0.0.1"];
    let limited = ["hello", "--rate-limit", "3/h"];
    let served = serve(dir.path(), &[&limited[..], &proxy].concat());
    assert_eq!(allowed(&served, 10), 10);

    let options = [&limited[..], &proxy, &["--proxy-protocol"]].concat();
    let served = serve(dir.path(), &options);
    let ask = |source: &str| {
        let mut stream = TcpStream::connect(served.address()).unwrap();
        let family = if source.contains(':') { "TCP6" } else { "TCP4" };
        let header = match source {
            "" => "PROXY UNKNOWN\r\n".to_owned(),
            _ => format!("PROXY {family} {source} {source} 4000 80\r\n"),
        };
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        stream.write_all([&header, request].concat().as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response.starts_with("HTTP/1.1 200")
    };
    let allowed = |source| (0..10).filter(|_| ask(source)).count();
    assert_eq!(allowed("192.0.2.1"), 3);
    assert_eq!(allowed("192.0.2.2"), 3);
    assert_eq!(allowed("192.0.2.1"), 0);
    // A network of IPv6 is one client.
    assert_eq!(allowed("2001:db8::1"), 3);
    assert_eq!(allowed("2001:db8::ffff:2"), 0);
    assert_eq!(allowed("2001:db8:0:1::1"), 3);
    // The proxy itself.
    assert_eq!(allowed(""), 10);
}

#[cfg(unix)]
#[test]
fn all_clients_of_unix_sockets_share_a_rate_unless_they_are_trusted() {
    let dir = tempfile::tempdir().unwrap();
    for (trusted, expected) in [(&[][..], 3), (&["--trusted-proxy", "unix"], 10)] {
        let socket = dir.path().join(format!("{expected}.sock"));
        let option = format!("unix:{}", socket.display());
        let args = ["hello", "--rate-limit", "3/h", "--listen", &option];
        let served = serve(dir.path(), &[&args, trusted].concat()).with_other_urls(1);
        let ask = || super::listeners::get(&socket, "/").unwrap();
        let count = (0..10).filter(|_| ask().starts_with("HTTP/1.1 200")).count();
        assert_eq!(count, expected);
        // Others have a rate of their own.
        assert_eq!(allowed(&served, 10), 3);
    }
}

#[test]
fn the_side_calls_of_a_member_are_limited() {
    let dir = tempfile::tempdir().unwrap();
    let auth = serve(dir.path(), &["hello"]);
    let route = format!("auth.example={}", auth.url);
    let args = [
        "first=gate",
        "second=gate",
        "hello",
        "--route",
        &route,
        "--side-call-rate",
        "second=3/h",
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &args).with_admin();
    let calls = |member: &str, outcome: &str| {
        let labels = format!("{{member=\"{member}\",outcome=\"{outcome}\"}}");
        served.metric(&format!("witgen_side_calls_total{labels}"))
    };
    assert_eq!(calls("second", "limited"), 0.0);
    assert_eq!(allowed(&served, 3), 3);
    // It may succeed later, so that it isn't 403.
    assert_eq!(ask(&served), (503, Some(1)));
    assert_eq!(calls("second", "answered"), 3.0);
    assert_eq!(calls("second", "limited"), 1.0);
    assert_eq!(calls("first", "limited"), 0.0);
    assert_eq!(calls("first", "answered"), 4.0);
    served.logs(&[
        "\"side-call\"",
        "\"member\":\"second\"",
        "limited: the member's --side-call-rate is used up",
    ]);
    // A reload doesn't start the time again.
    #[cfg(unix)]
    {
        served.signal("HUP");
        served.logs(&["reloaded the components"]);
        assert_eq!(ask(&served).0, 503);
    }
}

#[test]
fn a_rate_that_makes_no_sense_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    for (args, part) in [
        (
            ["--rate-limit", "100"],
            "write it as 100/s, 6000/m or 50/h,burst=10",
        ),
        (["--rate-limit", "0/s"], "must be at least 1"),
        (["--rate-limit", "1/h,burst=100"], "takes more than a day"),
        (["--side-call-rate", "100/s"], "write it as MEMBER=100/s"),
        (
            ["--side-call-rate", "gate=100/s"],
            "no member `gate`; the members are `hello`",
        ),
    ] {
        let mut command = witgen_serve(&[hello.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
        let output = command.args(args).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(part), "{args:?}: {stderr}");
    }
    let args = ["hello", "--side-call-rate", "hello=1/s"];
    let served = serve(dir.path(), &args);
    served.logs(&["\"level\":\"WARN\"", "--side-call-rate has no effect"]);
}
