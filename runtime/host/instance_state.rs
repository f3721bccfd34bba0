//! What a host knows of an instance, as its messages need it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether an instance has failed, and whether anybody waits for its responses. Clones share one state.
///
/// If an instance fails, a body that it is writing ends, and wasmtime doesn't report that as an error.
#[derive(Clone, Default)]
pub(super) struct InstanceState {
    has_failed: Arc<AtomicBool>,
    /// Cloned into each response that is being received.
    open_responses: Arc<()>,
    has_cancelled_requests: Arc<AtomicBool>,
    has_disconnected_clients: Arc<AtomicBool>,
}

impl InstanceState {
    /// Records that the instance has failed. Call this before its store is dropped.
    pub fn mark_failed(&self) {
        self.has_failed.store(true, Ordering::Release);
    }

    pub fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Acquire)
    }

    /// Records that nobody waits for one of the instance's requests any more, because it timed out or because its
    /// client has gone.
    pub fn cancel_request(&self, is_client_gone: bool) {
        self.has_cancelled_requests.store(true, Ordering::Release);
        if is_client_gone {
            self.has_disconnected_clients.store(true, Ordering::Release);
        }
    }

    pub fn has_cancelled_requests(&self) -> bool {
        self.has_cancelled_requests.load(Ordering::Acquire)
    }

    pub fn has_disconnected_clients(&self) -> bool {
        self.has_disconnected_clients.load(Ordering::Acquire)
    }

    /// Returns a token to keep with a response while it is received.
    pub fn open_response(&self) -> Arc<()> {
        self.open_responses.clone()
    }

    /// Whether a response of the instance is still being received.
    pub fn has_open_responses(&self) -> bool {
        let states = Arc::strong_count(&self.has_failed);
        // Each state also has a clone.
        Arc::strong_count(&self.open_responses) > states
    }
}
