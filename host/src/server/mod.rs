//! A server that passes the requests of a socket to a component.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use rustls::ServerConfig;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::proxy::Proxy;

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
mod handling;
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

pub use client_address::ClientAddress;
use clients::{ClientSettings, Clients};
pub use exchange::{Exchange, LoggedHeaders};
use forwarding::Forwarding;
pub use limits::ServerLimits;
pub use listener::Listener;
pub use observer::Observer;
use opening::Opening;
use overload::OverloadReplies;
pub use proxy_header::ProxyHeaderError;
pub use rate::{InvalidRate, Rate};
pub use rate_limit::{ClientRateLimit, RateLimit};
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
