//! The resources of an instance, compared with its limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::ResourceLimiter;

use super::cpu_time::CpuTime;
use super::limits::Limits;
use super::total_memory::TotalMemory;

/// How many linear memories an instance may have.
const MAX_MEMORIES: usize = 100;

/// The resources of an instance.
pub(super) struct Usage {
    memory: Count,
    total_memory: Option<TotalMemory>,
    is_total_exceeded: bool,
    table_elements: Count,
    /// Whether more than half of the memory limit is used.
    is_large: Arc<AtomicBool>,
    cpu_time: CpuTime,
    calls: Arc<Semaphore>,
}

struct Count {
    used: usize,
    limit: usize,
    is_exceeded: bool,
    /// The last allowed size; growing may still fail.
    last: usize,
}

impl Usage {
    pub fn new(limits: &Limits, total_memory: Option<TotalMemory>) -> Self {
        let count = |limit| Count {
            used: 0,
            limit,
            is_exceeded: false,
            last: 0,
        };
        Usage {
            memory: count(limits.memory),
            total_memory,
            is_total_exceeded: false,
            table_elements: count(limits.table_elements),
            is_large: Arc::default(),
            cpu_time: CpuTime::new(limits.cpu),
            calls: Arc::new(Semaphore::new(limits.calls.min(Semaphore::MAX_PERMITS))),
        }
    }

    pub fn cpu_time(&self) -> CpuTime {
        self.cpu_time.clone()
    }

    /// Returns a flag that is updated: whether more than half of the memory limit is used.
    pub fn is_large(&self) -> Arc<AtomicBool> {
        self.is_large.clone()
    }

    fn update_is_large(&self) {
        let is_large = self.memory.used > self.memory.limit / 2;
        self.is_large.store(is_large, Ordering::Relaxed);
    }

    /// Returns a permit for one more call, or `None` if too many are in flight.
    pub fn acquire_call(&self) -> Option<OwnedSemaphorePermit> {
        self.calls.clone().try_acquire_owned().ok()
    }

    /// Describes the limit that the instance has reached, which may be the reason for a trap.
    pub fn exceeded_limit(&self) -> Option<String> {
        let Count {
            limit, is_exceeded, ..
        } = self.memory;
        if is_exceeded {
            return Some(format!(
                "the component needs more than its limit of {limit} bytes of memory"
            ));
        }
        let total = self.total_memory.as_ref()?;
        self.is_total_exceeded.then(|| {
            let limit = total.limit();
            format!("all instances together need more than their limit of {limit} bytes of memory")
        })
    }

    /// Whether the instance was refused memory because all instances together had too much.
    pub fn is_total_exceeded(&self) -> bool {
        self.is_total_exceeded
    }

    /// Adds what the instance was allowed last to that of all instances, and returns whether their limit allows it too.
    fn grow_total(&mut self) -> bool {
        let is_allowed = self
            .total_memory
            .as_ref()
            .is_none_or(|total| total.grow(self.memory.last));
        if !is_allowed {
            self.is_total_exceeded = true;
            self.memory.grow_failed();
        }
        is_allowed
    }
}

impl Drop for Usage {
    fn drop(&mut self) {
        if let Some(total) = &self.total_memory {
            total.shrink(self.memory.used);
        }
    }
}

impl Count {
    fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        self.last = 0;
        // wasmtime makes this fail.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return false;
        }
        let others = self.used.saturating_sub(current);
        let all = others.saturating_add(desired);
        if all > self.limit {
            self.is_exceeded = true;
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
        let grows = self.memory.grow(current, desired, maximum) && self.grow_total();
        self.update_is_large();
        Ok(grows)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        if let Some(total) = &self.total_memory {
            total.shrink(self.memory.last);
        }
        self.memory.grow_failed();
        self.update_is_large();
        Ok(())
    }

    /// Each memory reserves addresses, however small it is.
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
