//! Makes pools.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::Uri;

use super::balance::Balancer;
use super::budget::Budget;
use super::observer::PoolObserver;
use super::outliers::Outliers;
use super::pool::{Inner, Pool};
use super::server::Server;
use super::settings::PoolSettings;
use crate::runtime::{HttpUpstream, Upstream as _};

/// Makes a [`Pool`].
///
/// ```
/// use witgen_serve::origin::{Pool, PoolSettings};
/// use witgen_serve::proxy::ConnectionLimit;
///
/// let limit = ConnectionLimit::new(1000);
/// let pool = Pool::builder(PoolSettings::default())
///     .connections(move |upstream| upstream.connection_limit(&limit))
///     .build();
/// ```
#[must_use]
pub struct PoolBuilder {
    settings: PoolSettings,
    configure: Box<dyn Fn(HttpUpstream) -> HttpUpstream>,
    observer: Arc<dyn PoolObserver>,
    replaced: Option<Pool>,
    keeps_connections: bool,
}

impl Pool {
    /// Returns a builder of a pool. If its settings are invalid, [`Builder::build`](crate::proxy::Builder::build), which
    /// receives the pool, fails; [`PoolSettings::faults`] reports the problems before.
    ///
    /// ```
    /// use witgen_serve::origin::{Pool, PoolSettings};
    ///
    /// let pool = Pool::builder(PoolSettings::default()).build();
    /// ```
    pub fn builder(settings: PoolSettings) -> PoolBuilder {
        PoolBuilder {
            settings,
            configure: Box::new(|upstream| upstream),
            observer: Arc::new(()),
            replaced: None,
            keeps_connections: true,
        }
    }
}

impl PoolBuilder {
    /// Sets options of the connections to each server: TLS, and limits.
    ///
    /// ```
    /// use witgen_serve::origin::{Pool, PoolSettings};
    ///
    /// let pool = Pool::builder(PoolSettings::default()).connections(|upstream| upstream.head_size(16 << 10));
    /// ```
    pub fn connections(
        mut self,
        configure: impl Fn(HttpUpstream) -> HttpUpstream + 'static,
    ) -> Self {
        self.configure = Box::new(configure);
        self
    }

    /// Sets what receives the events of the pool.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use witgen_serve::origin::{Pool, PoolObserver, PoolSettings};
    ///
    /// struct Silent;
    /// impl PoolObserver for Silent {}
    ///
    /// let pool = Pool::builder(PoolSettings::default()).observer(Arc::new(Silent));
    /// ```
    pub fn observer(mut self, observer: Arc<dyn PoolObserver>) -> Self {
        self.observer = observer;
        self
    }

    /// Takes over the state of the servers that are in another pool too: what their health checks have found, ejections,
    /// requests and counters; and their connections, with the options that these have. Requests of the other pool continue.
    ///
    /// ```
    /// use witgen_serve::origin::{Pool, PoolSettings};
    ///
    /// let previous = Pool::builder(PoolSettings::default()).build();
    /// let current = Pool::builder(PoolSettings::default()).replaces(&previous).build();
    /// ```
    pub fn replaces(mut self, previous: &Pool) -> Self {
        self.replaced = Some(previous.clone());
        self
    }

    /// Makes new connections to all servers, also if the pool replaces another one: their options have changed.
    ///
    /// ```
    /// use witgen_serve::origin::{Pool, PoolSettings};
    ///
    /// let previous = Pool::builder(PoolSettings::default()).build();
    /// let current = Pool::builder(PoolSettings::default())
    ///     .replaces(&previous)
    ///     .new_connections()
    ///     .build();
    /// ```
    pub fn new_connections(mut self) -> Self {
        self.keeps_connections = false;
        self
    }

    /// Returns the pool.
    ///
    /// ```
    /// use witgen_serve::origin::{Pool, PoolSettings};
    ///
    /// let pool = Pool::builder(PoolSettings::default()).build();
    /// ```
    pub fn build(self) -> Pool {
        static POOLS: AtomicU64 = AtomicU64::new(1);
        let servers: Vec<_> = self.settings.servers.iter().map(|url| self.server(url)).collect();
        let faults = self.settings.faults().into_iter();
        let of_servers = servers.iter().filter_map(|server| server.upstream.fault());
        let faults: Vec<_> = faults.chain(of_servers).collect();
        let outliers = Outliers::new(
            self.settings.outliers.clone(),
            servers.len(),
            self.observer.clone(),
        );
        Pool::of(Inner {
            number: POOLS.fetch_add(1, Ordering::Relaxed),
            balancer: Balancer::new(self.settings.balance),
            budget: Budget::new(&self.settings.retries),
            outliers,
            observer: self.observer,
            retries: self.replaced.map(|pool| pool.inner.retries.clone()).unwrap_or_default(),
            has_started: false.into(),
            fault: (!faults.is_empty()).then(|| faults.join("; ")),
            settings: self.settings,
            servers,
        })
    }

    /// Returns a server, which may be one of the pool that is replaced.
    fn server(&self, url: &Uri) -> Server {
        let replaced = self.replaced.iter().flat_map(|pool| &pool.inner.servers);
        let previous = replaced.into_iter().find(|server| server.url == *url);
        let (upstream, own_host) = match previous {
            Some(server) if self.keeps_connections => {
                (server.upstream.clone(), server.own_host.clone())
            }
            _ => {
                let upstream = (self.configure)(HttpUpstream::new(url.clone()));
                (upstream.clone(), upstream.own_host())
            }
        };
        Server {
            url: url.clone(),
            upstream,
            own_host,
            state: previous.map(|server| server.state.clone()).unwrap_or_default(),
        }
    }
}
