//! A component behind a socket.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use http::header::{HOST, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, StatusCode, Uri, Version};
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::proxy::{Body, ErrorCode, Proxy, Response};

/// How long the server waits when the system has nothing left for another connection.
const EXHAUSTED: Duration = Duration::from_millis(100);
/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// What a field takes in a head at least, about.
const FIELD: usize = 64;

/// Gives a component the requests that arrive at a socket, by HTTP/1.1 or HTTP/2.
///
/// A request that gets no response from the component gets one that says so. One that is not valid
/// (RFC 9112, section 3.2), or asks for a tunnel, doesn't reach the component.
///
/// ```no_run
/// # use witgen_serve::{proxy, server};
/// # async fn serve(proxy: proxy::Proxy) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// server::Server::new(proxy).serve(listener, |error| eprintln!("{error}")).await
/// # }
/// ```
#[derive(Clone)]
pub struct Server {
    proxy: Proxy,
    tls: Option<TlsAcceptor>,
    head: usize,
}

impl Server {
    /// One that serves a component, without TLS.
    pub fn new(proxy: Proxy) -> Self {
        Server {
            proxy,
            tls: None,
            head: 64 << 10,
        }
    }

    /// Speaks TLS. The protocols for ALPN are set here.
    pub fn tls(mut self, mut config: ServerConfig) -> Self {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        self.tls = Some(TlsAcceptor::from(Arc::new(config)));
        self
    }

    /// How many bytes the head of a request may have, from 8,192; 65,536 unless this is called. What is
    /// larger is answered with 431 (RFC 6585, section 5).
    pub fn head_size(mut self, bytes: u32) -> Self {
        self.head = bytes.max(8 << 10) as usize;
        self
    }

    /// Serves until the socket fails.
    ///
    /// # Errors
    ///
    /// What the operating system says of the socket itself. One connection's end is its own, and when
    /// there are too many the next has to wait, which `on_exhaustion` is told.
    pub async fn serve(
        self,
        listener: TcpListener,
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
            let server = self.clone();
            tokio::spawn(async move {
                let Some(tls) = server.tls.clone() else {
                    return server.converse(TokioIo::new(stream)).await;
                };
                // Who doesn't agree goes away.
                if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
                    server.converse(TokioIo::new(stream)).await;
                }
            });
        }
    }

    /// Answers the requests of one connection.
    async fn converse(self, stream: impl Read + Write + Unpin + Send + 'static) {
        let mut server = auto::Builder::new(TokioExecutor::new());
        let mut one = server.http1();
        one.timer(TokioTimer::new());
        one.max_buf_size(self.head);
        one.max_headers(self.head / FIELD);
        let mut two = server.http2();
        two.timer(TokioTimer::new());
        two.max_header_list_size(u32::try_from(self.head).unwrap_or(u32::MAX));
        let (proxy, is_tls) = (self.proxy, self.tls.is_some());
        let answer = service_fn(move |mut request: http::Request<Incoming>| {
            let proxy = proxy.clone();
            async move {
                if is_tls {
                    complete(&mut request);
                }
                Ok::<_, Infallible>(answer(&proxy, request).await)
            }
        });
        // A client that went away is its own business.
        let _ = server.serve_connection(stream, answer).await;
    }
}

/// Names the scheme and the host of a request that came by TLS, where its target is a path (RFC 9112,
/// section 3.3).
fn complete<B>(request: &mut http::Request<B>) {
    if request.uri().authority().is_some() {
        return;
    }
    let host = request.headers().get(HOST);
    let Some(host) = host.and_then(|host| Authority::try_from(host.as_bytes()).ok()) else {
        return;
    };
    let path = request.uri().path_and_query().cloned();
    let uri = Uri::builder().scheme(Scheme::HTTPS).authority(host);
    let path = path.unwrap_or(PathAndQuery::from_static("/"));
    if let Ok(uri) = uri.path_and_query(path).build() {
        *request.uri_mut() = uri;
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
    let is_other = |host: &HeaderValue| {
        authority.is_some_and(|authority| {
            !authority
                .as_str()
                .as_bytes()
                .eq_ignore_ascii_case(host.as_bytes())
        })
    };
    match host {
        None if request.version() == Version::HTTP_11 => Some("Host is missing"),
        // RFC 9113, section 8.3.1.
        Some(host) if request.version() == Version::HTTP_2 && is_other(host) => {
            Some("Host is not the authority that is asked for")
        }
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
