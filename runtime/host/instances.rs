//! Instances of the component: made when they are needed, and reused.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::Extensions;
use http::header::{HOST, HeaderValue};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use wasmtime::component::{ComponentExportIndex, GuestTaskId};
use wasmtime::{Engine, Store, StoreContextMut, Trap};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState, Instance, InstantiationError, ProxyPre, ShouldAccept,
    TrapOrPanicError, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode as OldErrorCode;
use wasmtime_wasi_http::p3::bindings::Service;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::body::Request;
use super::cpu_time::CpuTime;
use super::instance_failure::InstanceFailure;
use super::instance_state::InstanceState;
use super::limits::Limits;
use super::member_calls::{self, CallObserver};
use super::request_handle::RequestHandle;
use super::starts::Starts;
use super::state::State;
use super::total_memory::TotalMemory;
use super::wasi_0_2;

/// For how long a component may continue with a request that has timed out, or whose client has disconnected, before
/// its instance accepts no further requests.
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

/// Makes the WASI context of an instance with these extensions.
pub(super) type Wasi = Box<dyn Fn(&Extensions) -> WasiCtx + Send + Sync>;

/// Receives the failure of an instance.
pub(super) type OnFailure = Arc<dyn Fn(&InstanceFailure<'_>) + Send + Sync>;

/// How instances are made.
pub(super) struct InstanceConfig {
    pub wasi: Wasi,
    /// For the members of a chain that have `wasi:cli` of their own, by name.
    pub members: BTreeMap<String, Wasi>,
    pub extensions: Box<dyn Fn() -> Extensions + Send + Sync>,
    pub on_failure: OnFailure,
    pub reuse: Reuse,
    pub limits: Limits,
    pub total_memory: Option<TotalMemory>,
    /// The positions of the handlers that members call through the host.
    pub handlers: Vec<ComponentExportIndex>,
    /// Observes the requests that the component handles.
    pub observer: Option<Arc<dyn CallObserver>>,
}

impl Default for InstanceConfig {
    fn default() -> Self {
        InstanceConfig {
            wasi: Box::new(|_| WasiCtx::builder().build()),
            members: BTreeMap::new(),
            extensions: Box::new(Extensions::new),
            on_failure: Arc::new(|_| {}),
            reuse: Reuse::default(),
            limits: Limits::default(),
            total_memory: None,
            handlers: Vec::new(),
            observer: None,
        }
    }
}

/// Makes the instances of a component.
pub(super) struct Instances {
    engine: Engine,
    component: ProxyPre<State>,
    pub config: InstanceConfig,
    /// A permit for each instance that may be made.
    permits: Arc<Semaphore>,
    pub starts: Starts,
}

impl Instances {
    pub fn new(engine: Engine, component: ProxyPre<State>, mut config: InstanceConfig) -> Self {
        if let ProxyPre::P2(_) = component {
            // A call of WASI 0.2 blocks its instance, and its bindings aren't made to be called again.
            config.reuse.concurrent = 1;
            config.reuse.total = 1;
        }
        let permits = config.reuse.instances.min(Semaphore::MAX_PERMITS);
        Instances {
            engine,
            component,
            config,
            permits: Arc::new(Semaphore::new(permits)),
            starts: Starts::default(),
        }
    }

    /// Instantiates the component, and finds the handlers that members call.
    async fn instantiate_in(
        &self,
        store: &mut Store<State>,
        handlers: &[ComponentExportIndex],
    ) -> wasmtime::Result<wasmtime_wasi_http::handler::Proxy> {
        let ProxyPre::P3(component) = &self.component else {
            return self.component.instantiate_async(store).await;
        };
        if handlers.is_empty() {
            return self.component.instantiate_async(store).await;
        }
        let instance = component
            .instance_pre()
            .instantiate_async(&mut *store)
            .await?;
        let handlers = member_calls::handlers(store, &instance, handlers)?;
        store.data_mut().set_handlers(handlers);
        let service = Service::new(store, &instance)?;
        Ok(wasmtime_wasi_http::handler::Proxy::P3(service))
    }

    /// Whether the component is a service of WASI 0.2.
    pub fn is_wasi_0_2(&self) -> bool {
        matches!(self.component, ProxyPre::P2(_))
    }

    /// Gives a request of WASI 0.2 the authority that wasmtime requires. One of HTTP/1.0 may have none, and a server may take a
    /// default name for it (RFC 9112, section 3.3).
    pub fn complete_request(&self, request: &mut Request) {
        if self.is_wasi_0_2() && request.uri().authority().is_none() {
            let default = HeaderValue::from_static("localhost");
            request.headers_mut().entry(HOST).or_insert(default);
        }
    }
}

/// The error of a request that would need one instance more than may exist.
#[derive(Debug)]
struct TooManyInstances;

impl fmt::Display for TooManyInstances {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the limit of instances is reached")
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
            total_memory,
            handlers,
            observer: _,
        } = &self.config;
        if total_memory.as_ref().is_some_and(|total| !total.has_room()) {
            return Err(wasmtime::Error::new(TooManyInstances));
        }
        let Ok(permit) = self.permits.clone().try_acquire_owned() else {
            return Err(wasmtime::Error::new(TooManyInstances));
        };
        let instance_state = InstanceState::default();
        let extensions = extensions();
        let state = State::new(
            wasi(&extensions),
            members.values().map(|wasi| wasi(&extensions)).collect(),
            extensions,
            limits,
            total_memory.clone(),
            instance_state.clone(),
        );
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| state.usage());
        let cpu_time = store.data_mut().usage().cpu_time();
        let is_large = store.data_mut().usage().is_large();
        cpu_time.limit(&mut store);
        // Instantiation also runs code of the component.
        let instantiation = self.instantiate_in(&mut store, handlers);
        let instance = tokio::time::timeout(limits.response, instantiation)
            .await
            .unwrap_or_else(|_| Err(wasmtime::Error::msg("instantiation took too long")))
            .map_err(|error| {
                if store.data_mut().usage().is_total_exceeded() {
                    return wasmtime::Error::new(TooManyInstances);
                }
                report(on_failure, &error, store.data_mut());
                error
            })?;
        let is_idle = Arc::new(AtomicBool::new(false));
        Ok(Instance {
            store,
            proxy: instance,
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
                is_wasi_0_2: self.is_wasi_0_2(),
                _permit: permit,
            },
        })
    }
}

