//! Distributes requests between servers.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use http::StatusCode;
use wasmtime_wasi_http::RequestOptions;

use super::attempt::{self, Failure};
use super::balance::Balancer;
use super::budget::Budget;
use super::ejection::Cause;
use super::health;
use super::lent::Lender;
use super::observer::{FailedAttempt, PoolObserver, describe};
use super::outliers::Outliers;
use super::server::Server;
use super::settings::PoolSettings;
use super::status::PoolStatus;
use super::time_limits::TimeLimits;
use crate::runtime::{ErrorCode, Inbound, Request, Response, Upstream};

/// An origin that is several servers. Clones are the same pool.
///
/// Health checks begin with the first request, or with [`Pool::start`].
///
/// ```
/// use witgen_serve::origin::{Pool, PoolSettings};
/// # use witgen_serve::proxy::Builder;
///
/// # fn embed(builder: Builder<'_>) -> Result<Builder<'_>, http::uri::InvalidUri> {
/// let servers = vec!["http://10.0.0.1:8080".parse()?, "http://10.0.0.2:8080".parse()?];
/// let pool = Pool::builder(PoolSettings {
///     servers,
///     ..PoolSettings::default()
/// });
/// # Ok(
/// builder.origin(pool.build())
/// # )
/// # }
/// ```
#[derive(Clone)]
pub struct Pool {
    pub(super) inner: Arc<Inner>,
    has_own_host: bool,
}

pub(super) struct Inner {
    /// Later pools have higher numbers.
    pub number: u64,
    pub settings: PoolSettings,
    pub servers: Vec<Server>,
    pub balancer: Balancer,
    pub budget: Budget,
    pub outliers: Outliers,
    pub observer: Arc<dyn PoolObserver>,
    /// How often a request was repeated.
    pub retries: Arc<AtomicU64>,
    pub has_started: AtomicBool,
    pub fault: Option<String>,
}

impl Pool {
    pub(super) fn of(inner: Inner) -> Self {
        Pool {
            inner: Arc::new(inner),
            has_own_host: false,
        }
    }

    /// Returns the pool for requests whose `Host` must be the authority of the server's URL. It shares everything else.
    ///
    /// ```
    /// use witgen_serve::origin::{Pool, PoolSettings};
    ///
    /// let pool = Pool::builder(PoolSettings::default()).build();
    /// let with_own_host = pool.clone().own_host();
    /// ```
    pub fn own_host(self) -> Self {
        Pool {
            has_own_host: true,
            ..self
        }
    }

    /// Starts the health checks, and ends those of pools that this one replaces. The pool does so itself when it receives
    /// its first request.
    ///
    /// It has to be called in a runtime of tokio; it does nothing outside.
    ///
    /// ```
    /// use witgen_serve::origin::{Pool, PoolSettings};
    ///
    /// let pool = Pool::builder(PoolSettings::default()).build();
    /// pool.start();
    /// ```
    pub fn start(&self) {
        let inner = &*self.inner;
        let is_first = !inner.has_started.load(Ordering::Relaxed)
            && tokio::runtime::Handle::try_current().is_ok()
            && !inner.has_started.swap(true, Ordering::Relaxed);
        if !is_first {
            return;
        }
        let checks = inner.settings.health.as_ref();
        for server in &inner.servers {
            inner.outliers.start(server);
            health::start(inner.number, server, checks, &inner.observer);
        }
    }

    /// Returns what the pool's servers are doing now.
    ///
    /// ```
    /// use witgen_serve::origin::{Pool, PoolSettings};
    ///
    /// let pool = Pool::builder(PoolSettings {
    ///     servers: vec!["http://10.0.0.1:8080".parse()?],
    ///     ..PoolSettings::default()
    /// });
    /// let status = pool.build().status();
    /// assert!(status.servers[0].is_usable);
    /// # Ok::<(), http::uri::InvalidUri>(())
    /// ```
    pub fn status(&self) -> PoolStatus {
        PoolStatus::of(&self.inner.servers, &self.inner.retries)
    }
}

