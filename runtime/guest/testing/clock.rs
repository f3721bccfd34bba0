//! A clock that a test sets.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

/// A clock that only advances if the test advances it, or if all tasks in `run` wait for it. In the latter case it
/// jumps to the end of the shortest wait, so that no test waits.
///
/// Clones are the same clock.
///
/// ```ignore
/// let clock = testing::Clock::default();
/// let host = testing::with().clock(&clock);
/// assert!(host.clone().run(limit.is_allowed()));
/// assert!(!host.clone().run(limit.is_allowed()));
/// clock.advance(Duration::from_secs(1));
/// assert!(host.run(limit.is_allowed()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Since the clock was made.
    elapsed: Duration,
    /// The time of the system's clock at that moment.
    system_start: SystemTime,
    /// The waiting tasks, by the end of the wait and a unique number.
    waits: BTreeMap<(Duration, u64), Waker>,
    waits_so_far: u64,
}

impl Default for State {
    fn default() -> Self {
        State {
            elapsed: Duration::ZERO,
            system_start: SystemTime::UNIX_EPOCH,
            waits: BTreeMap::new(),
            waits_so_far: 0,
        }
    }
}

impl Clock {
    /// Advances the clock, and ends the waits that are over by then.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state();
        state.elapsed = state.elapsed.saturating_add(duration);
        let elapsed = state.elapsed;
        let later = state.waits.split_off(&(elapsed, u64::MAX));
        let over = std::mem::replace(&mut state.waits, later);
        drop(state);
        over.into_values().for_each(Waker::wake);
    }

    /// Sets what the system's clock shows now; it starts at the Unix epoch.
    pub fn set_system_time(&self, now: SystemTime) {
        let mut state = self.state();
        state.system_start = now - state.elapsed;
    }

    /// Returns the time since the clock was made.
    pub fn now(&self) -> Duration {
        self.state().elapsed
    }

    /// Returns what the system's clock shows.
    pub fn system_time(&self) -> SystemTime {
        let state = self.state();
        state.system_start + state.elapsed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the clock shows this time.
    pub(super) fn wait_until(&self, end: Duration) -> impl Future<Output = ()> + use<> {
        let mut state = self.state();
        state.waits_so_far += 1;
        Wait {
            clock: self.clone(),
            key: (end, state.waits_so_far),
        }
    }

    /// Advances to the end of the shortest wait, and returns whether there is one.
    pub(super) fn skip_to_next_wait(&self) -> bool {
        let state = self.state();
        let Some(((end, _), _)) = state.waits.first_key_value() else {
            return false;
        };
        let duration = end.saturating_sub(state.elapsed);
        drop(state);
        self.advance(duration);
        true
    }
}

struct Wait {
    clock: Clock,
    key: (Duration, u64),
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state();
        if state.elapsed >= self.key.0 {
            return Poll::Ready(());
        }
        state.waits.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.clock.state().waits.remove(&self.key);
    }
}
