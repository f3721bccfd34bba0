//! A server that passes the requests of a socket to a component.

use std::convert::Infallible;
use std::future::ready;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use http::{HeaderValue, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use crate::proxy::{ErrorCode, Proxy, Response};

mod activity;
mod clients;
mod connection;
mod delivery;
mod error_response;
mod exchange;
mod forwarding;
mod framing;
mod limits;
mod observer;
mod pace;
mod progress;
mod protocol;
mod request_body;
mod request_id;
mod resets;
mod response_body;
mod route_name;
mod routes;
mod shares;
mod validation;

use activity::Activity;
use clients::{Clients, Connected, IsTrusted};
use delivery::Flushes;
pub use exchange::{Exchange, LoggedHeaders};
use forwarding::{Client, Forwarding};
use framing::{FramedStream, Framing, FramingQueue};
pub use limits::ServerLimits;
pub use observer::Observer;
use protocol::Protocol;
use request_body::RequestBody;
use request_id::REQUEST_ID;
use response_body::{Completion, ResponseBody};
pub use route_name::RouteName;
pub use routes::{Route, Routes};

/// Pause before the next connection is accepted, after the operating system ran out of resources.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);
const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How many of the connections above the limit receive a response at a time, and as which part of the limit at most. Further
/// ones are closed without a response.
const MAX_OVERLOAD_REPLIES: usize = 64;
const OVERLOAD_REPLY_DIVISOR: usize = 8;
const OVERLOAD_REPLY_TIMEOUT: Duration = Duration::from_secs(1);

/// The components that a server passes requests to, and its settings. If they are replaced, requests in flight stay with the
/// old component.
#[derive(Clone)]
pub struct Current {
    routes: Arc<RwLock<Routes>>,
    /// What further connections are served by, if it isn't the server that was started.
    server: Arc<RwLock<Option<Server>>>,
    clients: Arc<OnceLock<Arc<Clients>>>,
}

impl Current {
    fn new(routes: Routes) -> Self {
        Current {
            routes: Arc::new(RwLock::new(routes)),
            server: Arc::default(),
            clients: Arc::default(),
        }
    }

    /// Passes all further requests to another component.
    pub fn replace(&self, proxy: Proxy) {
        self.replace_routes(Routes::default().route(Route::to(proxy)));
    }

    /// Passes all further requests to the components of these routes.
    pub fn replace_routes(&self, routes: Routes) {
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = routes;
    }

    /// Serves further connections with the settings of another server, except for its components and TLS. Connections that exist
    /// keep their settings; limits on the number of connections and requests apply to all of them.
    pub fn reconfigure(&self, server: Server) {
        let clients = self.clients.get_or_init(|| server.new_clients());
        clients.reconfigure(
            &server.limits,
            server.is_trusted.clone(),
            server.observer.clone(),
        );
        *self.server.write().unwrap_or_else(PoisonError::into_inner) = Some(server);
    }

    fn routes(&self) -> RwLockReadGuard<'_, Routes> {
        self.routes.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes the requests that arrive at a socket to a component. The server accepts HTTP/1.1 and HTTP/2.
///
/// If the component fails to respond, the server responds with the status that the documentation of `error-code` names.
/// It rejects invalid requests (RFC 9112, section 3.2), requests whose end is ambiguous, and CONNECT.
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
    has_request_ids: bool,
    observer: Arc<dyn Observer>,
    is_trusted: Option<IsTrusted>,
    /// Made when the first connection is accepted.
    clients: Arc<OnceLock<Arc<Clients>>>,
    ids: Arc<Ids>,
}

/// Identifiers of requests: a number that other servers are unlikely to have, and a counter.
struct Ids {
    server: u32,
    next: AtomicU64,
}

impl Ids {
    fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}-{number}", self.server)
    }
}

impl Server {
    /// Creates a server for a component, without TLS.
    pub fn new(proxy: Proxy) -> Self {
        Server::with_routes(Routes::default().route(Route::to(proxy)))
    }

