//! Origins that are several servers: a [`Pool`] distributes requests between them, leaves out those that fail, and repeats
//! requests at another server if that is safe.
//!
//! ```
//! use witgen_serve::origin::{Balance, HealthSettings, Pool, PoolSettings};
//! # use witgen_serve::proxy::Builder;
//!
//! # fn embed(builder: Builder<'_>) -> Result<Builder<'_>, http::uri::InvalidUri> {
//! let pool = Pool::builder(PoolSettings {
//!     servers: vec!["http://10.0.0.1:8080".parse()?, "http://10.0.0.2:8080".parse()?],
//!     balance: Balance::LeastRequests,
//!     health: Some(HealthSettings {
//!         path: "/healthz".parse()?,
//!         ..HealthSettings::default()
//!     }),
//!     ..PoolSettings::default()
//! })
//! .build();
//! # Ok(
//! builder.origin(pool)
//! # )
//! # }
//! ```
//!
//! # Which server gets a request
//!
//! A server is *usable* unless health checks have failed, or it is ejected because requests have failed. [`Balance`] selects a
//! usable server for a request. If none is usable, it selects any of them. So a wrong health check doesn't make an origin
//! unavailable, and a recovered server is used before its next check. (Envoy calls this *panic mode*.) This also applies to a
//! request that has failed at all usable servers. If an ejected server then responds without a failure, its ejection ends.
//!
//! A URL is one server. Its host name is resolved for each connection, and its addresses are tried in turn. To balance requests
//! among addresses, list them as servers.
//!
//! # Retries
//!
//! A request that got no response is sent to another server if
//!
//! - nothing was sent, because no connection was made; or the connection ended or [`TimeoutSettings::first_byte`] expired
//!   before the response's head, and the request can be repeated,
//! - [`RetrySettings`] permit it: up to `max` times per request, within a budget for all requests,
//! - the timeouts that the component set in `request-options` haven't expired: time that an attempt took is subtracted.
//!
//! A request can be repeated if its method is idempotent (RFC 9110, section 9.2.2), and its content is empty or unread.
//! A response is never replaced by another one, not even a 503.

mod attempt;
mod balance;
mod budget;
mod builder;
mod checks;
mod counted;
mod ejection;
mod health;
mod lent;
mod observer;
mod outliers;
mod pool;
mod server;
mod settings;
mod status;
mod time_limits;

pub use builder::PoolBuilder;
pub use observer::{Change, EndedAttempt, FailedAttempt, PoolObserver};
pub use pool::Pool;
pub use settings::{
    Balance, HealthSettings, OutlierSettings, PoolSettings, RetrySettings, TimeoutSettings,
};
pub use status::{PoolStatus, ServerStatus};
