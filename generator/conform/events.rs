//! The events of a case, in order. Messages wait for events instead of times, so that results don't depend on the speed of the
//! machine.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The events that a message can wait for.
pub const NAMES: &[&str] = &[
    "response-head",
    "response-bytes",
    "response-end",
    "client-blocked",
    "client-request-end",
    "origin-request-head",
    "origin-request-bytes",
    "origin-request-end",
    "origin-response-end",
    "origin-blocked",
    "origin-closed",
    "side-request-head",
    "side-request-bytes",
    "side-request-end",
    "side-response-end",
    "side-blocked",
    "side-closed",
];

/// Splits `response-bytes 2` into the name and how often it has to have happened.
pub fn name_and_count(event: &str) -> (&str, usize) {
    match event.split_once(' ') {
        Some((name, count)) => (name, count.parse().unwrap_or(1)),
        None => (event, 1),
    }
}

/// The events of a case. Clones share them.
#[derive(Clone)]
pub struct Events(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Grows with every part of a message that a party sends or receives.
    progress: AtomicU64,
    /// An event that a mutant doesn't let happen.
    suppressed: Option<String>,
    /// How long to wait for an event.
    timeout: Duration,
}

#[derive(Default)]
struct State {
    happened: Vec<String>,
    /// Events that were waited for in vain.
    missed: Vec<String>,
    is_over: bool,
}

impl Events {
    pub fn new(timeout: Duration, suppressed: Option<&str>) -> Self {
        Events(Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            progress: AtomicU64::new(0),
            suppressed: suppressed.map(str::to_owned),
            timeout,
        }))
    }

    /// Returns how long to wait for an event, or for a message.
    pub fn timeout(&self) -> Duration {
        self.0.timeout
    }

    /// Remembers that a party has sent or received something.
    pub fn make_progress(&self) {
        self.0.progress.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns a number that grows with every part of a message. A party that waits must not time out while another one makes
    /// progress.
    pub fn progress(&self) -> u64 {
        self.0.progress.load(Ordering::Relaxed)
    }

    pub fn happen(&self, event: &str) {
        if self.0.suppressed.as_deref() == Some(event) {
            return;
        }
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.happened.push(event.to_owned());
        self.0.changed.notify_all();
    }

    /// Waits for an event. Returns false, and remembers it, if it doesn't happen in time or the case is over.
    pub fn wait(&self, event: &str) -> bool {
        let (name, count) = name_and_count(event);
        let end = Instant::now() + self.0.timeout;
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let happened = state.happened.iter().filter(|it| *it == name).count();
            if happened >= count {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || state.is_over {
                if !state.is_over {
                    state.missed.push(event.to_owned());
                }
                return false;
            }
            let waited = self.0.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends all waiting, and returns what was waited for in vain.
    pub fn end(&self) -> Vec<String> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_over = true;
        self.0.changed.notify_all();
        let mut missed = state.missed.clone();
        missed.sort();
        missed.dedup();
        missed
    }
}
