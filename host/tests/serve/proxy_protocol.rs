//! `witgen-serve` behind proxies that pass on the addresses of their clients by the PROXY protocol.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, TIMEOUT, serve, witgen_serve};
use testkit_serve::tls::{Authority, trusting};

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// A header of version 2: its command, the kind of its addresses, and what follows the length.
fn v2(command: u8, kind: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[command, kind], &length, rest].concat()
}

/// 192.0.2.7:4000, by way of 192.0.2.8:80.
const IPV4: [u8; 12] = [192, 0, 2, 7, 192, 0, 2, 8, 0x0f, 0xa0, 0, 80];

/// [2001:db8::7]:4000, by way of [2001:db8::8]:80.
fn ipv6() -> Vec<u8> {
    let ip = |last| [&[0x20, 1, 0x0d, 0xb8], &[0; 11][..], &[last]].concat();
    [&ip(7)[..], &ip(8), &[0x0f, 0xa0, 0, 80]].concat()
}

/// Serves these guests for proxies at 127.0.0.1 that use the PROXY protocol.
fn proxied(args: &[&str]) -> (tempfile::TempDir, Served) {
    let dir = tempfile::tempdir().unwrap();
    let options = [
        "--proxy-protocol",
        "--trusted-proxy",
        "127.0.0.1",
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &[args, &options].concat()).with_admin();
    (dir, served)
}

/// Sends bytes in pieces on a new connection, and returns what comes back.
fn send(served: &Served, pieces: &[&[u8]]) -> String {
    let mut stream = TcpStream::connect(served.address()).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            thread::sleep(Duration::from_millis(20));
        }
        // It may have been closed.
        let _ = stream.write_all(piece);
    }
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    String::from_utf8(response).unwrap()
}

#[test]
fn the_client_is_the_one_that_the_header_names() {
    let (_dir, served) = proxied(&["hello"]);
    let v1 = |text: &str| text.as_bytes().to_vec();
    let tlvs = [&[4, 0, 3, 0, 0, 0][..], &[0xea, 0, 200], &[7; 200]].concat();
    for (header, client) in [
        (
            v1("PROXY TCP4 192.0.2.7 192.0.2.8 4000 80\r\n"),
            "192.0.2.7:4000",
        ),
        (
            v1("PROXY TCP6 2001:db8::7 2001:db8::8 4000 80\r\n"),
            "[2001:db8::7]:4000",
        ),
        (
            v1("PROXY TCP6 ::ffff:192.0.2.9 ::1 4000 80\r\n"),
            "192.0.2.9:4000",
        ),
        (v2(0x21, 0x11, &IPV4), "192.0.2.7:4000"),
        (v2(0x21, 0x21, &ipv6()), "[2001:db8::7]:4000"),
        (
            v2(0x21, 0x11, &[&IPV4[..], &tlvs].concat()),
            "192.0.2.7:4000",
        ),
        (
            v2(0x21, 0x11, &[&IPV4[..], &[9; 4000]].concat()),
            "192.0.2.7:4000",
        ),
        // These keep the address of the connection.
        (v1("PROXY UNKNOWN\r\n"), "127.0.0.1:"),
        (
            v1("PROXY UNKNOWN 192.0.2.7 192.0.2.8 4000 80\r\n"),
            "127.0.0.1:",
        ),
        (v2(0x20, 0, &[]), "127.0.0.1:"),
        (v2(0x20, 0x11, &IPV4), "127.0.0.1:"),
        (v2(0x20, 0x11, &[]), "127.0.0.1:"),
        (v2(0x20, 0xff, &[1, 2, 3]), "127.0.0.1:"),
        (v2(0x21, 0, &tlvs), "127.0.0.1:"),
        (v2(0x21, 0x12, &IPV4), "127.0.0.1:"),
        (v2(0x21, 0x31, &[b'/'; 216]), "127.0.0.1:"),
    ] {
        let shown = String::from_utf8_lossy(&header).into_owned();
        let before = served.log().len();
        let response = send(&served, &[&header, REQUEST]);
        assert!(response.ends_with("hello\n"), "{shown:?}: {response}");
        let begin = Instant::now();
        let line = loop {
            let log = served.log();
            if let Some(line) = log[before..].iter().find(|line| line.contains("\"access\"")) {
                break line.clone();
            }
            assert!(begin.elapsed() < TIMEOUT, "{shown:?}");
            thread::sleep(Duration::from_millis(5));
        };
        assert!(
            line.contains(&format!("\"client\":\"{client}")),
            "{shown:?}: {line}"
        );
    }
    assert!(!served.metrics().contains("witgen_unproxied_total{reason=\"malformed\"} 1"));
}