    /// Creates a server for the components of these routes, without TLS.
    pub fn with_routes(routes: Routes) -> Self {
        Server {
            current: Current::new(routes),
            tls: None,
            forwarding: None,
            has_request_ids: false,
            observer: Arc::new(()),
            is_trusted: None,
            clients: Arc::default(),
            limits: ServerLimits::default(),
            ids: Arc::new(Ids {
                server: RandomState::new().build_hasher().finish() as u32,
                next: AtomicU64::new(1),
            }),
        }
    }

    /// Returns the components that are served, as a value that can replace them.
    pub fn current(&self) -> Current {
        Current {
            clients: self.clients.clone(),
            ..self.current.clone()
        }
    }

    /// Uses TLS. This sets the protocols for ALPN.
    pub fn tls(mut self, mut config: ServerConfig) -> Self {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        self.tls = Some(TlsAcceptor::from(Arc::new(config)));
        self
    }

    /// Limits what clients may use of the server.
    pub fn limits(mut self, limits: ServerLimits) -> Self {
        self.clients = Arc::default();
        self.limits = limits;
        self
    }

    /// Sets which addresses are proxies that pass on the requests of many clients. They may use all connections and
    /// requests of the server; by default there are none.
    pub fn trusted_proxies(
        mut self,
        is_trusted: impl Fn(IpAddr) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.clients = Arc::default();
        self.is_trusted = Some(Arc::new(is_trusted));
        self
    }

    /// Prepares requests as an intermediary must, under a name that no other intermediary on their way may have (RFC 9110,
    /// section 7.6.3).
    pub fn forwards_as(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.forwarding = Some(Arc::new(Forwarding { name }));
        self
    }

    /// Gives each request an `x-request-id`, unless it has one, and returns it in the response, unless the component does.
    pub fn request_ids(mut self) -> Self {
        self.has_request_ids = true;
        self
    }

