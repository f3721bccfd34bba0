//! A server that passes the requests of a socket to a component.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use http::{HeaderValue, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use crate::proxy::{ErrorCode, Proxy, Response};

mod accept;
mod activity;
mod client;
mod client_address;
mod clients;
mod connection;
mod delivery;
mod error_response;
mod exchange;
mod forwarding;
mod framing;
mod limits;
mod lingering;
mod listener;
mod observer;
mod opening;
mod overload;
mod pace;
mod progress;
mod protocol;
mod proxy_header;
mod rate;
mod rate_limit;
mod request_body;
mod request_id;
mod resets;
mod response_body;
mod route_name;
mod routes;
mod shares;
mod stream;
mod trust;
mod validation;

use activity::Activity;
use client::Client;
pub use client_address::ClientAddress;
use clients::{ClientSettings, Clients};
use delivery::Flushes;
pub use exchange::{Exchange, LoggedHeaders};
use forwarding::Forwarding;
use framing::{FramedStream, Framing, FramingQueue};
pub use limits::ServerLimits;
pub use listener::Listener;
pub use observer::Observer;
use opening::{Opened, OpenedStream, Opening};
use overload::OverloadReplies;
use protocol::Protocol;
pub use proxy_header::ProxyHeaderError;
pub use rate::{InvalidRate, Rate};
pub use rate_limit::{ClientRateLimit, RateLimit};
use request_body::RequestBody;
use request_id::REQUEST_ID;
use response_body::{Completion, ResponseBody};
pub use route_name::RouteName;
pub use routes::{Route, Routes};
use trust::Trust;

/// The components that a server passes requests to, and its settings. If they are replaced, requests in flight stay with the
/// old component.
#[derive(Clone)]
pub struct Current {
    routes: Arc<RwLock<Routes>>,
    /// The server of further connections, if it isn't the one that was started.
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

    /// Serves further connections with the settings of another server, except for its components and TLS. Connections
    /// that exist keep their settings; limits on the number of connections and requests apply to all of them.
    pub fn reconfigure(&self, server: Server) {
        let clients = self.clients.get_or_init(|| server.new_clients());
        clients.reconfigure(server.client_settings());
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
    trust: Trust,
    rate_limit: Option<Rate>,
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
            trust: Trust::default(),
            rate_limit: None,
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

    /// Uses TLS at each listener without a configuration of its own. This sets the protocols for ALPN.
    pub fn tls(mut self, config: ServerConfig) -> Self {
        self.tls = Some(listener::tls_acceptor(config));
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
        self.trust.addresses = Some(Arc::new(is_trusted));
        self
    }

    /// Trusts the processes that are connected to Unix sockets, as [`trusted_proxies`](Self::trusted_proxies) does
    /// addresses. By default all of them together are one client.
    pub fn trust_unix_clients(mut self) -> Self {
        self.clients = Arc::default();
        self.trust.unix = true;
        self
    }

    /// Limits the rate of each client's requests. Further ones receive status 429 with `Retry-After` (RFC 6585, section 4).
    /// This doesn't apply to [`trusted_proxies`](Self::trusted_proxies).
    pub fn rate_limit(mut self, rate: Rate) -> Self {
        self.clients = Arc::default();
        self.rate_limit = Some(rate);
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
        listener: impl Into<Listener>,
        stop: impl Future<Output = ()>,
        grace: Duration,
    ) -> io::Result<()> {
        self.serve_all([listener.into()], stop, grace).await
    }

    /// Serves at several listeners, which share all limits, until `stop` is ready, or one of them fails.
    ///
    /// # Errors
    ///
    /// As for [`serve`](Self::serve).
    pub async fn serve_all(
        self,
        listeners: impl IntoIterator<Item = Listener>,
        stop: impl Future<Output = ()>,
        grace: Duration,
    ) -> io::Result<()> {
        let overload_replies = OverloadReplies::new(self.limits.connections);
        let (stopping, stopped) = watch::channel(false);
        // Connections that are still open are cut off when the sender is dropped.
        let (_open, until) = watch::channel(());
        let mut accepting = JoinSet::new();
        for listener in listeners {
            let server = self.clone();
            let replies = overload_replies.clone();
            accepting.spawn(server.accept(listener, stopped.clone(), until.clone(), replies));
        }
        let mut stop = pin!(stop);
        let mut draining = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut stop, if !*stopping.borrow() => {
                    stopping.send_replace(true);
                }
                ended = accepting.join_next() => match ended {
                    Some(ended) => {
                        let connections = ended.map_err(io::Error::other)??;
                        draining.spawn(connections.shutdown());
                    }
                    None => break,
                },
            }
        }
        // Requests that take longer are cut off.
        let drained = async { while draining.join_next().await.is_some() {} };
        let _ = timeout(grace, drained).await;
        Ok(())
    }

    /// Accepts the connections of a listener until the server stops, and returns those that are open.
    async fn accept(
        self,
        listener: Listener,
        mut stopped: watch::Receiver<bool>,
        until: watch::Receiver<()>,
        overload_replies: OverloadReplies,
    ) -> io::Result<GracefulShutdown> {
        let graceful = GracefulShutdown::new();
        let tls = listener.tls.or_else(|| self.tls.clone());
        let stop = async move {
            // If this fails, the server has ended.
            let _ = stopped.wait_for(|is_stopped| *is_stopped).await;
        };
        let serve = |stream, peer| {
            let server = self.latest();
            let opening = Opening {
                clients: server.clients(),
                limits: server.limits,
                observer: server.observer.clone(),
                tls: tls.clone(),
                has_proxy_headers: listener.has_proxy_headers,
                overload_replies: overload_replies.clone(),
            };
            let has_proxy_header = listener.has_proxy_headers;
            let Some((stream, connected)) = opening.connect(stream, peer, has_proxy_header) else {
                return;
            };
            let watcher = graceful.watcher();
            let mut until = until.clone();
            tokio::spawn(async move {
                let _counted = CountedConnection::new(server.observer.clone());
                let served = async {
                    if let Some(opened) = opening.open(stream, peer, connected).await {
                        server.serve_opened(opened, watcher).await;
                    }
                };
                tokio::select! {
                    () = served => {}
                    _ = until.changed() => {}
                }
            });
        };
        accept::accept_until(stop, &listener.socket, &*self.observer, serve).await?;
        Ok(graceful)
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
        Arc::new(Clients::new(self.client_settings()))
    }

    fn client_settings(&self) -> ClientSettings {
        ClientSettings {
            limits: self.limits,
            trust: self.trust.clone(),
            rate: self.rate_limit,
            observer: self.observer.clone(),
        }
    }

    async fn serve_opened(self, opened: Opened, watcher: Watcher) {
        let Opened {
            stream,
            client,
            protocol,
            connected,
        } = opened;
        let activity = &connected.activity;
        match stream {
            OpenedStream::Plain(stream) => {
                self.serve_connection(stream, client, protocol, activity, watcher).await;
            }
            OpenedStream::Tls(stream) => {
                self.serve_connection(*stream, client, protocol, activity, watcher).await;
            }
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
        self.observer.begun(&mut exchange, request.headers_mut());
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
        let address = completion.in_flight.activity().address();
        if let Err(wait) = self.clients().check_rate(address) {
            self.observer.overloaded("rate");
            let response = error_response::too_many_requests(wait);
            return ResponseBody::wrap(response, None, completion);
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
        // Last: only requests that the component receives count.
        if let Err(wait) = route.check_rate() {
            self.observer.overloaded("route-rate");
            return Err(Box::new(error_response::too_many_requests(wait)));
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
