//! Instances of the component: made when they are needed, and reused.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::Extensions;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut, Trap};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState, Instance, InstantiationError, Proxy, ShouldAccept,
    TrapOrPanicError, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::cpu_time::CpuTime;
use super::instance_state::InstanceState;
use super::limits::Limits;
use super::state::State;
use super::tasks::Inbound;

/// For how long an instance may run on after its requests have timed out, or after all requests that are left in it
/// have been cancelled.
const EXPIRATION_GRACE: Duration = Duration::from_secs(1);
/// The minimum interval at which an instance's expiration is checked.
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// After how many requests an instance takes no further ones if it uses more than half of its memory limit: it may be
/// leaking memory with each request.
const LEAK_CHECK_AFTER_REQUESTS: usize = 128;

/// How long an instance is kept, and for how many requests.
///
/// Requests in one instance share its memory, and a trap in one ends the others. With `concurrent` and `total` 1, each
/// request has an instance of its own.
///
/// ```ignore
/// let alone = Reuse {
///     concurrent: 1,
///     total: 1,
///     ..Reuse::default()
/// };
/// builder.reuse(alone)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reuse {
    /// How many requests an instance handles at the same time; 16 by default.
    pub concurrent: usize,
    /// How many requests an instance handles in all; 1,000 by default. Its memory is freed after that. An instance that
    /// uses more than half of [`Limits::memory`] after 128 requests takes no further ones.
    pub total: usize,
    /// How long an instance waits for another request; a second by default.
    pub idle: Duration,
    /// How many instances may exist at a time; 1,000 by default. A request that would need one more fails with
    /// `connection-limit-reached`.
    pub instances: usize,
}

impl Default for Reuse {
    fn default() -> Self {
        Reuse {
            concurrent: 16,
            total: 1000,
            idle: Duration::from_secs(1),
            instances: 1000,
        }
    }
}

impl Reuse {
    /// Returns the name of a number that is zero, with which no request could be handled.
    pub(super) fn zero(&self) -> Option<&'static str> {
        let numbers = [
            ("concurrent", self.concurrent),
            ("total", self.total),
            ("instances", self.instances),
        ];
        numbers
            .iter()
            .find(|(_, number)| *number == 0)
            .map(|(name, _)| *name)
    }
}

/// Makes the WASI context of an instance.
pub(super) type Wasi = Box<dyn Fn() -> WasiCtx + Send + Sync>;

/// How instances are made.
pub(super) struct InstanceConfig {
    pub wasi: Wasi,
    /// For the members of a chain that have `wasi:cli` of their own, by name.
    pub members: BTreeMap<String, Wasi>,
    pub extensions: Box<dyn Fn() -> Extensions + Send + Sync>,
    pub on_failure: Arc<dyn Fn(&wasmtime::Error) + Send + Sync>,
    pub reuse: Reuse,
    pub limits: Limits,
}

impl Default for InstanceConfig {
    fn default() -> Self {
        InstanceConfig {
            wasi: Box::new(|| WasiCtx::builder().build()),
            members: BTreeMap::new(),
            extensions: Box::new(Extensions::new),
            on_failure: Arc::new(|_| {}),
            reuse: Reuse::default(),
            limits: Limits::default(),
        }
    }
}

/// Makes the instances of a component.
pub(super) struct Instances {
    component: ServicePre<State>,
    pub config: InstanceConfig,
    /// A permit for each instance that may be made.
    permits: Arc<Semaphore>,
}

impl Instances {
    pub fn new(component: ServicePre<State>, config: InstanceConfig) -> Self {
        let permits = config.reuse.instances.min(Semaphore::MAX_PERMITS);
        Instances {
            component,
            config,
            permits: Arc::new(Semaphore::new(permits)),
        }
    }
}

/// The error of a request that would need one instance more than may exist.
#[derive(Debug)]
struct TooManyInstances;

impl fmt::Display for TooManyInstances {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("there are too many instances")
    }
}

