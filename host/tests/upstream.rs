//! Requests that leave by the network.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::CONTENT_LENGTH;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use pretty_assertions::assert_eq;
use testkit_serve::builder;
use tokio_stream::wrappers::ReceiverStream;
use witgen_serve::proxy::{
    Body, ConnectionLimit, ErrorCode, HttpUpstream, Request, Response, Upstream,
};

/// A server that answers every request with nothing, and tells the heads that it reads, each with
/// the number of its connection.
fn server() -> (String, Receiver<(usize, Vec<String>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (heads, seen) = channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let heads = heads.clone();
            thread::spawn(move || {
                let stream = stream.unwrap();
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                loop {
                    let head: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
                    if head.is_empty() || heads.send((number, head)).is_err() {
                        return;
                    }
                    let response = "HTTP/1.1 204 No Content\r\n\r\n";
                    (&stream).write_all(response.as_bytes()).unwrap();
                }
            });
        }
    });
    (address, seen)
}

fn to(uri: &str) -> Request {
    let mut request = Request::default();
    *request.uri_mut() = uri.parse().unwrap();
    request
}

#[tokio::test]
async fn one_server_gets_everything_and_knows_which_site_is_meant() {
    let (address, seen) = server();
    let base = format!("http://{address}/base/").parse().unwrap();
    let upstream = HttpUpstream::new(base);
    for (uri, line, host) in [
        (
            "http://example.com:81/a?b",
            "GET /base/a?b HTTP/1.1",
            "example.com:81",
        ),
        ("https://example.com/", "GET /base/ HTTP/1.1", "example.com"),
        ("/a/path", "GET /base/a/path HTTP/1.1", address.as_str()),
    ] {
        let response = upstream.send(to(uri)).await.unwrap();
        assert_eq!(response.status(), 204);
        let (connection, head) = seen.recv().unwrap();
        assert_eq!(head, [line.to_owned(), format!("host: {host}")]);
        assert_eq!(connection, 0, "the connection is reused");
    }
}

#[tokio::test]
async fn side_calls_go_where_they_say() {
    let (address, seen) = server();
    let upstream = HttpUpstream::to_target();
    let request = to(&format!("http://{address}/where"));
    assert_eq!(upstream.send(request).await.unwrap().status(), 204);
    let (_, head) = seen.recv().unwrap();
    assert_eq!(head[0], "GET /where HTTP/1.1");
}

/// A server that reads requests and responds to none.
fn silent_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let streams: Vec<_> = listener.incoming().collect();
        drop(streams);
    });
    address
}

