//! The state of a pool's servers.

use std::sync::atomic::{AtomicU64, Ordering};

use http::Uri;

use super::server::Server;

/// The state of a pool at one moment, for metrics and pages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// The servers, as in the settings.
    pub servers: Vec<ServerStatus>,
    /// How often a request was repeated.
    pub retries: u64,
}

/// The state of a server in a pool. A server that was in the previous pool goes on counting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStatus {
    /// Its URL.
    pub url: Uri,
    /// Whether it is healthy and not ejected.
    pub is_usable: bool,
    /// Requests whose responses haven't been received yet.
    pub in_flight: usize,
    /// Requests with a response, of any status.
    pub answered: u64,
    /// Requests that it hasn't responded to.
    pub failed: u64,
    /// Requests that ended before there was a response, because the client or the component cancelled them.
    pub cancelled: u64,
    /// How often it was ejected.
    pub ejections: u64,
}

impl PoolStatus {
    pub(super) fn of(servers: &[Server], retries: &AtomicU64) -> Self {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let servers = servers.iter().map(|server| {
            let counts = &server.state.counts;
            ServerStatus {
                url: server.url.clone(),
                is_usable: server.state.is_usable(),
                in_flight: server.state.in_flight.load(Ordering::Relaxed),
                answered: read(&counts.answered),
                failed: read(&counts.failed),
                cancelled: read(&counts.cancelled),
                ejections: read(&counts.ejections),
            }
        });
        PoolStatus {
            servers: servers.collect(),
            retries: read(retries),
        }
    }
}
