//! What an instance may use of its host: memory, time, and what the host keeps for it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::{Engine, EngineWeak, ResourceLimiter, Store, UpdateDeadline};

use super::State;

/// How often a component that computes without end lets others have their turn, and how exactly its
/// time is kept.
const TICK: Duration = Duration::from_millis(10);
/// How long it then waits.
const PAUSE: Duration = Duration::from_millis(1);
/// How many linear memories an instance may have.
const MEMORIES: usize = 100;

/// What a component may use of its host. What it is refused, and what it is ended for, is its own affair:
/// other instances don't notice.
///
/// ```ignore
/// builder.limits(Limits {
///     memory: 64 << 20,
///     response: Duration::from_secs(5),
///     ..Limits::default()
/// })
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes all linear memories of an instance have together; 256 MiB by default.
    ///
    /// `memory.grow` fails beyond. What most languages make of that is a trap: the requests in the
    /// instance end with `internal-error`.
    pub memory: usize,
    /// How many elements all tables of an instance have together; 1,000,000 by default.
    pub table_elements: usize,
    /// How many resources the host keeps for an instance at a time: requests, responses, fields;
    /// 10,000 by default. One more is a trap.
    pub resources: usize,
    /// How many requests of an instance are under way at a time, by its next hop and on the side, until
    /// their responses are read or dropped; 256 by default. One more fails with
    /// `connection-limit-reached`.
    pub calls: usize,
    /// How many bytes the names and values of one `fields` have together, as wasmtime counts them;
    /// 128 KiB by default. More is refused with `header-error.size-exceeded`.
    pub fields: usize,
    /// How long a request may take until there is a response; 30 s by default.
    ///
    /// The caller sees `HTTP-response-timeout` then. The instance takes no further requests, and ends
    /// when those that are in it have ended.
    pub response: Duration,
    /// How long a component may compute without a pause; 2 s by default, and as exact as 10 ms.
    ///
    /// Nothing else in its instance goes on meanwhile, and requests that have come to it wait. What
    /// computes for longer is ended by a trap.
    pub computing: Duration,
    /// How long an instance may go on behind the last response in it: until bodies are through, and
    /// what the component does afterwards is done; 10 minutes by default.
    ///
    /// Bodies that are still on their way end with an error then. What is held for a client that has gone
    /// away comes back after this at the latest.
    pub afterwards: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: 256 << 20,
            table_elements: 1_000_000,
            resources: 10_000,
            calls: 256,
            fields: 128 << 10,
            response: Duration::from_secs(30),
            computing: Duration::from_secs(2),
            afterwards: Duration::from_secs(600),
        }
    }
}

impl Limits {
    /// The limit that is zero, which nothing could be done with.
    pub(super) fn zero(&self) -> Option<&'static str> {
        let limits = [
            ("memory", self.memory == 0),
            ("resources", self.resources == 0),
            ("calls", self.calls == 0),
            ("fields", self.fields == 0),
            ("response", self.response.is_zero()),
            ("computing", self.computing.is_zero()),
            ("afterwards", self.afterwards.is_zero()),
        ];
        let zero = limits.iter().find(|(_, is_zero)| *is_zero);
        zero.map(|(name, _)| *name)
    }

    /// Holds a store to them.
    pub(super) fn apply(store: &mut Store<State>) {
        store.limiter(|state| state.usage());
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut store| {
            let ticks = store.data_mut().usage().pauses.tick()?;
            Ok(match ticks {
                // Whatever happens to run when the clock ticks has hardly begun.
                1 => UpdateDeadline::Yield(1),
                // What is woken at once, again and again, would keep its thread from the network and
                // from timers.
                _ => UpdateDeadline::YieldCustom(1, Box::pin(tokio::time::sleep(PAUSE))),
            })
        });
    }
}

/// How long a component has computed without a pause.
#[derive(Clone)]
pub(super) struct Pauses {
    ticks: Arc<AtomicU64>,
    limit: Duration,
}

