//! Limits how many requests are started at the same time.
//!
//! An instance that starts a request accepts no other one until the component waits for something. While all instances are in
//! this state, wasmtime makes another one for each further request, although no processor is free to run it. Then there are
//! nearly as many instances as requests, and each one finds its memory in no cache of the processor. So requests wait
//! here instead, in the order in which they arrive.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many requests are started at the same time per processor. With one, a processor would have nothing to do while the
/// next request is on its way to an instance.
const STARTS_PER_PROCESSOR: usize = 2;

/// A limit on the requests that are started at the same time.
pub(super) struct Starts(Arc<Semaphore>);

impl Default for Starts {
    fn default() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Starts(Arc::new(Semaphore::new(processors * STARTS_PER_PROCESSOR)))
    }
}

impl Starts {
    /// Waits until another request may be started.
    pub async fn acquire(&self, start: &Start) {
        // The semaphore is never closed.
        let permit = self.0.clone().acquire_owned().await.ok();
        *start.lock() = permit;
    }
}

/// The start of a request: until it ends, or the component waits for something for the first time. Clones are the same start.
#[derive(Clone, Default)]
pub(super) struct Start(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Start {
    /// Ends the start, if it hasn't ended.
    pub fn end(&self) {
        self.lock().take();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<OwnedSemaphorePermit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
