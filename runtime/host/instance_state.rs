//! The state of an instance, as its messages need it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Instant;

use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::starts::Start;

/// Whether an instance has failed, and whether a caller waits for its responses. Clones share one state.
///
/// If an instance fails, a body that it is writing ends, and wasmtime doesn't report that as an error.
#[derive(Clone, Default)]
pub(super) struct InstanceState(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// The error of the requests that an instance that failed leaves without a response.
    failure: OnceLock<ErrorCode>,
    /// Cloned into each response that is being received.
    open_responses: Arc<()>,
    has_cancelled_requests: AtomicBool,
    has_disconnected_clients: AtomicBool,
    abandoned: AtomicUsize,
    /// Of the requests that were started since the component waited for something.
    starts: Mutex<Vec<Start>>,
    /// Wakes the instance, so that it notices that the component waits.
    waker: Mutex<Option<Waker>>,
    /// When the only request of an instance of WASI 0.2 had its response.
    responded: OnceLock<Instant>,
}

impl InstanceState {
    /// Records that the instance has failed. Call this before its store is dropped.
    pub fn mark_failed(&self, failure: ErrorCode) {
        // An instance fails once.
        let _ = self.0.failure.set(failure);
    }

    pub fn has_failed(&self) -> bool {
        self.0.failure.get().is_some()
    }

    /// Returns the error of the requests that the instance leaves without a response, if it has failed.
    pub fn failure(&self) -> Option<&ErrorCode> {
        self.0.failure.get()
    }

    /// Records that a request timed out, or that the component went on with it for too long after its client had gone.
    pub fn cancel_request(&self, is_client_gone: bool) {
        self.0.has_cancelled_requests.store(true, Ordering::Release);
        if is_client_gone {
            self.0
                .has_disconnected_clients
                .store(true, Ordering::Release);
        }
    }

    pub fn has_cancelled_requests(&self) -> bool {
        self.0.has_cancelled_requests.load(Ordering::Acquire)
    }

    /// Whether the component handles requests whose clients have gone, or went on with one for too long.
    pub fn has_disconnected_clients(&self) -> bool {
        self.abandoned() > 0 || self.0.has_disconnected_clients.load(Ordering::Acquire)
    }

    /// Returns how many requests the component handles though their clients have gone.
    pub fn abandoned(&self) -> usize {
        self.0.abandoned.load(Ordering::Relaxed)
    }

    pub fn add_abandoned(&self) {
        self.0.abandoned.fetch_add(1, Ordering::Relaxed);
    }

    pub fn remove_abandoned(&self) {
        self.0.abandoned.fetch_sub(1, Ordering::Relaxed);
    }

    /// Records that the component starts a request.
    pub fn add_start(&self, start: Start) {
        self.starts().push(start);
        // wasmtime may start a request after it has polled the instance's expiration, which is what calls `end_starts`, and
        // doesn't poll that again before the instance is woken.
        if let Some(waker) = &*self.0.waker.lock().unwrap_or_else(PoisonError::into_inner) {
            waker.wake_by_ref();
        }
    }

    /// Records that the component waits for something: it may start other requests.
    pub fn end_starts(&self, waker: &Waker) {
        let mut own = self.0.waker.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *own {
            Some(own) => own.clone_from(waker),
            None => *own = Some(waker.clone()),
        }
        drop(own);
        for start in self.starts().drain(..) {
            start.end();
        }
    }

    fn starts(&self) -> std::sync::MutexGuard<'_, Vec<Start>> {
        self.0.starts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that a component of WASI 0.2 has sent the head of its response. Its call goes on while it writes the body.
    pub fn mark_responded(&self) {
        // An instance of WASI 0.2 has one request.
        let _ = self.0.responded.set(Instant::now());
    }

    /// Returns since when a component of WASI 0.2 has only the body of its response to write.
    pub fn responded(&self) -> Option<Instant> {
        self.0.responded.get().copied()
    }

    /// Returns a token to keep with a response while it is received.
    pub fn open_response(&self) -> Arc<()> {
        self.0.open_responses.clone()
    }

    /// Whether a response of the instance is still being received.
    pub fn has_open_responses(&self) -> bool {
        Arc::strong_count(&self.0.open_responses) > 1
    }
}