#[test]
fn a_header_may_come_in_pieces_and_together_with_requests() {
    let (_dir, served) = proxied(&["hello"]);
    let v1: &[u8] = b"PROXY TCP4 192.0.2.7 192.0.2.8 4000 80\r\n";
    let v2 = v2(0x21, 0x11, &IPV4);
    for header in [v1, &v2] {
        let bytes: Vec<&[u8]> = header.chunks(1).chain([REQUEST]).collect();
        assert!(send(&served, &bytes).ends_with("hello\n"));
        let together = [header, REQUEST].concat();
        assert!(send(&served, &[&together]).ends_with("hello\n"));
        let (first, second) = together.split_at(header.len() + 7);
        assert!(send(&served, &[first, second]).ends_with("hello\n"));
    }
}

#[test]
fn a_connection_without_a_valid_header_is_closed() {
    let (_dir, served) = proxied(&["hello"]);
    let v1 = |text: &str| text.as_bytes().to_vec();
    let malformed = [
        REQUEST.to_vec(),
        v1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        v1("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}\0"),
        v1("PROXY\r\n\r\n\r\n\r\n\r\n"),
        v1("PROXY TCP5 192.0.2.7 192.0.2.8 4000 80\r\n"),
        v1("PROXY TCP4 192.0.2.7 192.0.2.8 4000\r\n"),
        v1("PROXY TCP4 192.0.2.7 192.0.2.8 4000 80 1\r\n"),
        v1("PROXY TCP4 192.0.2.7 192.0.2.8 4000 80\n"),
        v1("PROXY TCP4  192.0.2.7 192.0.2.8 4000 80\r\n"),
        v1("PROXY TCP4 192.0.2.700 192.0.2.8 4000 80\r\n"),
        v1("PROXY TCP4 2001:db8::7 2001:db8::8 4000 80\r\n"),
        v1("PROXY TCP4 192.0.2.7 192.0.2.8 65536 80\r\n"),
        v1("PROXY TCP4 192.0.2.7 192.0.2.8 04000 80\r\n"),
        v1("PROXY TCP4 192.0.2.7\r 192.0.2.8 4000 80\r\n"),
        v1("proxy TCP4 192.0.2.7 192.0.2.8 4000 80\r\n"),
        // Another version, unknown commands and kinds, and addresses that are too short.
        v2(0x11, 0x11, &IPV4),
        v2(0x22, 0x11, &IPV4),
        v2(0x21, 0x41, &IPV4),
        v2(0x21, 0x13, &IPV4),
        v2(0x21, 0x10, &IPV4),
        v2(0x21, 0x01, &[]),
        v2(0x21, 0x11, &IPV4[..11]),
        v2(0x21, 0x21, &IPV4),
        [SIGNATURE, b"\x21"].concat(),
    ];
    for header in &malformed {
        let shown = String::from_utf8_lossy(header).into_owned();
        let mut stream = TcpStream::connect(served.address()).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.write_all(header).unwrap();
        // It may have been closed already.
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut response = Vec::new();
        // What wasn't read makes it a reset.
        let _ = stream.read_to_end(&mut response);
        assert_eq!(String::from_utf8_lossy(&response), "", "{shown:?}");
    }
    let count = malformed.len() as f64;
    assert_eq!(
        served.metric("witgen_unproxied_total{reason=\"malformed\"}"),
        count
    );

    let long = v1(&format!("PROXY TCP4 {}", "1".repeat(200)));
    assert_eq!(send(&served, &[&long]), "");
    assert_eq!(send(&served, &[&v2(0x21, 0x11, &[0; 5000]), REQUEST]), "");
    assert_eq!(
        served.metric("witgen_unproxied_total{reason=\"too-long\"}"),
        2.0
    );
    // All of that in a line for each reason, and per second.
    served.logs(&[
        "\"proxy-protocol\"",
        "no valid PROXY header",
        "\"client\":\"127.0.0.1:",
    ]);
    served.logs(&["\"proxy-protocol\"", "a PROXY header that is too long"]);
    let lines = served.log();
    let lines = lines.iter().filter(|line| line.contains("no valid PROXY header"));
    assert!(lines.count() < malformed.len() / 2);
    assert!(!served.log().iter().any(|line| line.contains("\"access\"")));
}

