//! A connection: its requests in flight, and when it has to be closed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::progress::Progress;
use super::resets::ResetBudget;
use super::shares::{Address, Count};
use super::{Exchange, ServerLimits};

/// Bounds of the interval at which the timeouts of a connection are checked.
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(100);
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(5);
/// How long a connection that cancels too many requests stays open, so that its client learns the reason.
const CALM_TIME: Duration = Duration::from_secs(1);

/// How many bytes the heads of the requests in flight may have together. A single one may have more.
const MAX_HEAD_BYTES: usize = 1 << 20;

/// A connection. Clones share its state.
#[derive(Clone)]
pub(super) struct Activity(Arc<Connection>);

struct Connection {
    address: Arc<Address>,
    stall_time: Duration,
    /// Requests that count towards the limit.
    slots: Count,
    /// The size of the heads of the requests in flight.
    head_bytes: AtomicUsize,
    close: Notify,
    state: Mutex<State>,
}

struct State {
    next_number: u64,
    requests: HashMap<u64, Arc<Progress>>,
    /// The request of the HTTP/2 stream that is about to start.
    starting: Option<Arc<Progress>>,
    idle_since: Instant,
    resets: ResetBudget,
    is_closing: bool,
}

impl Activity {
    pub fn new(address: Arc<Address>, stall_time: Duration) -> Self {
        Activity(Arc::new(Connection {
            address,
            stall_time,
            slots: Count::default(),
            head_bytes: AtomicUsize::new(0),
            close: Notify::new(),
            state: Mutex::new(State {
                next_number: 0,
                requests: HashMap::new(),
                starting: None,
                idle_since: Instant::now(),
                resets: ResetBudget::new(),
                is_closing: false,
            }),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address of the connection's client.
    pub fn address(&self) -> &Arc<Address> {
        &self.0.address
    }

    /// The number of the connection's requests that count towards the limit.
    pub fn slots(&self) -> &Count {
        &self.0.slots
    }

    /// Adds a request, which is in flight until the returned value is dropped. `is_stream` is whether it is an HTTP/2
    /// stream, whose task starts next.
    pub fn begin_request(&self, exchange: Arc<Exchange>, is_stream: bool) -> InFlight {
        let progress = Arc::new(Progress::new(exchange, self.0.stall_time));
        let mut state = self.state();
        let number = state.next_number;
        state.next_number += 1;
        state.requests.insert(number, progress.clone());
        if is_stream {
            state.starting = Some(progress.clone());
        }
        InFlight {
            activity: self.clone(),
            number,
            progress,
            head_bytes: 0,
        }
    }

    /// Relates the task of an HTTP/2 stream to the request that began last.
    pub fn start_stream(&self, task: AbortHandle) {
        if let Some(progress) = self.state().starting.take() {
            progress.keep_stream(task);
        }
    }

    /// Whether the client has cancelled too many requests, so that the connection is about to be closed.
    pub fn is_exhausted(&self) -> bool {
        self.state().resets.is_exhausted()
    }

    /// For how long there has been no request; `None` if there is one, or if the connection is being closed.
    pub fn idle_time(&self) -> Option<Duration> {
        let state = self.state();
        let is_idle = state.requests.is_empty() && !state.is_closing;
        is_idle.then(|| state.idle_since.elapsed())
    }

    /// Returns the requests whose clients are further behind the minimum rate than this, and how far.
    pub fn slow_requests(&self, patience: Duration) -> Vec<(Duration, Arc<Progress>)> {
        let state = self.state();
        let slow = state.requests.values().filter_map(|request| {
            let behind = request.behind();
            (behind >= patience && request.has_slot()).then(|| (behind, request.clone()))
        });
        slow.collect()
    }

    /// Cuts a request off: its stream, or the whole connection if it has no streams.
    pub fn cut_request(&self, request: &Progress, reason: &str) {
        if !request.cut(reason) {
            self.close();
        }
    }

    /// Closes the connection.
    pub fn close(&self) {
        self.state().is_closing = true;
        self.0.close.notify_one();
    }

    /// Waits until the connection has to be closed: it is idle for too long, its client has cancelled too many requests,
    /// or [`close`](Self::close) is called. Cuts off requests that take too long, or whose clients don't read.
    pub async fn wait_until_close(&self, limits: &ServerLimits) {
        let shortest = limits
            .head_time
            .min(limits.stall_time)
            .min(limits.request_time.unwrap_or(Duration::MAX));
        let poll_interval = (shortest / 4).clamp(MIN_POLL_INTERVAL, MAX_POLL_INTERVAL);
        // The response's own deadline comes first, as long as the client reads the response.
        let request_time = limits.request_time.map(|time| time.saturating_add(poll_interval));
        loop {
            tokio::select! {
                () = tokio::time::sleep(poll_interval) => {}
                () = self.0.close.notified() => {
                    if !self.state().is_closing {
                        tokio::time::sleep(CALM_TIME).await;
                    }
                    return;
                }
            }
            if self.idle_time().is_some_and(|time| time >= limits.head_time) {
                return;
            }
            let requests: Vec<_> = self.state().requests.values().cloned().collect();
            for request in requests {
                if let Some(reason) = request.timed_out(request_time) {
                    self.cut_request(&request, reason);
                }
            }
        }
    }
}

/// A request in flight.
pub(super) struct InFlight {
    activity: Activity,
    number: u64,
    pub progress: Arc<Progress>,
    head_bytes: usize,
}

impl InFlight {
    /// Counts the size of the request's head, until the request is no longer in flight. Returns whether the connection has
    /// room for it.
    pub fn keep_head(&mut self, bytes: usize) -> bool {
        let connection = &self.activity.0;
        let others = connection.head_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.head_bytes = bytes;
        let is_trusted = connection.address.is_trusted;
        is_trusted || others == 0 || others.saturating_add(bytes) <= MAX_HEAD_BYTES
    }

    /// Records whether the response was sent completely, or the client cancelled the request.
    fn record_end(&self, state: &mut State) {
        let exchange = &self.progress.exchange;
        if exchange.is_complete() {
            state.resets.record_complete();
            return;
        }
        self.progress.end_content();
        // A request that the server cuts off has a failure.
        if exchange.failure().is_none() && !state.resets.is_exhausted() {
            state.resets.record_reset();
            if state.resets.is_exhausted() {
                self.activity.0.close.notify_one();
            }
        }
    }

    /// The connection of the request.
    pub fn activity(&self) -> &Activity {
        &self.activity
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.progress.release_slot();
        self.activity.0.head_bytes.fetch_sub(self.head_bytes, Ordering::Relaxed);
        let mut state = self.activity.state();
        state.requests.remove(&self.number);
        state.idle_since = Instant::now();
        self.record_end(&mut state);
    }
}