impl std::error::Error for TooManyInstances {}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Expiration, Worker>> {
        let InstanceConfig {
            wasi,
            members,
            extensions,
            on_failure,
            reuse,
            limits,
        } = &self.config;
        let Ok(permit) = self.permits.clone().try_acquire_owned() else {
            return Err(wasmtime::Error::new(TooManyInstances));
        };
        let instance_state = InstanceState::default();
        let members = members.values().map(|wasi| wasi());
        let state = State::new(
            wasi(),
            members,
            extensions(),
            limits,
            instance_state.clone(),
        );
        let mut store = Store::new(self.component.engine(), state);
        store.limiter(|state| state.usage());
        let cpu_time = store.data_mut().usage().cpu_time();
        let is_large = store.data_mut().usage().is_large();
        cpu_time.limit(&mut store);
        // Instantiation also runs code of the component.
        let instantiation = self.component.instantiate_async(&mut store);
        let instance = tokio::time::timeout(limits.response, instantiation)
            .await
            .unwrap_or_else(|_| Err(wasmtime::Error::msg("it was not instantiated in time")))
            .inspect_err(|error| on_failure(error))?;
        let is_idle = Arc::new(AtomicBool::new(false));
        Ok(Instance {
            store,
            proxy: Proxy::P3(instance),
            view: State::http,
            expiration: Expiration {
                idle: reuse.idle,
                limits: *limits,
                is_idle: is_idle.clone(),
                instance_state: instance_state.clone(),
                cpu_time: cpu_time.clone(),
                timer: None,
            },
            state: Worker {
                reuse: *reuse,
                on_failure: on_failure.clone(),
                is_idle,
                instance_state,
                cpu_time,
                is_large,
                _permit: permit,
            },
        })
    }
}

/// Handles the requests of one instance.
pub(super) struct Worker {
    reuse: Reuse,
    on_failure: Arc<dyn Fn(&wasmtime::Error) + Send + Sync>,
    is_idle: Arc<AtomicBool>,
    instance_state: InstanceState,
    cpu_time: CpuTime,
    is_large: Arc<AtomicBool>,
    _permit: OwnedSemaphorePermit,
}

/// A request, as its caller and the instance that handles it share it.
#[derive(Default)]
pub(super) struct RequestHandle {
    /// The state of the instance that handles the request, as soon as there is one.
    pub instance_state: OnceLock<InstanceState>,
    /// Notified when the request has timed out or its client has gone.
    cancelled: Notify,
    is_client_gone: AtomicBool,
    /// The request's extensions, if it has any.
    pub inbound: Option<Inbound>,
}

impl RequestHandle {
    pub fn new(inbound: Option<Inbound>) -> Self {
        RequestHandle {
            inbound,
            ..RequestHandle::default()
        }
    }

