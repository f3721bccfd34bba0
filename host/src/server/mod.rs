//! A component behind a socket.

use std::convert::Infallible;
use std::future::ready;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::header::{CONNECTION, COOKIE, EXPECT, HOST};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Method, StatusCode, Uri, Version};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use crate::proxy::{ErrorCode, Proxy, Response};

mod activity;
mod content;
mod exchange;
mod forwarding;
mod framing;
mod limits;
mod observer;
mod refusal;

use activity::Activity;
use content::{Ending, Received, Sent};
pub use exchange::Exchange;
use forwarding::{Forwarding, From};
use framing::{Heads, Watched};
pub use limits::ServerLimits;
pub use observer::Observer;
use refusal::{invalid_host, no_response, overloaded, refusal};

/// How long the server waits when the system has nothing left for another connection.
const EXHAUSTED: Duration = Duration::from_millis(100);
/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Streams of a connection of HTTP/2 at a time, and how much of each may come before somebody reads it.
const STREAMS: u32 = 200;
const STREAM: u32 = 256 << 10;
/// How many connections are told that there are too many, at a time; further ones are closed.
const TOLD: usize = 64;

/// The component that a server serves. It can be replaced while it is: requests that have come stay with the one that
/// they came to.
#[derive(Clone)]
pub struct Current(Arc<RwLock<Proxy>>);

