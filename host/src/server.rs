//! A component behind a socket.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::time::Duration;

use http::header::{HOST, HeaderValue};
use http::uri::Authority;
use http::{Method, StatusCode, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::proxy::{Body, ErrorCode, Proxy, Response};

/// How long the server waits when the system has nothing left for another connection.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Gives a component the requests that arrive at a socket, by HTTP/1.1, until the socket fails.
///
/// A request that gets no response from the component gets one that says so. One that is not valid
/// (RFC 9112, section 3.2), or asks for a tunnel, doesn't reach the component.
///
/// # Errors
///
/// What the operating system says of the socket itself. One connection's end is its own, and when
/// there are too many the next has to wait, which `on_exhaustion` is told.
pub async fn serve(
    listener: TcpListener,
    proxy: Proxy,
    on_exhaustion: impl Fn(&io::Error),
) -> io::Result<()> {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) if is_exhaustion(&error) => {
                on_exhaustion(&error);
                tokio::time::sleep(EXHAUSTED).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        // A body in small pieces would wait for acknowledgements otherwise.
        let _ = stream.set_nodelay(true);
        let proxy = proxy.clone();
        let answer = service_fn(move |request: http::Request<Incoming>| {
            let proxy = proxy.clone();
            async move { Ok::<_, Infallible>(answer(&proxy, request).await) }
        });
        let mut server = http1::Builder::new();
        let connection = server.timer(TokioTimer::new());
        let connection = connection.serve_connection(TokioIo::new(stream), answer);
        tokio::spawn(async move {
            // A client that went away is its own business.
            let _ = connection.await;
        });
    }
}

async fn answer(proxy: &Proxy, request: http::Request<Incoming>) -> Response {
    if request.method() == Method::CONNECT {
        return refusal(StatusCode::NOT_IMPLEMENTED, "no tunnels are made here");
    }
    match invalid_host(&request) {
        Some(why) => refusal(StatusCode::BAD_REQUEST, why),
        None => proxy.handle(request).await.unwrap_or_else(no_response),
    }
}

/// What is wrong with the host that a request names (RFC 9112, section 3.2).
fn invalid_host<B>(request: &http::Request<B>) -> Option<&'static str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (host, other) = (hosts.next(), hosts.next());
    if other.is_some() {
        return Some("Host stands there more than once");
    }
    let is_authority = |host: &HeaderValue| {
        let authority = host.to_str().ok().map(str::parse::<Authority>);
        authority.is_some_and(|parsed| parsed.is_ok_and(|authority| is_host(&authority)))
    };
    let authority = request.uri().authority();
    match host {
        None if request.version() >= Version::HTTP_11 => Some("Host is missing"),
        Some(host) if !host.is_empty() && !is_authority(host) => Some("Host names no host"),
        _ if authority.is_some_and(|authority| !is_host(authority)) => {
            Some("the target names no host")
        }
        _ => None,
    }
}

/// Whether it is a host and perhaps a port, and no user (RFC 9110, section 4.2.4).
fn is_host(authority: &Authority) -> bool {
    let has_port = authority
        .as_str()
        .rsplit_once(':')
        .is_some_and(|(_, port)| {
            !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
        });
    !authority.as_str().contains('@') && (!has_port || authority.port_u16().is_some())
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

/// `EMFILE`, `ENFILE`, `ENOBUFS` and `ENOMEM`, which have no kind of their own.
fn is_exhaustion(error: &io::Error) -> bool {
    error.kind() == ErrorKind::OutOfMemory
        || matches!(error.raw_os_error(), Some(12 | 23 | 24 | 55 | 105))
}

fn refusal(status: StatusCode, why: &str) -> Response {
    let mut response = Response::new(Body::from(format!("{why}\n")));
    *response.status_mut() = status;
    response
}

/// What a client gets instead of a response.
fn no_response(code: ErrorCode) -> Response {
    let status = status(&code);
    // wasmtime's own error has words for each code.
    refusal(status, &wasmtime_wasi_http::Error::from(code).to_string())
}

/// RFC 9110, section 15.6: what an intermediary answers when it has no response to pass on.
fn status(code: &ErrorCode) -> StatusCode {
    match code {
        ErrorCode::ConfigurationError | ErrorCode::InternalError(_) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        ErrorCode::DnsTimeout
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => StatusCode::GATEWAY_TIMEOUT,
        // RFC 5842, section 7.2.
        ErrorCode::LoopDetected => StatusCode::LOOP_DETECTED,
        _ => StatusCode::BAD_GATEWAY,
    }
}