    /// Records that nobody waits for the response any more.
    pub fn cancel(&self, is_client_gone: bool) {
        self.is_client_gone.store(is_client_gone, Ordering::Relaxed);
        if let Some(instance_state) = self.instance_state.get() {
            instance_state.cancel_request(is_client_gone);
        }
        self.cancelled.notify_one();
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

impl WorkerState for Worker {
    type StoreData = State;
    type RequestData = Arc<RequestHandle>;

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        // This isn't called while the component computes.
        self.cpu_time.pause();
        let is_leaking =
            total >= LEAK_CHECK_AFTER_REQUESTS && self.is_large.load(Ordering::Relaxed);
        if total >= self.reuse.total || is_leaking {
            ShouldAccept::Never
        } else if concurrent >= self.reuse.concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        mut store: StoreContextMut<'_, State>,
        request: Arc<RequestHandle>,
        task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        // A request starts only once.
        let _ = request.instance_state.set(self.instance_state.clone());
        if let Some(inbound) = &request.inbound {
            store.data_mut().tasks().add(task, inbound);
        }
        self.is_idle.store(false, Ordering::Relaxed);
        let instance_state = self.instance_state.clone();
        Box::pin(async move {
            request.cancelled.notified().await;
            // It may have been cancelled before it had an instance.
            instance_state.cancel_request(request.is_client_gone.load(Ordering::Relaxed));
        })
    }

    fn drop(&self, mut store: Store<State>, result: wasmtime::Result<()>) {
        // An idle instance has not failed: it ends with its runtime, which looks like a panic.
        let Err(error) = result else { return };
        self.instance_state.mark_failed();
        if !self.is_idle.load(Ordering::Relaxed) {
            let error = match store.data_mut().usage().exceeded_limit() {
                Some(limit) => error.context(limit),
                None => error,
            };
            (self.on_failure)(&error);
        }
    }
}

/// Ends an instance that has been idle or running for too long.
pub(super) struct Expiration {
    idle: Duration,
    limits: Limits,
    is_idle: Arc<AtomicBool>,
    instance_state: InstanceState,
    cpu_time: CpuTime,
    /// Fires at the end or before it: resetting it for each request would dominate the cost of a request.
    timer: Option<Pin<Box<Sleep>>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        // This is called if the instance waits, and if the clock has interrupted it.
        self.cpu_time.pause_unless_interrupted();
        self.is_idle
            .store(status == WorkerStatus::Idle, Ordering::Relaxed);
        let limit = match status {
            WorkerStatus::Idle => self.idle,
            // The requests time out by themselves unless their instance is blocked.
            WorkerStatus::Requests => self.limits.response.saturating_add(EXPIRATION_GRACE),
            WorkerStatus::PostReturn
                if self.instance_state.has_cancelled_requests()
                    && !self.instance_state.has_open_responses() =>
            {
                EXPIRATION_GRACE.min(self.limits.post_response)
            }
            WorkerStatus::PostReturn => self.limits.post_response,
        };
        // Without an end, the instance is kept forever.
        let end = since.checked_add(limit).map(tokio::time::Instant::from_std);
        // It may become idle without another poll before the timer fires.
        let idle = self.idle.max(MIN_POLL_INTERVAL);
        let next_check = || {
            let soon = tokio::time::Instant::now().checked_add(idle);
            end.into_iter().chain(soon).min()
        };
        if self.timer.is_none() {
            self.timer = next_check().map(|at| Box::pin(tokio::time::sleep_until(at)));
        }
        let Some(timer) = &mut self.timer else {
            return Poll::Pending;
        };
        if let Some(end) = end.filter(|end| timer.deadline() > *end) {
            timer.as_mut().reset(end);
        }
        while timer.as_mut().poll(context).is_ready() {
            if end.is_some_and(|end| tokio::time::Instant::now() >= end) {
                // Ending requests whose clients have gone is no failure.
                if self.instance_state.has_disconnected_clients() {
                    self.is_idle.store(true, Ordering::Relaxed);
                }
                return Poll::Ready(());
            }
            let Some(next) = next_check() else {
                return Poll::Pending;
            };
            timer.as_mut().reset(next);
        }
        Poll::Pending
    }
}

/// Returns the error that the caller receives for a request without a response.
pub(super) fn error_code(error: wasmtime::Error) -> ErrorCode {
    let error = match error.downcast::<ErrorCode>() {
        Ok(code) => return code,
        Err(error) => error,
    };
    if error.is::<ExpirationError>() {
        return ErrorCode::HttpResponseTimeout;
    }
    if let Some(instantiation) = error.downcast_ref::<InstantiationError<Arc<RequestHandle>>>()
        && instantiation.error.is::<TooManyInstances>()
    {
        return ErrorCode::ConnectionLimitReached;
    }
    let what = if error.is::<InstantiationError<Arc<RequestHandle>>>() {
        "the component cannot be instantiated"
    } else if error.is::<Trap>() || error.is::<TrapOrPanicError>() {
        "the component trapped"
    } else {
        "the component failed"
    };
    ErrorCode::InternalError(Some(what.to_owned()))
}