#[test]
fn a_header_is_not_waited_for_without_end() {
    let dir = tempfile::tempdir().unwrap();
    let options = ["hello", "--proxy-protocol", "--trusted-proxy", "127.0.0.1"];
    let more = ["--header-timeout", "1s", "--admin", "127.0.0.1:0"];
    let served = serve(dir.path(), &[&options[..], &more].concat()).with_admin();
    let begin = Instant::now();
    for begun in [&b""[..], b"P", b"PROXY TCP4 192.0.2.7 ", SIGNATURE] {
        assert_eq!(send(&served, &[begun]), "");
    }
    assert!(begin.elapsed() >= Duration::from_secs(4));
    assert_eq!(
        served.metric("witgen_unproxied_total{reason=\"timeout\"}"),
        4.0
    );
    served.logs(&["\"proxy-protocol\"", "no PROXY header in time"]);
    // Load balancers connect to see whether a server is there.
    drop(TcpStream::connect(served.address()).unwrap());
    let v1: &[u8] = b"PROXY TCP4 192.0.2.7 192.0.2.8 4000 80\r\n";
    assert!(send(&served, &[v1, REQUEST]).ends_with("hello\n"));
    assert_eq!(
        served.metric("witgen_unproxied_total{reason=\"malformed\"}"),
        0.0
    );
}

#[test]
fn only_a_trusted_proxy_may_name_a_client() {
    let dir = tempfile::tempdir().unwrap();
    let options = ["hello", "--proxy-protocol", "--trusted-proxy", "10.0.0.0/8"];
    let more = ["--admin", "127.0.0.1:0"];
    let served = serve(dir.path(), &[&options[..], &more].concat()).with_admin();
    let v1: &[u8] = b"PROXY TCP4 10.0.0.1 192.0.2.8 4000 80\r\n";
    assert_eq!(send(&served, &[v1, REQUEST]), "");
    assert_eq!(send(&served, &[REQUEST]), "");
    assert_eq!(
        served.metric("witgen_unproxied_total{reason=\"untrusted\"}"),
        2.0
    );
    served.logs(&[
        "\"level\":\"WARN\"",
        "not a --trusted-proxy",
        "\"client\":\"127.0.0.1:",
    ]);
}

#[test]
fn a_server_to_which_nobody_could_connect_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let hello = testkit_serve::serve::file(dir.path(), "hello");
    let socket = dir.path().join("a.sock");
    let socket = format!("unix:{}", socket.display());
    for (args, part) in [
        (&["--listen", "127.0.0.1:0"][..], "--trusted-proxy"),
        (
            &["--listen", "127.0.0.1:0", "--trusted-proxy", "unix"],
            "help: pass --trusted-proxy with the network of your load balancer",
        ),
        #[cfg(unix)]
        (
            &["--listen", &socket, "--trusted-proxy", "10.0.0.0/8"],
            "help: pass --trusted-proxy unix",
        ),
    ] {
        let mut command = witgen_serve(&[hello.to_str().unwrap(), "--proxy-protocol"]);
        let output = command.args(args).args(["--log", "human"]).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(part), "{stderr}");
    }
    let _ = socket;
}

/// Accepts a request, and returns the value of its last header with a name.
fn last_header(origin: &TcpListener, name: &str) -> String {
    let (mut stream, _) = origin.accept().unwrap();
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
    let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        .unwrap();
    let values = head.iter().filter_map(|line| line.split_once(": "));
    let mut values = values.filter(|(header, _)| header.eq_ignore_ascii_case(name));
    values.next_back().unwrap().1.to_owned()
}

