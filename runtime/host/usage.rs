//! What an instance uses of what its limits allow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::ResourceLimiter;

use super::computing::ComputingTime;
use super::limits::Limits;

/// How many linear memories an instance may have.
const MAX_MEMORIES: usize = 100;

/// What an instance uses.
pub(super) struct Usage {
    memory: Count,
    table_elements: Count,
    /// Half of the memory that there may be is taken.
    is_large: Arc<AtomicBool>,
    computing: ComputingTime,
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
            computing: ComputingTime::new(limits.cpu),
            calls: Arc::new(Semaphore::new(limits.calls.min(Semaphore::MAX_PERMITS))),
        }
    }

    pub fn computing(&self) -> ComputingTime {
        self.computing.clone()
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
        MAX_MEMORIES
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
