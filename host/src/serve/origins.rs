//! The origins of chains: pools of servers. A reload replaces them when its chain is served.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Uri;
use http::uri::PathAndQuery;
use rustls::{ClientConfig, RootCertStore};
use tracing::{info, warn};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen_serve::origin::{
    Change, EndedAttempt, FailedAttempt, HealthSettings, Pool, PoolObserver, PoolSettings,
    PoolStatus,
};
use witgen_serve::proxy::ConnectionLimit;
use witgen_serve::server::Exchange;

use super::http_metrics::{Caller, HttpMetrics};

/// The pool of `--origin`.
pub const ORIGIN: &str = "origin";

/// The pools that are in use, by name.
#[derive(Default)]
pub struct Origins(Mutex<Current>);

#[derive(Clone, Default)]
struct Current {
    pools: BTreeMap<String, Pool>,
    roots: Option<RootCertStore>,
}

impl Origins {
    fn current(&self) -> MutexGuard<'_, Current> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the names of the pools, and what they are doing.
    pub fn statuses(&self) -> Vec<(String, PoolStatus)> {
        let pools = self.current().pools.clone();
        pools.into_iter().map(|(name, pool)| (name, pool.status())).collect()
    }
}

/// The pools of a chain that isn't served yet.
pub struct StagedOrigins {
    origins: Arc<Origins>,
    previous: Current,
    pools: BTreeMap<String, Pool>,
    roots: RootCertStore,
    tls: ClientConfig,
    connection_limit: ConnectionLimit,
    http: Option<Arc<HttpMetrics>>,
}

impl StagedOrigins {
    /// Prepares pools whose connections trust `roots`, as `tls` does. `http` has the metrics of their requests.
    pub fn new(
        origins: &Arc<Origins>,
        roots: RootCertStore,
        tls: &ClientConfig,
        connection_limit: &ConnectionLimit,
        http: Option<Arc<HttpMetrics>>,
    ) -> Self {
        StagedOrigins {
            previous: origins.current().clone(),
            origins: origins.clone(),
            pools: BTreeMap::new(),
            roots,
            tls: tls.clone(),
            connection_limit: connection_limit.clone(),
            http,
        }
    }

    /// Returns the pool of `--origin`.
    ///
    /// # Errors
    ///
    /// If a server is named twice.
    pub fn origin(
        &mut self,
        servers: &[Uri],
        health: Option<&PathAndQuery>,
    ) -> Result<Pool, Failure> {
        let settings = PoolSettings {
            servers: servers.to_vec(),
            health: health.map(|path| HealthSettings {
                path: path.clone(),
                ..HealthSettings::default()
            }),
            ..PoolSettings::default()
        };
        let faults = settings.faults().into_iter().map(|fault| {
            Diagnostic::error(codes::INVALID_ORIGIN, fault).at(Place::argument("--origin"))
        });
        match Failure::of(faults.collect()) {
            Some(failure) => Err(failure),
            None => Ok(self.pool(ORIGIN, settings)),
        }
    }

    /// Returns a pool of one server, which has the name of its URL.
    pub fn server(&mut self, url: &Uri) -> Pool {
        let settings = PoolSettings {
            servers: vec![url.clone()],
            ..PoolSettings::default()
        };
        self.pool(&url.to_string(), settings)
    }

    /// Returns the pool of this name, which takes over the state of its servers from the one that is in use.
    pub fn pool(&mut self, name: &str, settings: PoolSettings) -> Pool {
        if let Some(pool) = self.pools.get(name) {
            return pool.clone();
        }
        let (tls, limit) = (self.tls.clone(), self.connection_limit.clone());
        let mut builder = Pool::builder(settings)
            .observer(Arc::new(OriginObserver {
                name: name.to_owned(),
                http: self.http.clone(),
                caller: Caller::Origin(name.into()),
            }))
            .connections(move |upstream| upstream.tls(tls.clone()).connection_limit(&limit));
        if let Some(previous) = self.previous.pools.get(name) {
            builder = builder.replaces(previous);
        }
        if self
            .previous
            .roots
            .as_ref()
            .is_some_and(|roots| roots.roots != self.roots.roots)
        {
            builder = builder.new_connections();
        }
        let pool = builder.build();
        self.pools.insert(name.to_owned(), pool.clone());
        pool
    }

    /// Replaces the pools that are in use by these, and starts their health checks.
    pub fn commit(self) {
        self.pools.values().for_each(Pool::start);
        *self.origins.current() = Current {
            pools: self.pools,
            roots: Some(self.roots),
        };
    }
}

/// Logs the events of a pool, and measures its requests.
struct OriginObserver {
    name: String,
    http: Option<Arc<HttpMetrics>>,
    caller: Caller,
}

impl PoolObserver for OriginObserver {
    fn changed(&self, server: &Uri, change: &Change) {
        let origin = &self.name;
        if change.is_for_the_worse() {
            warn!(target: "origin", origin, %server, "the server {change}");
        } else {
            info!(target: "origin", origin, %server, "the server {change}");
        }
    }

    fn failed(&self, attempt: &FailedAttempt<'_>) {
        let exchange = attempt.inbound.and_then(|inbound| inbound.get::<Arc<Exchange>>());
        let request = exchange.map_or("", |exchange| exchange.id.as_str());
        let (server, reason) = (attempt.server, attempt.reason());
        match attempt.next {
            Some(next) => {
                warn!(target: "origin", request, %server, "no response, sent to {next} instead: {reason}");
            }
            None => warn!(target: "origin", request, %server, "no response: {reason}"),
        }
    }
    fn ended(&self, attempt: &EndedAttempt<'_>) {
        if let Some(http) = &self.http {
            let request = (attempt.method, attempt.server);
            http.client.record(&self.caller, request, attempt.result, attempt.duration);
        }
    }
}
