//! The time for which a component computes without a pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wasmtime::{Store, UpdateDeadline};

use super::clock::TICK_INTERVAL;

/// For how long a component pauses if it has computed for longer than a tick of the clock. A task that is woken at once,
/// again and again, would keep its thread from the network and from timers.
const FORCED_PAUSE: Duration = Duration::from_millis(1);

/// How long an instance has computed without a pause, by its interruptions.
///
/// Interruptions are no measure: an engine has as many clocks as crates that contain this file.
#[derive(Clone)]
pub(super) struct CpuTime(Arc<Measurement>);

struct Measurement {
    limit: Duration,
    created: Instant,
    /// When the component went on after the last interruption, in nanoseconds since `created`; 0 if it has paused since.
    resumed: AtomicU64,
    /// Up to the last interruption, in nanoseconds.
    computed: AtomicU64,
    /// Whether the clock has interrupted the component, which would compute further.
    is_interrupted: AtomicBool,
}

impl CpuTime {
    pub fn new(limit: Duration) -> Self {
        CpuTime(Arc::new(Measurement {
            limit,
            created: Instant::now(),
            resumed: AtomicU64::new(0),
            computed: AtomicU64::new(0),
            is_interrupted: AtomicBool::new(false),
        }))
    }

    /// Interrupts the components of a store at every tick of the engine's clock, and ends them when they have computed
    /// for too long.
    pub fn limit<T: 'static>(&self, store: &mut Store<T>) {
        let time = self.clone();
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            let is_first = time.interrupt()?;
            let time = time.clone();
            let turn = async move {
                if is_first {
                    // The task that runs when the clock ticks has hardly begun.
                    tokio::task::yield_now().await;
                } else {
                    tokio::time::sleep(FORCED_PAUSE).await;
                }
                time.resume();
            };
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(turn)))
        });
    }

    /// Records that the instance has done something other than computing.
    pub fn pause(&self) {
        self.0.resumed.store(0, Ordering::Relaxed);
    }

    /// Records that the instance makes no progress: it pauses unless the clock has interrupted it.
    pub fn pause_unless_interrupted(&self) {
        if !self.0.is_interrupted.load(Ordering::Relaxed) {
            self.pause();
        }
    }

    /// Adds the time since the last interruption, and returns whether this is the first one since a pause.
    fn interrupt(&self) -> wasmtime::Result<bool> {
        let Measurement {
            limit,
            resumed,
            computed,
            is_interrupted,
            ..
        } = &*self.0;
        is_interrupted.store(true, Ordering::Relaxed);
        let resumed = resumed.load(Ordering::Relaxed);
        if resumed == 0 {
            computed.store(0, Ordering::Relaxed);
            return Ok(true);
        }
        // A component that computes is interrupted at every tick. For the rest of the time its thread had no processor.
        let tick = TICK_INTERVAL.as_nanos().try_into().unwrap_or(u64::MAX);
        let since = self.now().saturating_sub(resumed).min(tick);
        let computed = computed.fetch_add(since, Ordering::Relaxed) + since;
        if Duration::from_nanos(computed) < *limit {
            return Ok(false);
        }
        let message = format!("the component has computed for {limit:?} without a pause");
        Err(wasmtime::Error::msg(message))
    }

    fn resume(&self) {
        self.0.resumed.store(self.now(), Ordering::Relaxed);
        self.0.is_interrupted.store(false, Ordering::Relaxed);
    }

    /// Nanoseconds since the instance was made, and never 0. They last for five centuries.
    fn now(&self) -> u64 {
        let elapsed = self.0.created.elapsed().as_nanos();
        u64::try_from(elapsed).unwrap_or(u64::MAX).max(1)
    }
}
