//! A limit on the memory of all instances together.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Which part of the limit only instances that exist already may use. A component that has been refused memory usually
/// traps, and a request that needs another instance is only rejected.
const RESERVE_DIVISOR: usize = 8;

/// A limit on the bytes that the linear memories of all instances have together. Clones are the same limit, which several
/// components can share.
///
/// Beyond it, `memory.grow` fails. A request that needs another instance fails with `connection-limit-reached` if less than
/// an eighth is left.
///
/// ```ignore
/// let memory = TotalMemory::new(4 << 30);
/// builder.total_memory(&memory)
/// ```
#[derive(Clone)]
pub struct TotalMemory(Arc<Counter>);

struct Counter {
    limit: AtomicUsize,
    used: AtomicUsize,
}

impl TotalMemory {
    /// Limits memory to a number of bytes.
    ///
    /// ```ignore
    /// let memory = TotalMemory::new(4 << 30);
    /// ```
    pub fn new(bytes: usize) -> Self {
        TotalMemory(Arc::new(Counter {
            limit: AtomicUsize::new(bytes),
            used: AtomicUsize::new(0),
        }))
    }

    /// Changes the limit. Instances keep what they have, even if it is more.
    ///
    /// ```ignore
    /// let memory = TotalMemory::new(4 << 30);
    /// memory.set_limit(8 << 30);
    /// ```
    pub fn set_limit(&self, bytes: usize) {
        self.0.limit.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn limit(&self) -> usize {
        self.0.limit.load(Ordering::Relaxed)
    }

    /// Whether there is room for another instance.
    pub(super) fn has_room(&self) -> bool {
        let limit = self.limit();
        self.0.used.load(Ordering::Relaxed) <= limit - limit / RESERVE_DIVISOR
    }

    /// Adds bytes, and returns whether the limit allows that.
    pub(super) fn grow(&self, bytes: usize) -> bool {
        let limit = self.limit();
        self.0
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes).filter(|used| *used <= limit)
            })
            .is_ok()
    }

    pub(super) fn shrink(&self, bytes: usize) {
        self.0.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl fmt::Debug for TotalMemory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TotalMemory")
            .field("limit", &self.0.limit)
            .field("used", &self.0.used)
            .finish()
    }
}
