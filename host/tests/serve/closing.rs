//! How a connection ends if its client still sends (RFC 9112, section 9.6).

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use rustls::{ClientConnection, StreamOwned};
use testkit_serve::serve::{Served, TIMEOUT, serve};
use testkit_serve::tls::{Authority, trusting};

/// More than the system keeps of a request that isn't read, and less than the server discards.
const REQUEST_BYTES: usize = 32 << 20;
/// More than the system of a client keeps of a response that isn't read.
const RESPONSE_BYTES: usize = 1 << 20;

const ARGS: [&str; 4] = [
    "scripted-service",
    "--no-access-log",
    "--admin",
    "127.0.0.1:0",
];

/// Serves a component that responds without reading the request.
fn serve_unread(dir: &std::path::Path) -> Served {
    serve(dir, &ARGS).with_admin()
}

fn connect(served: &Served) -> TcpStream {
    let stream = TcpStream::connect(served.address()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.set_write_timeout(Some(TIMEOUT)).unwrap();
    stream
}

/// Connects, and sends the head of a request.
fn begin(served: &Served, length: usize) -> TcpStream {
    let mut stream = connect(served);
    send_head(&mut stream, length);
    stream
}

fn send_head(stream: &mut impl Write, length: usize) {
    let script = format!(
        "1;f:fields.new;writer,reader:stream.new;made:response.new f reader;return made;\
         stream.produce writer {RESPONSE_BYTES};drop writer"
    );
    let head = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\nConform-Script: {script}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
}

/// Reads to the end of the connection.
fn read_slowly(mut stream: impl Read) -> Vec<u8> {
    let (mut response, mut piece) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return response,
            Ok(length) => response.extend_from_slice(&piece[..length]),
        }
        sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn assert_is_whole(response: &[u8]) {
    assert!(response.starts_with(b"HTTP/1.1 200 "));
    assert!(
        response.len() > RESPONSE_BYTES && response.ends_with(b"\r\n0\r\n\r\n"),
        "{} bytes",
        response.len()
    );
}

/// Waits until the server has closed all connections, and returns how long that took.
fn wait_until_closed(served: &Served) -> Duration {
    let begin = Instant::now();
    while served.metric("witgen_connections") > 0.0 {
        assert!(begin.elapsed() < TIMEOUT, "a connection stays open");
        sleep(Duration::from_millis(50));
    }
    begin.elapsed()
}

/// Sends a request whose content follows after the response, and returns whether the connection can be used for another one.
fn is_used_again(served: &Served, head: &str, content: &[u8]) -> bool {
    let mut stream = connect(served);
    let mut response = Vec::new();
    stream.write_all(head.as_bytes()).unwrap();
    let mut read_response = |stream: &mut TcpStream| {
        response.clear();
        let mut piece = [0; 1024];
        while !response.ends_with(b"\r\n\r\n") && !response.ends_with(b"hello\n") {
            match stream.read(&mut piece) {
                Ok(0) | Err(_) => return false,
                Ok(length) => response.extend_from_slice(&piece[..length]),
            }
        }
        true
    };
    assert!(read_response(&mut stream), "{head}");
    sleep(Duration::from_millis(50));
    let next = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(&[content, next].concat()).is_ok() && read_response(&mut stream)
}

#[test]
fn a_connection_is_used_again_if_the_rest_of_a_request_is_small() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["hello", "--no-access-log"]);
    for (field, content, is_expected) in [
        ("Content-Length: 5", b"12345".to_vec(), true),
        ("Content-Length: 65536", vec![b'x'; 65536], true),
        ("Content-Length: 65537", vec![b'x'; 65537], false),
        (
            "Content-Length: 5\r\nExpect: 100-continue",
            Vec::new(),
            false,
        ),
    ] {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");
        let found = is_used_again(&served, &head, &content);
        assert_eq!(found, is_expected, "{field}");
    }
}

#[test]
fn a_client_that_sends_its_whole_request_first_receives_the_whole_response() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve_unread(dir.path());
    let mut stream = begin(&served, REQUEST_BYTES);
    stream.write_all(&vec![b'x'; REQUEST_BYTES]).unwrap();
    assert_is_whole(&read_slowly(&stream));
    drop(stream);
    assert!(wait_until_closed(&served) < Duration::from_secs(3));
}

#[test]
fn a_client_with_tls_that_sends_its_whole_request_first_receives_the_whole_response() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let identity = authority.identity("localhost", 2100);
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (at("cert.pem"), at("key.pem"));
    fs::write(&certificate, &identity.certificate).unwrap();
    fs::write(&key, &identity.key).unwrap();
    let tls = ["--tls-cert", &certificate, "--tls-key", &key];
    let served = serve(dir.path(), &[&ARGS[..], &tls].concat()).with_admin();
    let name = "localhost".try_into().unwrap();
    let client = ClientConnection::new(Arc::new(trusting(&authority)), name).unwrap();
    let mut stream = StreamOwned::new(client, connect(&served));
    send_head(&mut stream, REQUEST_BYTES);
    stream.write_all(&vec![b'x'; REQUEST_BYTES]).unwrap();
    assert_is_whole(&read_slowly(&mut stream));
    drop(stream);
    assert!(wait_until_closed(&served) < Duration::from_secs(3));
}

#[test]
fn a_client_that_stops_sending_is_disconnected() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve_unread(dir.path());
    let mut stream = begin(&served, REQUEST_BYTES);
    stream.write_all(b"a part").unwrap();
    assert_is_whole(&read_slowly(&stream));
    let open = wait_until_closed(&served);
    assert!(open > Duration::from_secs(1), "{open:?}");
}

#[test]
fn a_client_that_sends_without_end_is_disconnected() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve_unread(dir.path());
    let mut stream = begin(&served, 1 << 40);
    let piece = vec![b'x'; 1 << 20];
    let sent = (0..1 << 20).take_while(|_| stream.write_all(&piece).is_ok()).count();
    assert!((200..400).contains(&sent), "{sent} MiB");
    wait_until_closed(&served);
}

#[test]
fn a_connection_between_requests_is_closed_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve_unread(dir.path());
    let mut stream = TcpStream::connect(served.address()).unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.contains("ready\n"), "{response}");
    assert!(wait_until_closed(&served) < Duration::from_secs(3));
    assert_eq!(served.metric("witgen_connections"), 0.0);
}

#[test]
fn a_client_that_keeps_its_connection_after_a_whole_request_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve_unread(dir.path());
    let mut stream = begin(&served, REQUEST_BYTES);
    stream.write_all(&vec![b'x'; REQUEST_BYTES]).unwrap();
    assert_is_whole(&read_slowly(&stream));
    assert!(wait_until_closed(&served) < Duration::from_secs(3));
}

#[test]
fn a_client_that_has_sent_a_part_of_a_head_does_not_delay_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut served = serve_unread(dir.path());
    let mut stream = connect(&served);
    // The first request is handled, so the server has read what is sent after it.
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
    stream.write_all(b"GET / HTTP/1.1\r\nHo").unwrap();
    sleep(Duration::from_millis(200));
    let begin = Instant::now();
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
}