impl Upstream for Pool {
    async fn send(&self, request: Request) -> Result<Response, ErrorCode> {
        self.start();
        let extensions = request.extensions();
        let inbound = extensions.get::<Inbound>().cloned();
        let options = extensions.get::<RequestOptions>();
        let limits = TimeLimits::new(options, &self.inner.settings.timeouts);
        let [server] = &self.inner.servers[..] else {
            return self.send_to_any(request, inbound, limits).await;
        };
        // There is no other one to send it to, and this one is never ejected.
        let options = limits.of_attempt();
        let sent = self.attempt(server, options, request).await;
        sent.map_err(|failure| self.report(server, failure, None, inbound.as_ref()))
    }

    fn fault(&self) -> Option<String> {
        self.inner.fault.clone()
    }
}

impl Pool {
    /// Sends a request to one server after the other, until one responds or it can't be repeated.
    async fn send_to_any(
        &self,
        request: Request,
        inbound: Option<Inbound>,
        mut limits: TimeLimits<'_>,
    ) -> Result<Response, ErrorCode> {
        let Inner {
            servers,
            balancer,
            budget,
            retries,
            settings,
            ..
        } = &*self.inner;
        let Some(mut selected) = balancer.select(servers, &[]) else {
            return Err(ErrorCode::DestinationUnavailable);
        };
        budget.add_request();
        let (head, body) = request.into_parts();
        let body = Lender::new(body);
        let mut content = body.lend().unwrap_or_default();
        let mut failed = Vec::new();
        loop {
            let server = &servers[selected];
            let (begun, was_usable) = (Instant::now(), server.state.is_usable());
            let request = Request::from_parts(head.clone(), content);
            let sent = self.attempt(server, limits.of_attempt(), request).await;
            let failure = match sent {
                Ok(response) => {
                    self.judge(server, was_usable, response.status());
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            let is_of_server = failure.is_of_server()
                && !limits.is_of_component(&failure.code)
                && !body.has_failed();
            if is_of_server {
                let reason = || describe(&failure.code);
                self.inner.outliers.add_failure(server, servers, failure.cause(), reason);
            }
            limits.subtract(begun.elapsed(), !failure.is_unsent);
            failed.push(selected);
            let may_be_repeated = failed.len() <= settings.retries.max
                && failure.may_be_repeated(&head.method)
                && !limits.are_over();
            let next = may_be_repeated
                .then(|| Some((balancer.select(servers, &failed)?, body.lend()?)))
                .flatten()
                .filter(|_| budget.take_retry());
            let Some((next, lent)) = next else {
                return Err(self.report(server, failure, None, inbound.as_ref()));
            };
            retries.fetch_add(1, Ordering::Relaxed);
            self.report(server, failure, Some(&servers[next]), inbound.as_ref());
            (selected, content) = (next, lent);
        }
    }

    /// Sends a request to one server.
    async fn attempt(
        &self,
        server: &Server,
        options: RequestOptions,
        request: Request,
    ) -> Result<Response, Failure> {
        let observer = &*self.inner.observer;
        attempt::send(server, observer, self.has_own_host, options, request).await
    }

    /// Counts a response as a success or a failure of its server.
    fn judge(&self, server: &Server, was_usable: bool, status: StatusCode) {
        let Inner {
            outliers, servers, ..
        } = &*self.inner;
        if attempt::is_failure(status) {
            let reason = || format!("status {}", status.as_u16());
            outliers.add_failure(server, servers, Cause::Response, reason);
        } else {
            outliers.add_success(server, was_usable);
        }
    }

    /// Reports an attempt without a response, and returns its error.
    fn report(
        &self,
        server: &Server,
        failure: Failure,
        next: Option<&Server>,
        inbound: Option<&Inbound>,
    ) -> ErrorCode {
        self.inner.observer.failed(&FailedAttempt {
            server: &server.url,
            code: &failure.code,
            next: next.map(|next| &next.url),
            inbound,
        });
        failure.code
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pool")
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}