#[test]
fn origins_learn_the_client_that_the_header_names() {
    let origin = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", origin.local_addr().unwrap());
    let (_dir, served) = proxied(&["stamp", "--origin", &url]);
    for (header, node) in [
        (v2(0x21, 0x21, &ipv6()), "\"[2001:db8::7]\""),
        (b"PROXY UNKNOWN\r\n".to_vec(), "127.0.0.1"),
    ] {
        let response = thread::scope(|scope| {
            let origin = scope.spawn(|| last_header(&origin, "forwarded"));
            let response = send(&served, &[&header, REQUEST]);
            assert_eq!(
                origin.join().unwrap(),
                format!("for={node};host=\"a\";proto=http")
            );
            response
        });
        assert!(response.starts_with("HTTP/1.1 204"), "{response}");
    }
}

#[cfg(unix)]
#[test]
fn a_proxy_may_be_connected_to_a_unix_socket() {
    use std::os::unix::net::UnixStream;
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("a.sock");
    let option = format!("unix:{}", socket.display());
    let origin = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", origin.local_addr().unwrap());
    let args = ["stamp", "--origin", &url, "--listen", &option];
    let options = [
        "--proxy-protocol",
        "--trusted-proxy",
        "unix",
        "--trusted-proxy",
        "127.0.0.1",
    ];
    let served = serve(dir.path(), &[&args[..], &options].concat()).with_other_urls(1);
    let v1: &[u8] = b"PROXY TCP4 192.0.2.7 192.0.2.8 4000 80\r\n";
    for (header, node) in [(v1, "192.0.2.7"), (b"PROXY UNKNOWN\r\n", "unknown")] {
        thread::scope(|scope| {
            let origin = scope.spawn(|| last_header(&origin, "forwarded"));
            let mut stream = UnixStream::connect(&socket).unwrap();
            for byte in header.chunks(1) {
                stream.write_all(byte).unwrap();
            }
            stream.write_all(REQUEST).unwrap();
            let mut response = String::new();
            stream.read_to_string(&mut response).unwrap();
            assert!(response.starts_with("HTTP/1.1 204"), "{response}");
            assert_eq!(
                origin.join().unwrap(),
                format!("for={node};host=\"a\";proto=http")
            );
        });
    }
    served.logs(&["\"access\"", "\"client\":\"192.0.2.7:4000\""]);
    served.logs(&["\"access\"", "\"client\":\"unix\""]);
}

#[test]
fn tls_begins_after_the_header() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let identity = authority.identity("localhost", 2100);
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    std::fs::write(&cert, &identity.certificate).unwrap();
    std::fs::write(&key, &identity.key).unwrap();
    let (_dir, served) = proxied(&[
        "hello",
        "--tls-cert",
        cert.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ]);
    let v1 = b"PROXY TCP4 192.0.2.7 192.0.2.8 4000 80\r\n".to_vec();
    for header in [v1, v2(0x21, 0x11, &IPV4)] {
        let mut stream = TcpStream::connect(served.address()).unwrap();
        stream.write_all(&header).unwrap();
        let name = "localhost".try_into().unwrap();
        let config = Arc::new(trusting(&authority));
        let mut session = rustls::ClientConnection::new(config, name).unwrap();
        let mut tls = rustls::Stream::new(&mut session, &mut stream);
        tls.write_all(REQUEST).unwrap();
        let mut response = Vec::new();
        let _ = tls.read_to_end(&mut response);
        let response = String::from_utf8(response).unwrap();
        assert!(response.ends_with("hello\n"), "{response}");
    }
    served.logs(&["\"access\"", "\"client\":\"192.0.2.7:4000\""]);
}

/// Where there is no curl, the other tests have to do.
#[test]
fn curl_sends_the_header() {
    let (_dir, served) = proxied(&["hello"]);
    for option in ["--http1.1", "--http2-prior-knowledge"] {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--haproxy-protocol", option]);
        let output = match curl.arg(&served.url).output() {
            Ok(output) => output,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => panic!("{error}"),
        };
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "hello\n",
            "{stderr}"
        );
    }
}