impl Current {
    /// Serves another one from now on.
    pub fn replace(&self, proxy: Proxy) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = proxy;
    }

    fn get(&self) -> Proxy {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Gives a component the requests that arrive at a socket, by HTTP/1.1 or HTTP/2.
///
/// A request that gets no response from the component gets one that says so. One that is not valid
/// (RFC 9112, section 3.2), whose end could be read in two ways, or that asks for a tunnel, doesn't reach the component.
///
/// ```no_run
/// # use std::{future, time::Duration};
/// # use witgen_serve::{proxy, server};
/// # async fn serve(proxy: proxy::Proxy) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// let server = server::Server::new(proxy);
/// server.serve(listener, future::pending(), Duration::ZERO).await
/// # }
/// ```
#[derive(Clone)]
pub struct Server {
    current: Current,
    tls: Option<TlsAcceptor>,
    limits: ServerLimits,
    forwarding: Option<Arc<Forwarding>>,
    observer: Arc<dyn Observer>,
    requests: Arc<Semaphore>,
    ids: Arc<Ids>,
}

/// Numbers of requests, with what tells those of this server from others'.
struct Ids {
    server: u32,
    next: AtomicU64,
}

impl Server {
    /// One that serves a component, without TLS.
    pub fn new(proxy: Proxy) -> Self {
        let limits = ServerLimits::default();
        Server {
            current: Current(Arc::new(RwLock::new(proxy))),
            tls: None,
            forwarding: None,
            observer: Arc::new(()),
            requests: Arc::new(Semaphore::new(limits.requests)),
            limits,
            ids: Arc::new(Ids {
                server: RandomState::new().build_hasher().finish() as u32,
                next: AtomicU64::new(1),
            }),
        }
    }

    /// What replaces the component.
    pub fn current(&self) -> Current {
        self.current.clone()
    }

    /// Speaks TLS. The protocols for ALPN are set here.
    pub fn tls(mut self, mut config: ServerConfig) -> Self {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        self.tls = Some(TlsAcceptor::from(Arc::new(config)));
        self
    }

    /// What clients may use of the server.
    pub fn limits(mut self, limits: ServerLimits) -> Self {
        self.requests = Arc::new(Semaphore::new(limits.requests.min(Semaphore::MAX_PERMITS)));
        self.limits = limits;
        self
    }

    /// Does to requests what an intermediary has to, and calls itself so in them; nobody on their way may have the same
    /// name (RFC 9110, section 7.6.3).
    pub fn forwards_as(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.forwarding = Some(Arc::new(Forwarding { name }));
        self
    }

    /// Is told what the server does.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Serves until it is to stop, or the socket fails. What has come by then is finished, if that takes no longer than
    /// `grace`.
    ///
    /// # Errors
    ///
    /// What the operating system says of the socket itself. One connection's end is its own, and when there are too
    /// many the next has to wait.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
        grace: Duration,
    ) -> io::Result<()> {
        let graceful = GracefulShutdown::new();
        let connections = Arc::new(Semaphore::new(self.limits.connections));
        let told = Arc::new(Semaphore::new(TOLD));
        let mut stop = pin!(stop);
        let mut is_stopping = false;
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stop, if !is_stopping => {
                    is_stopping = true;
                    continue;
                }
                accepted = listener.accept() => accepted,
                // Those that the system had by then have been taken.
                () = ready(()), if is_stopping => break,
            };
            let (stream, client) = match accepted {
                // An address of the older kind looks like itself.
                Ok((stream, client)) => {
                    let address = client.ip().to_canonical();
                    (stream, SocketAddr::new(address, client.port()))
                }
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) if is_of_the_socket(&error) => return Err(error),
                Err(error) => {
                    self.observer.exhausted(&error);
                    sleep(EXHAUSTED).await;
                    continue;
                }
            };
            // A body in small pieces would wait for acknowledgements otherwise.
            let _ = stream.set_nodelay(true);
            let Ok(permit) = connections.clone().try_acquire_owned() else {
                self.observer.overloaded("connections");
                if let (Ok(permit), None) = (told.clone().try_acquire_owned(), &self.tls) {
                    tokio::spawn(async move {
                        tell_overload(stream).await;
                        drop(permit);
                    });
                }
                continue;
            };
            let (server, watcher) = (self.clone(), graceful.watcher());
            tokio::spawn(async move {
                let _connected = Connected::new(server.observer.clone());
                server.meet(stream, client, watcher).await;
                drop(permit);
            });
        }
        drop(listener);
        // What takes longer is cut.
        let _ = timeout(grace, graceful.shutdown()).await;
        Ok(())
    }

    /// Agrees on TLS, if that is spoken, and answers the requests of the connection.
    async fn meet(self, stream: TcpStream, client: SocketAddr, watcher: Watcher) {
        let Some(tls) = self.tls.clone() else {
            let is_tls = false;
            return self
                .converse(stream, From { client, is_tls }, watcher)
                .await;
        };
        // Who doesn't agree goes away.
        if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
            let is_tls = true;
            self.converse(stream, From { client, is_tls }, watcher)
                .await;
        }
    }

    async fn converse(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        from: From,
        watcher: Watcher,
    ) {
        // hyper takes no less.
        let head = self.limits.head.max(8 << 10);
        let mut server = auto::Builder::new(TokioExecutor::new());
        let mut one = server.http1();
        one.timer(TokioTimer::new());
        one.header_read_timeout(self.limits.head_time);
        one.max_buf_size(head as usize);
        if self.limits.fields != limits::FIELDS {
            one.max_headers(self.limits.fields);
        }
        let mut two = server.http2();
        two.timer(TokioTimer::new());
        two.max_header_list_size(head);
        // Content of one request that nobody reads is not to keep others from coming.
        two.initial_stream_window_size(STREAM);
        two.initial_connection_window_size(STREAM * STREAMS);
        two.max_concurrent_streams(STREAMS);
        // A client that isn't there any more is noticed.
        two.keep_alive_interval(self.limits.head_time);
        two.keep_alive_timeout(self.limits.head_time);
        let (limits, observer) = (self.limits, self.observer.clone());
        let activity = Activity::new();
        let requests = activity.clone();
        let heads = Heads::default();
        let stream = TokioIo::new(Watched::new(stream, heads.clone()));
        let answer = service_fn(move |request: http::Request<Incoming>| {
            let (server, heads, requests) = (self.clone(), heads.clone(), requests.clone());
            async move { Ok::<_, Infallible>(server.answer(request, from, &heads, &requests).await) }
        });
        let connection = server.serve_connection(stream, answer).into_owned();
        // A client that went away is its own business.
        tokio::select! {
            ended = watcher.watch(connection) => {
                if let Err(error) = ended
                    && let Some(error) = error.downcast_ref::<hyper::Error>()
                    && error.is_parse()
                {
                    observer.invalid(from.client, error);
                }
            }
            () = activity.is_over(&limits) => {}
        }
    }

    async fn answer(
        &self,
        mut request: http::Request<Incoming>,
        from: From,
        heads: &Heads,
        requests: &Activity,
    ) -> http::Response<Sent> {
        let number = self.ids.next.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:08x}-{number}", self.ids.server);
        let exchange = Arc::new(Exchange::begin(id, from.client, &request));
        let mut ending = Ending {
            exchange: exchange.clone(),
            observer: self.observer.clone(),
            permit: None,
            under_way: requests.begin(exchange.clone()),
        };
        self.observer.begun(&exchange);
        let is_one = request.version() <= Version::HTTP_11;
        if is_one && heads.next_is_ambiguous() {
            let why = "it is not clear where the request ends";
            let mut response = refusal(StatusCode::BAD_REQUEST, why);
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
            return Sent::new(response, None, ending);
        }
        let Ok(permit) = self.requests.clone().try_acquire_owned() else {
            self.observer.overloaded("requests");
            return Sent::new(overloaded(), None, ending);
        };
        ending.permit = Some(permit);
        if let Err(refused) = self.prepare(&mut request, from) {
            return Sent::new(*refused, None, ending);
        }
        request.extensions_mut().clear();
        request.extensions_mut().insert(exchange.clone());
        let request = request.map(|body| Received::new(body, exchange, &self.limits));
        let end = self.limits.request_time;
        let end = end.and_then(|time| Instant::now().checked_add(time));
        let mut late: Option<Pin<Box<_>>> = end.map(|end| Box::pin(sleep_until(end)));
        let proxy = self.current.get();
        let handled = proxy.handle(request);
        let response = match &mut late {
            None => handled.await,
            Some(late) => tokio::select! {
                response = handled => response,
                () = late => Err(ErrorCode::HttpResponseTimeout),
            },
        };
        Sent::new(response.unwrap_or_else(no_response), late, ending)
    }

    /// Makes of a request what the component is given, or says why it isn't.
    fn prepare(
        &self,
        request: &mut http::Request<Incoming>,
        from: From,
    ) -> Result<(), Box<Response>> {
        if request.method() == Method::CONNECT {
            let why = "no tunnels are made here";
            return Err(Box::new(refusal(StatusCode::NOT_IMPLEMENTED, why)));
        }
        if let Some(why) = invalid_host(request) {
            return Err(Box::new(refusal(StatusCode::BAD_REQUEST, why)));
        }
        // RFC 9110, section 10.1.1: hyper says that the content may come, as soon as somebody reads it.
        let expected = request.headers().get_all(EXPECT).iter();
        let is_known = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
        let is_met = request.version() < Version::HTTP_11 || expected.into_iter().all(is_known);
        request.headers_mut().remove(EXPECT);
        if !is_met {
            let why = "nothing else can be expected than 100-continue";
            return Err(Box::new(refusal(StatusCode::EXPECTATION_FAILED, why)));
        }
        let is_too_large = |limit| request.body().size_hint().lower() > limit;
        if self.limits.body.is_some_and(is_too_large) {
            let why = "the content is too large";
            return Err(Box::new(refusal(StatusCode::PAYLOAD_TOO_LARGE, why)));
        }
        complete(request, from.is_tls);
        join_cookies(request);
        match &self.forwarding {
            Some(forwarding) => forwarding.prepare(request, from),
            None => Ok(()),
        }
    }
}

