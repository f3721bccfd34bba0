//! Time and TLS, on the way to an upstream.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Version;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use pretty_assertions::assert_eq;
use testkit_serve::tls::{self, Authority, Identity, trusting};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use wasmtime_wasi_http::RequestOptions;
use witgen_serve::proxy::{Body, ErrorCode, HttpUpstream, Request, Upstream};

const TIMEOUT: Duration = Duration::from_millis(400);
/// How much longer than its timeout anything may take on a slow machine.
const MAX_DELAY: Duration = Duration::from_secs(3);

fn to(uri: &str, options: RequestOptions) -> Request {
    let mut request = Request::default();
    *request.uri_mut() = uri.parse().unwrap();
    request.extensions_mut().insert(options);
    request
}

/// A server that does this with each connection.
fn server(serve: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Reads the head of a request.
fn read_head(stream: &TcpStream) {
    BufReader::new(stream)
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .for_each(drop);
}

fn wait() {
    thread::sleep(Duration::from_secs(20));
}

async fn code(uri: String, options: RequestOptions) -> String {
    let begin = Instant::now();
    let answer = HttpUpstream::to_target().send(to(&uri, options)).await;
    assert!(
        begin.elapsed() < TIMEOUT + MAX_DELAY,
        "{:?}",
        begin.elapsed()
    );
    format!("{:?}", answer.expect_err("nothing answers in time"))
}

#[tokio::test]
async fn each_timeout_is_kept_for_its_part() {
    // It listens, and never says anything of TLS.
    let silent = server(|_stream| wait());
    let connect = RequestOptions {
        connect_timeout: Some(TIMEOUT),
        ..RequestOptions::default()
    };
    let timeout = format!("{:?}", ErrorCode::ConnectionTimeout);
    assert_eq!(code(format!("https://{silent}/"), connect).await, timeout);

    let mute = server(|stream| {
        read_head(&stream);
        wait();
    });
    let first = RequestOptions {
        first_byte_timeout: Some(TIMEOUT),
        ..RequestOptions::default()
    };
    let timeout = format!("{:?}", ErrorCode::ConnectionReadTimeout);
    assert_eq!(code(format!("http://{mute}/"), first).await, timeout);

    let stalling = server(|mut stream| {
        read_head(&stream);
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
        stream.write_all(head).unwrap();
        wait();
    });
    let between = RequestOptions {
        between_bytes_timeout: Some(TIMEOUT),
        ..RequestOptions::default()
    };
    let request = to(&format!("http://{stalling}/"), between);
    let response = HttpUpstream::to_target().send(request).await.unwrap();
    let mut body = response.into_body();
    assert_eq!(
        body.frame().await.unwrap().unwrap().into_data().unwrap(),
        "abc"
    );
    let begin = Instant::now();
    let error = body.frame().await.unwrap().unwrap_err();
    assert!(begin.elapsed() >= TIMEOUT && begin.elapsed() < TIMEOUT + MAX_DELAY);
    let is_told = matches!(error, wasmtime_wasi_http::Error::ConnectionReadTimeout);
    assert!(is_told, "{error}");
}

#[tokio::test]
async fn the_first_byte_is_waited_for_when_all_has_been_sent() {
    // It answers when it has everything.
    let reading = server(|mut stream| {
        let mut last = [0; 1];
        while last != *b"!" {
            stream.read_exact(&mut last).unwrap();
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    });
    let options = RequestOptions {
        first_byte_timeout: Some(TIMEOUT),
        between_bytes_timeout: Some(TIMEOUT),
        ..RequestOptions::default()
    };
    let (pieces, frames) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        for piece in ["a", "b", "c", "!"] {
            tokio::time::sleep(TIMEOUT / 2).await;
            let piece = Ok::<_, ErrorCode>(Frame::data(Bytes::from(piece)));
            pieces.send(piece).await.unwrap();
        }
    });
    let mut request = to(&format!("http://{reading}/"), options)
        .map(|_| Body::new(StreamBody::new(ReceiverStream::new(frames))));
    *request.method_mut() = http::Method::POST;
    let response = HttpUpstream::to_target().send(request).await.unwrap();
    assert_eq!(response.status(), 204);
}

/// A server with TLS that says which version of HTTP it was asked in, and the authority of the target, which HTTP/2 has.
async fn tls_server(identity: &Identity) -> String {
    let acceptor = TlsAcceptor::from(Arc::new(tls::server(identity)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Clients that don't trust it go away.
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let answer = |request: http::Request<hyper::body::Incoming>| async move {
                    let authority = request.uri().authority().map_or("", |own| own.as_str());
                    let text = format!("{:?} {authority}", request.version());
                    Ok::<_, Infallible>(http::Response::new(Body::from(text)))
                };
                let server = auto::Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn tls_is_spoken_and_side_calls_speak_http_2_where_it_is_offered() {
    let authority = Authority::new();
    let address = tls_server(&authority.identity("127.0.0.1", 2099)).await;
    let url = format!("https://{address}/");
    let none = RequestOptions::default();
    let side = HttpUpstream::to_target().tls(trusting(&authority));
    let origin = HttpUpstream::new(url.parse().unwrap()).tls(trusting(&authority));
    // RFC 9113, section 8.3.1: the user of a URI isn't sent.
    let with_user = format!("https://user:password@{address}/");
    for (upstream, version, authority) in [
        (side, Version::HTTP_2, address.as_str()),
        (origin, Version::HTTP_11, ""),
    ] {
        for url in [&url, &with_user] {
            let response = upstream.send(to(url, none)).await.unwrap();
            assert_eq!(response.version(), version);
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(body, format!("{version:?} {authority}"));
        }
    }
}

#[tokio::test]
async fn whom_nobody_trusts_is_not_spoken_to() {
    let authority = Authority::new();
    let none = RequestOptions::default();
    let certificate = format!("{:?}", ErrorCode::TlsCertificateError);
    let good = tls_server(&authority.identity("127.0.0.1", 2099)).await;
    assert_eq!(
        code(format!("https://{good}/"), none).await,
        certificate,
        "a stranger"
    );
    for identity in [
        authority.identity("127.0.0.1", 2020),
        authority.identity("example.com", 2099),
    ] {
        let address = tls_server(&identity).await;
        let upstream = HttpUpstream::to_target().tls(trusting(&authority));
        let answer = upstream.send(to(&format!("https://{address}/"), none)).await;
        assert_eq!(format!("{:?}", answer.unwrap_err()), certificate);
    }
    let plain = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        wait();
    });
    let protocol = format!("{:?}", ErrorCode::TlsProtocolError);
    assert_eq!(code(format!("https://{plain}/"), none).await, protocol);
}
