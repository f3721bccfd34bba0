//! A server of a pool, and what is known about it.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Uri;
use tokio::time::Instant;

use super::checks::Checks;
use super::ejection::Ejection;
use crate::runtime::HttpUpstream;

/// A server of a pool.
pub(super) struct Server {
    pub url: Uri,
    /// Sends requests with the `Host` of their targets.
    pub upstream: HttpUpstream,
    /// Shares the connections, and sends requests with the server's own `Host`.
    pub own_host: HttpUpstream,
    pub state: Arc<State>,
}

/// The state of a server. A pool that replaces another one has the states of the servers that are in both.
#[derive(Default)]
pub(super) struct State {
    /// Whether it is unhealthy or ejected.
    is_unusable: AtomicBool,
    pub in_flight: AtomicUsize,
    /// The requests that have failed in a row.
    pub failures: AtomicU32,
    pub counts: Counts,
    condition: Mutex<Condition>,
}

/// How many attempts have ended in each way.
#[derive(Default)]
pub(super) struct Counts {
    pub answered: AtomicU64,
    pub failed: AtomicU64,
    pub cancelled: AtomicU64,
    pub ejections: AtomicU64,
}

/// Why a server is usable or not.
#[derive(Default)]
pub(super) struct Condition {
    pub checks: Checks,
    /// The number of the pool that checks the server.
    pub checked_by: u64,
    pub ejection: Ejection,
}

impl State {
    pub fn is_usable(&self) -> bool {
        !self.is_unusable.load(Ordering::Relaxed)
    }

    pub fn is_ejected(&self) -> bool {
        self.condition().ejection.is_active()
    }

    /// Changes the condition, and returns what `change` returns.
    pub fn update<T>(&self, change: impl FnOnce(&mut Condition, Instant) -> T) -> T {
        let mut condition = self.condition();
        let result = change(&mut condition, Instant::now());
        let is_unusable = !condition.checks.is_healthy() || condition.ejection.is_active();
        self.is_unusable.store(is_unusable, Ordering::Relaxed);
        result
    }

    /// Ends the ejection if it is over, and returns whether it did. With this number of failures, the next one may eject the
    /// server again.
    pub fn readmit(&self, failures: u32, is_over: impl FnOnce(&Ejection) -> bool) -> bool {
        self.update(|condition, now| {
            let is_over = is_over(&condition.ejection);
            if is_over {
                self.failures.store(failures, Ordering::Relaxed);
                condition.ejection.end(now);
            }
            is_over
        })
    }

    fn condition(&self) -> MutexGuard<'_, Condition> {
        self.condition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
