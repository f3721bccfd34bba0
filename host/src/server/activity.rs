//! The requests of a connection, and when the connection has to be closed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Exchange, ServerLimits};

/// Bounds of the interval at which the timeouts of a connection are checked.
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(100);
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(5);

/// The requests that a connection has in flight.
#[derive(Clone)]
pub(super) struct Activity(Arc<Mutex<State>>);

struct State {
    next_number: u64,
    requests: HashMap<u64, Arc<Progress>>,
    idle_since: Instant,
}

impl Activity {
    pub fn new() -> Self {
        Activity(Arc::new(Mutex::new(State {
            next_number: 0,
            requests: HashMap::new(),
            idle_since: Instant::now(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a request, which is in flight until the returned value is dropped.
    pub fn begin_request(&self, exchange: Arc<Exchange>) -> InFlight {
        let progress = Arc::new(Progress {
            exchange,
            started: Instant::now(),
            unread_since: AtomicU64::new(0),
        });
        let mut state = self.state();
        let number = state.next_number;
        state.next_number += 1;
        state.requests.insert(number, progress.clone());
        InFlight {
            activity: self.clone(),
            number,
            progress,
        }
    }

    /// Waits until a timeout of the connection expires: it is idle, its client doesn't read a response, or a request
    /// takes too long. Records the reason for each request that this cuts off.
    pub async fn wait_until_timeout(&self, limits: &ServerLimits) {
        let shortest = limits
            .head_time
            .min(limits.stall_time)
            .min(limits.request_time.unwrap_or(Duration::MAX));
        let poll_interval = (shortest / 4).clamp(MIN_POLL_INTERVAL, MAX_POLL_INTERVAL);
        // The response's own deadline comes first, as long as the client reads the response.
        let request_time = limits.request_time.map(|time| time.saturating_add(poll_interval));
        loop {
            tokio::time::sleep(poll_interval).await;
            let state = self.state();
            let is_idle = state.requests.is_empty();
            if is_idle && state.idle_since.elapsed() >= limits.head_time {
                return;
            }
            let timed_out = state
                .requests
                .values()
                .find_map(|request| request.timed_out(request_time, limits.stall_time));
            if let Some(reason) = timed_out {
                for request in state.requests.values() {
                    request.exchange.record_failure(reason.to_owned());
                }
                return;
            }
        }
    }
}

/// A request in flight.
pub(super) struct InFlight {
    activity: Activity,
    number: u64,
    pub progress: Arc<Progress>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.requests.remove(&self.number);
        state.idle_since = Instant::now();
    }
}

/// How far the client has read the response to a request.
pub(super) struct Progress {
    exchange: Arc<Exchange>,
    started: Instant,
    /// When the content that the client hasn't read yet was offered, in milliseconds after `started`; 0 if there is none.
    unread_since: AtomicU64,
}

impl Progress {
    /// Records that there is content for the client to read.
    pub fn record_offer(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.unread_since.store(now.max(1), Ordering::Relaxed);
    }

    /// Records that the client has read all content so far.
    pub fn record_read(&self) {
        self.unread_since.store(0, Ordering::Relaxed);
    }

    /// Returns for how long the client hasn't read the content that it was offered.
    fn unread_for(&self) -> Option<Duration> {
        match self.unread_since.load(Ordering::Relaxed) {
            0 => None,
            since => Some(self.started.elapsed().saturating_sub(Duration::from_millis(since))),
        }
    }

    /// Returns which of these timeouts has expired.
    fn timed_out(
        &self,
        request_time: Option<Duration>,
        stall_time: Duration,
    ) -> Option<&'static str> {
        if request_time.is_some_and(|time| self.started.elapsed() >= time) {
            Some("the request timed out")
        } else if self.unread_for().is_some_and(|time| time >= stall_time) {
            Some("the client reads too slowly")
        } else {
            None
        }
    }
}
