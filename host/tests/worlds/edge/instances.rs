//! Instances of the component: made when they are needed, and reused.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::Extensions;
use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut, Trap};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, InstantiationError, Proxy, ShouldAccept, TrapOrPanicError,
    WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use super::{ErrorCode, State};

/// How long an instance is kept, and for how many requests.
///
/// Requests in one instance share its memory and its fate: a trap in one ends the others. With
/// `concurrent` and `total` 1, each has an instance of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reuse {
    /// How many requests an instance handles at the same time; 16 by default.
    pub concurrent: usize,
    /// How many it handles before it is given up; 128 by default.
    pub total: usize,
    /// How long it waits for a further one; a second by default.
    pub idle: Duration,
}

impl Default for Reuse {
    fn default() -> Self {
        Reuse {
            concurrent: 16,
            total: 128,
            idle: Duration::from_secs(1),
        }
    }
}

/// What instances are made with.
pub(super) struct Setup {
    pub wasi: Box<dyn Fn() -> WasiCtx + Send + Sync>,
    pub extensions: Box<dyn Fn() -> Extensions + Send + Sync>,
    pub on_failure: Arc<dyn Fn(&wasmtime::Error) + Send + Sync>,
    pub reuse: Reuse,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            wasi: Box::new(|| WasiCtx::builder().build()),
            extensions: Box::new(Extensions::new),
            on_failure: Arc::new(|_| {}),
            reuse: Reuse::default(),
        }
    }
}

/// Where instances come from.
pub(super) struct Instances {
    pub component: ServicePre<State>,
    pub setup: Setup,
}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Idle;
    type WorkerState = Work;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Idle, Work>> {
        let Setup {
            wasi,
            extensions,
            on_failure,
            reuse,
        } = &self.setup;
        let state = State::new(wasi(), extensions());
        let mut store = Store::new(self.component.engine(), state);
        let instance = self.component.instantiate_async(&mut store).await;
        let instance = instance.inspect_err(|error| on_failure(error))?;
        let is_idle = Arc::new(AtomicBool::new(false));
        Ok(Instance {
            store,
            proxy: Proxy::P3(instance),
            view: State::http,
            expiration: Idle {
                limit: reuse.idle,
                is_idle: is_idle.clone(),
                end: None,
            },
            state: Work {
                reuse: *reuse,
                on_failure: on_failure.clone(),
                is_idle,
            },
        })
    }
}

/// What one instance does.
pub(super) struct Work {
    reuse: Reuse,
    on_failure: Arc<dyn Fn(&wasmtime::Error) + Send + Sync>,
    is_idle: Arc<AtomicBool>,
}

impl WorkerState for Work {
    type StoreData = State;
    type RequestData = ();

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.reuse.total.max(1) {
            ShouldAccept::Never
        } else if concurrent >= self.reuse.concurrent.max(1) {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        self.is_idle.store(false, Ordering::Relaxed);
        Box::pin(std::future::pending())
    }

    fn drop(&self, _: Store<State>, result: wasmtime::Result<()>) {
        // One that does nothing has not failed: it ends with its runtime, which looks like a panic.
        if let (Err(error), false) = (result, self.is_idle.load(Ordering::Relaxed)) {
            (self.on_failure)(&error);
        }
    }
}

/// Ends an instance that has waited long enough for another request.
pub(super) struct Idle {
    limit: Duration,
    is_idle: Arc<AtomicBool>,
    end: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl WorkerExpiration for Idle {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        let is_idle = status == WorkerStatus::Idle;
        self.is_idle.store(is_idle, Ordering::Relaxed);
        if !is_idle {
            self.end = None;
            return Poll::Pending;
        }
        let limit = self.limit;
        match &mut self.end {
            Some((start, sleep)) if *start == since => sleep.as_mut().poll(context),
            end => {
                // Without an end it is kept for good.
                let Some(at) = since.checked_add(limit) else {
                    return Poll::Pending;
                };
                let sleep = Box::pin(tokio::time::sleep_until(at.into()));
                let (_, sleep) = end.insert((since, sleep));
                sleep.as_mut().poll(context)
            }
        }
    }
}

/// What the caller is told of a request that the component didn't answer.
pub(super) fn failure(error: wasmtime::Error) -> ErrorCode {
    let error = match error.downcast::<ErrorCode>() {
        Ok(code) => return code,
        Err(error) => error,
    };
    let what = if error.is::<InstantiationError<()>>() {
        "the component cannot be instantiated"
    } else if error.is::<Trap>() || error.is::<TrapOrPanicError>() {
        "the component trapped"
    } else {
        "the component failed"
    };
    ErrorCode::InternalError(Some(what.to_owned()))
}