    /// Reports server events to an observer.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.clients = Arc::default();
        self.observer = observer;
        self
    }

    /// Serves until `stop` is ready, or the listener fails. After `stop`, requests in flight are completed if that takes no
    /// longer than `grace`.
    ///
    /// # Errors
    ///
    /// Errors of the listener itself. Errors of a single connection only end that connection, and if the operating system
    /// runs out of resources, further connections wait.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
        grace: Duration,
    ) -> io::Result<()> {
        let graceful = GracefulShutdown::new();
        let clients = self.clients();
        let replies =
            (self.limits.connections / OVERLOAD_REPLY_DIVISOR).clamp(4, MAX_OVERLOAD_REPLIES);
        let overload_replies = Arc::new(Semaphore::new(replies));
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
                // All connections that the operating system has accepted so far are served.
                () = ready(()), if is_stopping => break,
            };
            let (stream, client) = match accepted {
                // Shows IPv4-mapped IPv6 addresses as IPv4.
                Ok((stream, client)) => {
                    let address = client.ip().to_canonical();
                    (stream, SocketAddr::new(address, client.port()))
                }
                Err(error) if is_connection_error(&error) => continue,
                Err(error) if is_listener_error(&error) => return Err(error),
                Err(error) => {
                    self.observer.exhausted(&error);
                    sleep(ACCEPT_BACKOFF).await;
                    continue;
                }
            };
            // Nagle's algorithm would delay content in small pieces until the client acknowledges the previous one.
            let _ = stream.set_nodelay(true);
            let Some(connected) = clients.connect(client.ip()) else {
                self.observer.overloaded("connections");
                if self.tls.is_none()
                    && let Ok(permit) = overload_replies.clone().try_acquire_owned()
                {
                    tokio::spawn(async move {
                        reply_overloaded(stream).await;
                        drop(permit);
                    });
                }
                continue;
            };
            let (server, watcher) = (self.latest(), graceful.watcher());
            tokio::spawn(async move {
                let _counted = CountedConnection::new(server.observer.clone());
                server.accept_tls(stream, client, connected, watcher).await;
            });
        }
        drop(listener);
        // Requests that take longer are cut off.
        let _ = timeout(grace, graceful.shutdown()).await;
        Ok(())
    }

    /// Returns the server that further connections are served by.
    fn latest(&self) -> Server {
        let latest = self.current.server.read().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            None => self.clone(),
            Some(server) => Server {
                current: self.current.clone(),
                tls: self.tls.clone(),
                clients: self.clients.clone(),
                ids: self.ids.clone(),
                ..server.clone()
            },
        }
    }

    /// Returns what all clients use.
    fn clients(&self) -> Arc<Clients> {
        self.clients.get_or_init(|| self.new_clients()).clone()
    }

    fn new_clients(&self) -> Arc<Clients> {
        let clients = Clients::new(&self.limits, self.is_trusted.clone(), self.observer.clone());
        Arc::new(clients)
    }

    /// Performs the TLS handshake, if the server uses TLS, and serves the connection.
    async fn accept_tls(
        self,
        stream: TcpStream,
        address: SocketAddr,
        connected: Connected,
        watcher: Watcher,
    ) {
        let is_tls = self.tls.is_some();
        let client = Client { address, is_tls };
        let Some(tls) = self.tls.clone() else {
            return self
                .serve_connection(stream, client, Protocol::Any, &connected.activity, watcher)
                .await;
        };
        let handshake = timeout(TLS_HANDSHAKE_TIMEOUT, tls.accept(stream));
        let accepted = tokio::select! {
            accepted = handshake => accepted,
            () = connected.activity.wait_until_close(&self.limits) => return,
        };
        // Drops clients that fail the TLS handshake.
        if let Ok(Ok(stream)) = accepted {
            let protocol = Protocol::negotiated(stream.get_ref().1.alpn_protocol());
            self.serve_connection(stream, client, protocol, &connected.activity, watcher)
                .await;
        }
    }

    async fn serve_connection(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        client: Client,
        protocol: Protocol,
        activity: &Activity,
        watcher: Watcher,
    ) {
        let builder = connection::builder(&self.limits, protocol, activity);
        let (limits, observer) = (self.limits, self.observer.clone());
        let server = Arc::new(self);
        let requests = activity.clone();
        let framings = FramingQueue::default();
        let flushes = Flushes::default();
        let stream = FramedStream::new(stream, framings.clone(), flushes.clone());
        let stream = TokioIo::new(stream);
        let service = service_fn(move |mut request: http::Request<Incoming>| {
            let (server, framings) = (server.clone(), framings.clone());
            let completion = server.begin_request(&mut request, client, &requests, flushes.clone());
            async move {
                let Some(completion) = completion else {
                    return Err(connection::calm_down());
                };
                let exchange = completion.exchange.clone();
                let request_id = server.request_id(&exchange);
                let mut response =
                    server.handle_request(request, client, &framings, completion).await;
                server.observer.responding(&exchange, response.headers_mut());
                if let Some(id) = request_id {
                    response.headers_mut().entry(REQUEST_ID).or_insert(id);
                }
                Ok(response)
            }
        });
        let connection = builder.serve_connection(stream, service).into_owned();
        tokio::select! {
            ended = watcher.watch(connection) => {
                // Other errors are those of clients that disconnect.
                if let Err(error) = ended
                    && let Some(error) = error.downcast_ref::<hyper::Error>()
                    && error.is_parse()
                {
                    observer.invalid(client.address, error);
                }
            }
            () = activity.wait_until_close(&limits) => {
                if activity.is_exhausted() {
                    observer.overloaded("resets");
                }
            }
        }
    }

    /// Adds a request to those of a connection. `None` if the connection has cancelled too many.
    fn begin_request(
        &self,
        request: &mut http::Request<Incoming>,
        client: Client,
        requests: &Activity,
        flushes: Flushes,
    ) -> Option<Completion> {
        if requests.is_exhausted() {
            return None;
        }
        let number = self.ids.next();
        if self.has_request_ids {
            request_id::complete(request.headers_mut(), &number);
        }
        let mut exchange = Exchange::begin(number, client, request);
        self.observer.begun(&mut exchange);
        let exchange = Arc::new(exchange);
        let is_stream = request.version() == Version::HTTP_2;
        let completion = Completion {
            exchange: exchange.clone(),
            observer: self.observer.clone(),
            flushes,
            in_flight: requests.begin_request(exchange.clone(), is_stream),
        };
        Some(completion)
    }

    /// Returns the identifier to put into the response.
    fn request_id(&self, exchange: &Exchange) -> Option<HeaderValue> {
        let id = || exchange.headers.request_id.clone();
        self.has_request_ids.then(id).flatten()
    }

    async fn handle_request(
        &self,
        mut request: http::Request<Incoming>,
        client: Client,
        framings: &FramingQueue,
        mut completion: Completion,
    ) -> http::Response<ResponseBody> {
        if request.version() <= Version::HTTP_11 {
            let rejection = match framings.pop() {
                Framing::Clear => None,
                Framing::Ambiguous => Some(error_response::ambiguous_framing()),
                Framing::Fragment => Some(error_response::fragment_in_target()),
            };
            if let Some(response) = rejection {
                return ResponseBody::wrap(response, None, completion);
            }
        }
        let has_room = completion.in_flight.keep_head(validation::head_size(&request));
        if !has_room || !self.clients().admit(&completion.in_flight) {
            self.observer.overloaded("requests");
            return ResponseBody::wrap(error_response::overloaded(), None, completion);
        }
        let route = match self.prepare_request(&mut request, client, &completion.exchange) {
            Ok(route) => route,
            Err(response) => return ResponseBody::wrap(*response, None, completion),
        };
        request.extensions_mut().clear();
        request.extensions_mut().insert(completion.exchange.clone());
        let progress = completion.in_flight.progress.clone();
        let request = request.map(|body| RequestBody::new(body, progress, &self.limits));
        let mut deadline: Option<Pin<Box<Sleep>>> = self
            .limits
            .request_time
            .and_then(|time| Instant::now().checked_add(time))
            .map(|end| Box::pin(sleep_until(end)));
        let handled = route.handle(request);
        let response = match &mut deadline {
            None => handled.await,
            Some(deadline) => tokio::select! {
                response = handled => response,
                () = deadline => Err(ErrorCode::HttpResponseTimeout),
            },
        };
        let response =
            response.unwrap_or_else(|code| error_response::from_code(code, &completion.exchange));
        ResponseBody::wrap(response, deadline, completion)
    }

    /// Prepares a request for its component, and returns the component. `Err` is the response to send instead.
    fn prepare_request(
        &self,
        request: &mut http::Request<Incoming>,
        client: Client,
        exchange: &Exchange,
    ) -> Result<Proxy, Box<Response>> {
        validation::validate_request(request, self.limits.body, client.is_tls)?;
        let routes = self.current.routes();
        let route = routes.find(request)?;
        if let Some(name) = &route.name {
            exchange.record_route(name);
        }
        if let Some(forwarding) = &self.forwarding
            && route.forwards
        {
            forwarding.prepare_request(request, client)?;
        }
        Ok(route.proxy.clone())
    }
}

/// A connection, which an observer counts until this is dropped.
struct CountedConnection(Arc<dyn Observer>);

impl CountedConnection {
    fn new(observer: Arc<dyn Observer>) -> Self {
        observer.connections(1);
        CountedConnection(observer)
    }
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        self.0.connections(-1);
    }
}

/// Responds to the first request of a connection above the limit.
async fn reply_overloaded(stream: TcpStream) {
    let service = service_fn(|_: http::Request<Incoming>| async {
        Ok::<_, Infallible>(error_response::overloaded())
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let _ = timeout(OVERLOAD_REPLY_TIMEOUT, connection).await;
}

fn is_connection_error(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

/// Whether the listener can't accept connections any more: `EBADF`, `EINVAL`, `ENOSYS` or `ENOTSOCK`. Other errors are
/// temporary, such as a lack of file descriptors.
fn is_listener_error(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(9 | 22 | 38 | 88))
}