#[tokio::test]
async fn an_idle_connection_makes_room_for_another_one() {
    let limit = ConnectionLimit::new(2);
    let upstream = HttpUpstream::to_target().connection_limit(&limit);
    let servers: Vec<_> = (0..5).map(|_| server()).collect();
    for (address, _) in &servers {
        let response = upstream.send(to(&format!("http://{address}/"))).await.unwrap();
        assert_eq!(response.status(), 204);
        drop(response);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // One that was kept is still used.
    let (address, seen) = servers.last().unwrap();
    upstream.send(to(&format!("http://{address}/"))).await.unwrap();
    assert_eq!(seen.recv().unwrap().0, seen.recv().unwrap().0);
}

#[tokio::test]
async fn connections_in_use_make_no_room() {
    let limit = ConnectionLimit::new(2);
    // Both have the same limit.
    let first = HttpUpstream::to_target().connection_limit(&limit);
    let second = HttpUpstream::to_target().connection_limit(&limit);
    let url = format!("http://{}/", silent_server());
    let waiting: Vec<_> = [first.clone(), second.clone()]
        .map(|upstream| {
            let request = to(&url);
            tokio::spawn(async move { upstream.send(request).await })
        })
        .into();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let error = second.send(to(&url)).await.unwrap_err();
    assert!(
        matches!(error, ErrorCode::ConnectionLimitReached),
        "{error}"
    );
    // What is cancelled makes room at once.
    waiting.iter().for_each(|request| request.abort());
    let (address, _seen) = server();
    let begin = std::time::Instant::now();
    while second.send(to(&format!("http://{address}/"))).await.is_err() {
        assert!(begin.elapsed() < Duration::from_secs(30), "no room is made");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn refusal(request: Request) -> String {
    let error = HttpUpstream::to_target().send(request).await;
    format!("{:?}", error.expect_err("no server answers this"))
}

#[tokio::test]
async fn what_cannot_be_reached_says_why() {
    let nowhere = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let mut tunnel = to("example.com:443");
    *tunnel.method_mut() = http::Method::CONNECT;
    for (request, code) in [
        (
            to(&format!("http://{nowhere}/")),
            ErrorCode::ConnectionRefused,
        ),
        (to("coap://example.com/"), ErrorCode::HttpProtocolError),
        (to("/a/path"), ErrorCode::HttpRequestUriInvalid),
        (tunnel, ErrorCode::HttpRequestMethodInvalid),
    ] {
        assert_eq!(refusal(request).await, format!("{code:?}"));
    }
    let unknown = refusal(to("http://no-such-host.invalid/")).await;
    assert!(unknown.contains("DnsError"), "{unknown}");
}

/// A server that answers its first request with this, and closes the connection.
fn scripted(response: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let head = BufReader::new(&stream).lines().map_while(Result::ok);
        head.take_while(|line| !line.is_empty()).for_each(drop);
        (&stream).write_all(response.as_bytes()).unwrap();
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn a_component_that_reads_a_body_which_is_cut_off_is_told_so() {
    let reader = builder("length").build().unwrap();
    for head in [
        "Content-Length: 100\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n64\r\nabc",
    ] {
        let url = scripted(format!("HTTP/1.1 200 OK\r\n{head}").leak());
        let response = HttpUpstream::to_target().send(to(&url)).await.unwrap();
        let mut request = to("http://example.com/");
        *request.body_mut() = response.into_body();
        let code = format!("{:?}", reader.handle(request).await.unwrap_err());
        assert_eq!(code, format!("{:?}", ErrorCode::HttpResponseIncomplete));
    }
}

#[tokio::test]
async fn another_protocol_that_nobody_asked_for_is_refused() {
    let url =
        scripted("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    let pass = builder("pass").origin(HttpUpstream::to_target()).build().unwrap();
    let code = pass.handle(to(&url)).await.unwrap_err();
    assert!(matches!(code, ErrorCode::HttpProtocolError), "{code}");
}

/// Sends a request through a component to an origin with this response.
async fn through(guest: &str, method: &Method, response: &str) -> Result<Response, ErrorCode> {
    let url = scripted(format!("HTTP/1.1 {response}").leak());
    let component = builder(guest).origin(HttpUpstream::new(url.parse().unwrap())).build();
    let mut request = to("http://example.com/");
    *request.method_mut() = method.clone();
    component.unwrap().handle(request).await
}

#[tokio::test]
async fn a_response_states_one_length_or_none() {
    const CHUNKED: &str = "Transfer-Encoding: chunked";
    for (method, response, length, content) in [
        (
            Method::GET,
            format!("200 OK\r\n{CHUNKED}\r\nContent-Length: 50\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
            None,
            "abc",
        ),
        (
            Method::GET,
            "200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc".to_owned(),
            Some("3"),
            "abc",
        ),
        (
            Method::GET,
            "200 OK\r\nContent-Length: 3, 3\r\n\r\nabc".to_owned(),
            Some("3"),
            "abc",
        ),
        (
            Method::HEAD,
            "200 OK\r\nContent-Length: 3, 3\r\n\r\n".to_owned(),
            Some("3"),
            "",
        ),
        (
            Method::HEAD,
            format!("200 OK\r\n{CHUNKED}\r\nContent-Length: 3\r\n\r\n"),
            None,
            "",
        ),
        (
            Method::GET,
            "204 No Content\r\nContent-Length: 3\r\n\r\n".to_owned(),
            None,
            "",
        ),
        (
            Method::HEAD,
            "204 No Content\r\nContent-Length: 3\r\n\r\n".to_owned(),
            None,
            "",
        ),
        (
            Method::GET,
            "304 Not Modified\r\nContent-Length: 3\r\n\r\n".to_owned(),
            Some("3"),
            "",
        ),
    ] {
        for guest in ["pass", "stamp", "stamp-unread", "rewrite"] {
            let what = format!("{guest}: {method} {response}");
            let response = through(guest, &method, &response).await.unwrap();
            let lengths: Vec<_> = response.headers().get_all(CONTENT_LENGTH).iter().collect();
            let expected: Vec<_> = length.into_iter().collect();
            assert_eq!(lengths, expected, "{what}");
            let received = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(received.to_ascii_lowercase(), content.as_bytes(), "{what}");
        }
    }
}

#[tokio::test]
async fn a_response_whose_length_is_unclear_is_the_upstreams_fault() {
    let gzip = ErrorCode::HttpResponseTransferCoding(Some("gzip".to_owned()));
    let protocol = ErrorCode::HttpProtocolError;
    for (method, fields, code) in [
        (Method::GET, "Transfer-Encoding: gzip, chunked", &gzip),
        (Method::GET, "Transfer-Encoding: gzip", &gzip),
        (
            Method::GET,
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
            &gzip,
        ),
        (
            Method::GET,
            "Transfer-Encoding: chunked, chunked",
            &protocol,
        ),
        (
            Method::GET,
            "Content-Length: 3\r\nContent-Length: 4",
            &protocol,
        ),
        (Method::HEAD, "Content-Length: 3, 4", &protocol),
        (Method::HEAD, "Content-Length: +3", &protocol),
    ] {
        for guest in ["pass", "stamp", "stamp-unread", "rewrite"] {
            let response = format!("200 OK\r\n{fields}\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
            let error = through(guest, &method, &response).await.unwrap_err();
            assert_eq!(
                format!("{error:?}"),
                format!("{code:?}"),
                "{guest}: {fields}"
            );
        }
    }
}

#[tokio::test]
async fn the_user_of_a_uri_is_not_sent() {
    let (address, seen) = server();
    let origin = HttpUpstream::new(format!("http://{address}").parse().unwrap());
    for (upstream, host) in [
        (origin.clone(), "example.com:81"),
        (origin.own_host(), address.as_str()),
    ] {
        upstream.send(to("http://user:password@example.com:81/a")).await.unwrap();
        let (_, head) = seen.recv().unwrap();
        assert_eq!(
            head,
            ["GET /a HTTP/1.1".to_owned(), format!("host: {host}")]
        );
    }
    let side_call = to(&format!("http://user:password@{address}/a"));
    HttpUpstream::to_target().send(side_call).await.unwrap();
    let (_, head) = seen.recv().unwrap();
    assert_eq!(head[1], format!("host: {address}"));
}

#[tokio::test]
async fn trace_has_no_content() {
    let (address, seen) = server();
    let (sender, frames) = tokio::sync::mpsc::channel(1);
    sender
        .send(Ok::<_, ErrorCode>(Frame::data(Bytes::from("content"))))
        .await
        .unwrap();
    let mut request = to(&format!("http://{address}/"))
        .map(|_| Body::new(StreamBody::new(ReceiverStream::new(frames))));
    *request.method_mut() = Method::TRACE;
    HttpUpstream::to_target().send(request).await.unwrap();
    let (_, head) = seen.recv().unwrap();
    assert_eq!(
        head,
        ["TRACE / HTTP/1.1".to_owned(), format!("host: {address}")]
    );
}
