//! Whether the server has stopped.

use std::sync::atomic::{AtomicBool, Ordering};

static STOPPED: AtomicBool = AtomicBool::new(false);

/// Records that the server has stopped.
pub fn record() {
    STOPPED.store(true, Ordering::Relaxed);
}

/// Whether the runtime is shutting down, which cancels all tasks.
pub fn is_stopping() -> bool {
    STOPPED.load(Ordering::Relaxed)
}
