//! A request, as its caller and the instance that handles it share it.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::inbound::Inbound;
use super::instance_state::InstanceState;
use super::starts::Start;

/// A request that a component handles.
#[derive(Default)]
pub(super) struct RequestHandle {
    /// The state of the instance that handles the request, once it is known.
    pub instance_state: OnceLock<InstanceState>,
    /// The request's extensions, if it has any.
    pub inbound: Option<Inbound>,
    pub start: Start,
    is_cancelled: AtomicBool,
    is_client_gone: AtomicBool,
    cancelled: Notify,
    stage: AtomicU8,
}

/// The stages of a request in an instance.
const HANDLED: u8 = 0;
/// The component still handles it, though its client has gone.
const ABANDONED: u8 = 1;
/// The component has returned a response, or its instance has ended.
const ENDED: u8 = 2;

impl RequestHandle {
    pub fn new(inbound: Option<Inbound>) -> Self {
        RequestHandle {
            inbound,
            ..RequestHandle::default()
        }
    }

    /// Cancels the request, because the client has disconnected or the request has timed out. Calls that the
    /// component makes on behalf of the request end with an error.
    pub fn cancel(&self, is_client_gone: bool) {
        self.is_client_gone.store(is_client_gone, Ordering::Relaxed);
        self.is_cancelled.store(true, Ordering::Release);
        self.start.end();
        self.count_if_abandoned();
        self.cancelled.notify_waiters();
    }

    /// Counts the request as abandoned if its client has gone, and the component handles it.
    fn count_if_abandoned(&self) {
        if let (true, Some(instance)) = (self.is_client_gone(), self.instance_state.get())
            && self.move_on(HANDLED, ABANDONED)
        {
            instance.add_abandoned();
        }
    }

    fn move_on(&self, from: u8, to: u8) -> bool {
        self.stage
            .compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Acquire)
    }

    /// Whether a cancelled request was cancelled because its client has gone.
    pub fn is_client_gone(&self) -> bool {
        self.is_client_gone.load(Ordering::Relaxed)
    }

    /// Returns why a call that is made for the request has no response; `None` if nothing has failed, as for clients that have gone.
    pub fn failure(&self) -> Option<ErrorCode> {
        if self.is_cancelled() {
            return (!self.is_client_gone()).then_some(ErrorCode::HttpResponseTimeout);
        }
        self.instance_state.get()?.failure().cloned()
    }

    /// Records that the component begins to handle the request, until the returned value is dropped.
    pub fn begin(self: &Arc<Self>, instance: &InstanceState) -> Handled {
        // A request begins only once.
        let _ = self.instance_state.set(instance.clone());
        instance.add_start(self.start.clone());
        Handled(self.clone())
    }

    /// Waits until the request is cancelled.
    pub async fn cancelled(&self) {
        let mut notified = pin!(self.cancelled.notified());
        // From here on, no notification is missed.
        notified.as_mut().enable();
        if !self.is_cancelled() {
            notified.await;
        }
    }
}

/// A request that a component handles, until this is dropped.
pub(super) struct Handled(Arc<RequestHandle>);

impl Handled {
    /// Waits until the request is cancelled, and returns whether the client has gone.
    pub async fn cancelled(&self) -> bool {
        self.0.cancelled().await;
        // It may have been cancelled before it had an instance.
        self.0.count_if_abandoned();
        self.0.is_client_gone()
    }
}

impl Drop for Handled {
    fn drop(&mut self) {
        self.0.start.end();
        if self.0.stage.swap(ENDED, Ordering::Relaxed) == ABANDONED
            && let Some(instance) = self.0.instance_state.get()
        {
            instance.remove_abandoned();
        }
    }
}

/// Cancels a request when its caller stops waiting for the response.
pub(super) struct CancelOnDrop(pub Option<Arc<RequestHandle>>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(request) = &self.0 {
            request.cancel(true);
        }
    }
}
