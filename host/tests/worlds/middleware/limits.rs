//! What an instance may use of its host: memory, time, and what the host keeps for it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use wasmtime::{Engine, EngineWeak, ResourceLimiter, Store, UpdateDeadline};

use super::State;

/// How often a component that computes without end lets others have their turn, and how exactly its
/// time is kept.
const TICK: Duration = Duration::from_millis(10);

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
    /// How many bytes the names and values of one `fields` have together, as wasmtime counts them;
    /// 128 KiB by default. More is refused with `header-error.size-exceeded`.
    pub fields: usize,
    /// How long a request may take until there is a response; 30 s by default.
    ///
    /// The caller sees `HTTP-response-timeout` then. The instance takes no further requests, and ends
    /// when those that are in it have ended. One that computes without end, so that nothing in it goes
    /// on, ends when the request that it took last has had its time.
    pub response: Duration,
    /// How long an instance may go on behind the last response in it: until bodies are through, and
    /// what the component does afterwards is done; 10 minutes by default.
    ///
    /// Bodies that are still on their way end with an error then. What a client holds that has gone away
    /// comes back after `response` and this at the latest.
    pub afterwards: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: 256 << 20,
            table_elements: 1_000_000,
            resources: 10_000,
            fields: 128 << 10,
            response: Duration::from_secs(30),
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
            ("fields", self.fields == 0),
            ("response", self.response.is_zero()),
            ("afterwards", self.afterwards.is_zero()),
        ];
        let zero = limits.iter().find(|(_, is_zero)| *is_zero);
        zero.map(|(name, _)| *name)
    }

    /// Holds a store to them.
    pub(super) fn apply(store: &mut Store<State>) {
        store.limiter(|state| state.usage());
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
    }
}

/// What an instance uses.
pub(super) struct Usage {
    memory: Count,
    table_elements: Count,
}

struct Count {
    used: usize,
    limit: usize,
    is_refused: bool,
}

impl Usage {
    pub fn new(limits: &Limits) -> Self {
        let count = |limit| Count {
            used: 0,
            limit,
            is_refused: false,
        };
        Usage {
            memory: count(limits.memory),
            table_elements: count(limits.table_elements),
        }
    }

    /// What the instance was refused, for whoever looks for the reason of a trap.
    pub fn refused(&self) -> Option<String> {
        let Count { limit, .. } = &self.memory;
        let memory = format!("the component has been refused more than {limit} bytes of memory");
        self.memory.is_refused.then_some(memory)
    }
}

impl Count {
    fn grow(&mut self, current: usize, desired: usize) -> bool {
        let others = self.used.saturating_sub(current);
        let all = others.saturating_add(desired);
        if all > self.limit {
            self.is_refused = true;
            return false;
        }
        self.used = all;
        true
    }
}

impl ResourceLimiter for Usage {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.memory.grow(current, desired))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.table_elements.grow(current, desired))
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