/// Reports the failure of an instance.
fn report(on_failure: &OnFailure, error: &wasmtime::Error, state: &mut State) {
    let requests = state.tasks().inbound();
    on_failure(&InstanceFailure::new(error, requests, state.extensions()));
}

/// Handles the requests of one instance.
pub(super) struct Worker {
    reuse: Reuse,
    on_failure: OnFailure,
    is_idle: Arc<AtomicBool>,
    instance_state: InstanceState,
    cpu_time: CpuTime,
    is_large: Arc<AtomicBool>,
    is_wasi_0_2: bool,
    _permit: OwnedSemaphorePermit,
}

impl WorkerState for Worker {
    type StoreData = State;
    type RequestData = Arc<RequestHandle>;

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        // This isn't called while the component computes.
        self.cpu_time.pause();
        let is_leaking =
            total >= LEAK_CHECK_AFTER_REQUESTS && self.is_large.load(Ordering::Relaxed);
        let most = self.reuse.concurrent;
        // As many again may be handled for clients that have gone, unless each request has the instance for itself.
        let abandoned = match most {
            1 => 0,
            _ => self.instance_state.abandoned().min(most),
        };
        if total >= self.reuse.total || is_leaking {
            ShouldAccept::Never
        } else if concurrent.saturating_sub(abandoned) >= most {
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
        let handled = request.begin(&self.instance_state);
        let tasks = store.data_mut().tasks();
        tasks.add(task, &request, None);
        if self.is_wasi_0_2 {
            tasks.keep(request);
        }
        self.is_idle.store(false, Ordering::Relaxed);
        let instance_state = self.instance_state.clone();
        Box::pin(async move {
            let is_client_gone = handled.cancelled().await;
            if is_client_gone {
                // Most components end soon, because what they wait for ends with an error. The instance goes on then.
                tokio::time::sleep(EXPIRATION_GRACE).await;
            }
            instance_state.cancel_request(is_client_gone);
        })
    }

    fn drop(&self, mut store: Store<State>, result: wasmtime::Result<()>) {
        // An idle instance has not failed: it ends with its runtime, which looks like a panic.
        let Err(error) = result else { return };
        self.instance_state.mark_failed(failure_code(&error));
        if !self.is_idle.load(Ordering::Relaxed) {
            let error = match store.data_mut().usage().exceeded_limit() {
                Some(limit) => error.context(limit),
                None => error,
            };
            report(&self.on_failure, &error, store.data_mut());
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
        self.instance_state.end_starts(context.waker());
        self.is_idle
            .store(status == WorkerStatus::Idle, Ordering::Relaxed);
        let (status, since) = match self.instance_state.responded() {
            Some(responded) if status == WorkerStatus::Requests => {
                (WorkerStatus::PostReturn, responded)
            }
            _ => (status, since),
        };
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
    let error = match error.downcast::<OldErrorCode>() {
        Ok(code) => return wasi_0_2::from_0_2(code),
        Err(error) => error,
    };
    if let Some(instantiation) = error.downcast_ref::<InstantiationError<Arc<RequestHandle>>>()
        && instantiation.error.is::<TooManyInstances>()
    {
        return ErrorCode::ConnectionLimitReached;
    }
    failure_code(&error)
}

/// Returns the error of the requests that an instance leaves without a response when it fails.
fn failure_code(error: &wasmtime::Error) -> ErrorCode {
    if error.is::<ExpirationError>() {
        return ErrorCode::HttpResponseTimeout;
    }
    let what = if error.is::<InstantiationError<Arc<RequestHandle>>>() {
        "the component cannot be instantiated"
    } else if error.is::<Trap>() || error.is::<TrapOrPanicError>() {
        "the component trapped"
    } else if error.to_string().contains("response-outparam") {
        // Of WASI 0.2: it returned, exited or trapped. wasmtime has no type for this.
        "the component ended without a response"
    } else {
        "the component failed"
    };
    ErrorCode::InternalError(Some(what.to_owned()))
}