impl Pauses {
    /// The instance has got around to something else.
    pub fn pause(&self) {
        self.ticks.store(0, Ordering::Relaxed);
    }

    /// How many ticks there have been since the last pause.
    fn tick(&self) -> wasmtime::Result<u64> {
        let ticks = self.ticks.fetch_add(1, Ordering::Relaxed) + 1;
        let limit = self.limit.as_millis() / TICK.as_millis();
        if u128::from(ticks) > limit.max(1) {
            let message = format!(
                "the component has computed for {:?} without a pause",
                self.limit
            );
            return Err(wasmtime::Error::msg(message));
        }
        Ok(ticks)
    }
}

/// What an instance uses.
pub(super) struct Usage {
    memory: Count,
    table_elements: Count,
    /// Half of the memory that there may be is taken.
    is_large: Arc<AtomicBool>,
    pauses: Pauses,
    calls: Arc<Semaphore>,
}

struct Count {
    used: usize,
    limit: usize,
    is_refused: bool,
    /// What was allowed last, which may fail all the same.
    last: usize,
}

impl Usage {
    pub fn new(limits: &Limits) -> Self {
        let count = |limit| Count {
            used: 0,
            limit,
            is_refused: false,
            last: 0,
        };
        Usage {
            memory: count(limits.memory),
            table_elements: count(limits.table_elements),
            is_large: Arc::default(),
            pauses: Pauses {
                ticks: Arc::default(),
                limit: limits.computing,
            },
            calls: Arc::new(Semaphore::new(limits.calls.min(Semaphore::MAX_PERMITS))),
        }
    }

    pub fn pauses(&self) -> Pauses {
        self.pauses.clone()
    }

    /// Says, from now on, whether half of the memory that there may be is taken.
    pub fn is_large(&self) -> Arc<AtomicBool> {
        self.is_large.clone()
    }

    fn weigh(&self) {
        let is_large = self.memory.used > self.memory.limit / 2;
        self.is_large.store(is_large, Ordering::Relaxed);
    }

    /// The right to one more call; none if too many are under way.
    pub fn call(&self) -> Option<OwnedSemaphorePermit> {
        self.calls.clone().try_acquire_owned().ok()
    }

    /// What the instance was refused, for whoever looks for the reason of a trap.
    pub fn refused(&self) -> Option<String> {
        let Count { limit, .. } = &self.memory;
        let memory = format!("the component has been refused more than {limit} bytes of memory");
        self.memory.is_refused.then_some(memory)
    }
}

impl Count {
    fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        self.last = 0;
        // It fails by itself.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return false;
        }
        let others = self.used.saturating_sub(current);
        let all = others.saturating_add(desired);
        if all > self.limit {
            self.is_refused = true;
            return false;
        }
        self.last = all.saturating_sub(self.used);
        self.used = all;
        true
    }

    fn grow_failed(&mut self) {
        self.used = self.used.saturating_sub(self.last);
        self.last = 0;
    }
}

impl ResourceLimiter for Usage {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let grows = self.memory.grow(current, desired, maximum);
        self.weigh();
        Ok(grows)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory.grow_failed();
        self.weigh();
        Ok(())
    }

    /// Each reserves addresses, however small it is.
    fn memories(&self) -> usize {
        MEMORIES
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.table_elements.grow(current, desired, maximum))
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.table_elements.grow_failed();
        Ok(())
    }
}

/// Has the components of an engine interrupted, as long as there is the engine.
///
/// # Errors
///
/// No thread for it.
pub(super) fn keep_time(engine: &Engine) -> io::Result<()> {
    static KEPT: Mutex<Vec<EngineWeak>> = Mutex::new(Vec::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.retain(|other| other.upgrade().is_some());
    let mut others = kept.iter().filter_map(EngineWeak::upgrade);
    if others.any(|other| Engine::same(&other, engine)) {
        return Ok(());
    }
    let weak = engine.weak();
    let clock = thread::Builder::new().name("epochs".to_owned());
    clock.spawn(move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    })?;
    kept.push(engine.weak());
    Ok(())
}