/// Names the host of a request whose target is a path, and the scheme that it has come by, whatever the client says
/// (RFC 9112, section 3.3).
fn complete<B>(request: &mut http::Request<B>, is_tls: bool) {
    let host = || Authority::try_from(request.headers().get(HOST)?.as_bytes()).ok();
    let Some(host) = request.uri().authority().cloned().or_else(host) else {
        return;
    };
    let path = request.uri().path_and_query().cloned();
    let scheme = if is_tls { Scheme::HTTPS } else { Scheme::HTTP };
    let uri = Uri::builder().scheme(scheme).authority(host);
    let path = path.unwrap_or(PathAndQuery::from_static("/"));
    if let Ok(uri) = uri.path_and_query(path).build() {
        *request.uri_mut() = uri;
    }
}

/// HTTP/2 may have them in pieces, and nobody else (RFC 9113, section 8.2.3).
fn join_cookies<B>(request: &mut http::Request<B>) {
    let cookies: Vec<_> = request.headers().get_all(COOKIE).iter().collect();
    if request.version() != Version::HTTP_2 || cookies.len() < 2 {
        return;
    }
    let cookies: Vec<&[u8]> = cookies.into_iter().map(HeaderValue::as_bytes).collect();
    if let Ok(cookie) = HeaderValue::from_bytes(&cookies.join(&b"; "[..])) {
        request.headers_mut().insert(COOKIE, cookie);
    }
}

/// Counts a connection, as long as there is one.
struct Connected(Arc<dyn Observer>);

impl Connected {
    fn new(observer: Arc<dyn Observer>) -> Self {
        observer.connections(1);
        Connected(observer)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.connections(-1);
    }
}

/// Says to a client that there are too many, if it listens.
async fn tell_overload(stream: TcpStream) {
    let answer =
        service_fn(|_: http::Request<Incoming>| async { Ok::<_, Infallible>(overloaded()) });
    let mut server = http1::Builder::new();
    let server = server.keep_alive(false).timer(TokioTimer::new());
    let told = server.serve_connection(TokioIo::new(stream), answer);
    let _ = timeout(Duration::from_secs(1), told).await;
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

/// `EBADF`, `EINVAL` and `ENOTSOCK`: it can't be listened to any more. Whatever else there is, such as no files left or a
/// firewall, passes.
fn is_of_the_socket(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(9 | 22 | 38 | 88))
}
