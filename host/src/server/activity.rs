//! What goes on at a connection, and when it is time to close it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Exchange, ServerLimits};

/// How often it is looked at, at most and at least.
const OFTEN: Duration = Duration::from_millis(100);
const SELDOM: Duration = Duration::from_secs(5);

/// The requests of a connection.
#[derive(Clone)]
pub(super) struct Activity(Arc<Mutex<Running>>);

struct Running {
    next: u64,
    requests: HashMap<u64, Arc<Progress>>,
    idle_since: Instant,
}

impl Activity {
    pub fn new() -> Self {
        Activity(Arc::new(Mutex::new(Running {
            next: 0,
            requests: HashMap::new(),
            idle_since: Instant::now(),
        })))
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request has come. It is under way until what is returned is dropped.
    pub fn begin(&self, exchange: Arc<Exchange>) -> UnderWay {
        let progress = Arc::new(Progress {
            exchange,
            begin: Instant::now(),
            offered: AtomicU64::new(0),
        });
        let mut running = self.running();
        let number = running.next;
        running.next += 1;
        running.requests.insert(number, progress.clone());
        UnderWay {
            activity: self.clone(),
            number,
            progress,
        }
    }

    /// Waits until the connection is to be closed: nothing comes, a client doesn't take what it is sent, or a request
    /// has had its time. The requests that are cut by that are told why.
    pub async fn is_over(&self, limits: &ServerLimits) {
        let shortest = limits.head_time.min(limits.stall_time);
        let shortest = shortest.min(limits.request_time.unwrap_or(shortest));
        let pause = (shortest / 4).clamp(OFTEN, SELDOM);
        loop {
            tokio::time::sleep(pause).await;
            let running = self.running();
            let is_idle = running.requests.is_empty();
            if is_idle && running.idle_since.elapsed() >= limits.head_time {
                return;
            }
            let why = |request: &Arc<Progress>| {
                // Its response is cut in time, where anybody takes it.
                let time = limits.request_time.map(|time| time + pause);
                let offered = request.is_offered_for();
                if time.is_some_and(|time| request.begin.elapsed() >= time) {
                    Some("the request has had its time")
                } else if offered.is_some_and(|time| time >= limits.stall_time) {
                    Some("the client takes too little")
                } else {
                    None
                }
            };
            if let Some(why) = running.requests.values().find_map(why) {
                for request in running.requests.values() {
                    request.exchange.failed(why.to_owned());
                }
                return;
            }
        }
    }
}

/// A request that is under way.
pub(super) struct UnderWay {
    activity: Activity,
    number: u64,
    pub progress: Arc<Progress>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut running = self.activity.running();
        running.requests.remove(&self.number);
        running.idle_since = Instant::now();
    }
}

/// Whether a client takes what it is sent.
pub(super) struct Progress {
    exchange: Arc<Exchange>,
    begin: Instant,
    /// When it was offered something that it hasn't taken yet, in milliseconds from the beginning; 0 for nothing.
    offered: AtomicU64,
}

impl Progress {
    /// There is something for the client.
    pub fn offer(&self) {
        let now = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.offered.store(now.max(1), Ordering::Relaxed);
    }

    /// The client has taken all, and waits for more.
    pub fn is_taken(&self) {
        self.offered.store(0, Ordering::Relaxed);
    }

    fn is_offered_for(&self) -> Option<Duration> {
        match self.offered.load(Ordering::Relaxed) {
            0 => None,
            offered => Some(
                self.begin
                    .elapsed()
                    .saturating_sub(Duration::from_millis(offered)),
            ),
        }
    }
}
