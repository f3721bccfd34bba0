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

use super::computing::ComputingTime;
use super::limits::Limits;
use super::state::State;
use super::tasks::Inbound;
use super::whole::Fate;

/// How much later than its requests an instance ends that doesn't get around to ending them itself, or in which there
/// is nothing left but requests that nobody waits for.
const GRACE: Duration = Duration::from_secs(1);
/// How often it is looked at whether an instance is at its end, at most.
const OFTEN: Duration = Duration::from_millis(100);

/// After how many requests an instance is given up that has taken half of the memory that it may have: it may be losing
/// some with each of them.
const MANY: usize = 128;

/// How long an instance is kept, and for how many requests.
///
/// Requests in one instance share its memory and its fate: a trap in one ends the others. With
/// `concurrent` and `total` 1, each has an instance of its own.
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
    /// How many it handles before it is given up, and what it has lost of its memory by then comes back; 1,000 by
    /// default. Where it has taken half of [`Limits::memory`] by its 128th, it is given up then.
    pub total: usize,
    /// How long it waits for a further one; a second by default.
    pub idle: Duration,
    /// How many instances there are at a time; 1,000 by default. A request that would need one more fails with
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
    /// The number that is zero, with which no request could be handled.
    pub(super) fn zero(&self) -> Option<&'static str> {
        let numbers = [
            ("concurrent", self.concurrent),
            ("total", self.total),
            ("instances", self.instances),
        ];
        let zero = numbers.iter().find(|(_, number)| *number == 0);
        zero.map(|(name, _)| *name)
    }
}

/// Makes what an instance has of WASI.
pub(super) type Wasi = Box<dyn Fn() -> WasiCtx + Send + Sync>;

/// What instances are made with.
pub(super) struct Setup {
    pub wasi: Wasi,
    /// Of members of a chain that have their own.
    pub members: BTreeMap<String, Wasi>,
    pub extensions: Box<dyn Fn() -> Extensions + Send + Sync>,
    pub on_failure: Arc<dyn Fn(&wasmtime::Error) + Send + Sync>,
    pub reuse: Reuse,
    pub limits: Limits,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            wasi: Box::new(|| WasiCtx::builder().build()),
            members: BTreeMap::new(),
            extensions: Box::new(Extensions::new),
            on_failure: Arc::new(|_| {}),
            reuse: Reuse::default(),
            limits: Limits::default(),
        }
    }
}

/// Where instances come from.
pub(super) struct Instances {
    component: ServicePre<State>,
    pub setup: Setup,
    /// One for each instance that there may be besides.
    room: Arc<Semaphore>,
}

impl Instances {
    pub fn new(component: ServicePre<State>, setup: Setup) -> Self {
        let room = setup.reuse.instances.min(Semaphore::MAX_PERMITS);
        Instances {
            component,
            setup,
            room: Arc::new(Semaphore::new(room)),
        }
    }
}

/// There are as many instances as there may be.
#[derive(Debug)]
struct NoRoom;

impl fmt::Display for NoRoom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("there are too many instances")
    }
}

impl std::error::Error for NoRoom {}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Work;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Expiration, Work>> {
        let Setup {
            wasi,
            members,
            extensions,
            on_failure,
            reuse,
            limits,
        } = &self.setup;
        let Ok(place) = self.room.clone().try_acquire_owned() else {
            return Err(wasmtime::Error::new(NoRoom));
        };
        let fate = Fate::default();
        let members = members.values().map(|wasi| wasi());
        let state = State::new(wasi(), members, extensions(), limits, fate.clone());
        let mut store = Store::new(self.component.engine(), state);
        store.limiter(|state| state.usage());
        let computing = store.data_mut().usage().computing();
        let is_large = store.data_mut().usage().is_large();
        computing.limit(&mut store);
        // It runs code of the component's, too.
        let instance = self.component.instantiate_async(&mut store);
        let instance = match tokio::time::timeout(limits.response, instance).await {
            Ok(instance) => instance,
            Err(_) => Err(wasmtime::Error::msg("it was not instantiated in time")),
        };
        let instance = instance.inspect_err(|error| on_failure(error))?;
        let is_idle = Arc::new(AtomicBool::new(false));
        Ok(Instance {
            store,
            proxy: Proxy::P3(instance),
            view: State::http,
            expiration: Expiration {
                idle: reuse.idle,
                limits: *limits,
                is_idle: is_idle.clone(),
                fate: fate.clone(),
                alarm: None,
            },
            state: Work {
                reuse: *reuse,
                on_failure: on_failure.clone(),
                is_idle,
                fate,
                computing,
                is_large,
                _place: place,
            },
        })
    }
}

/// What one instance does.
pub(super) struct Work {
    reuse: Reuse,
    on_failure: Arc<dyn Fn(&wasmtime::Error) + Send + Sync>,
    is_idle: Arc<AtomicBool>,
    fate: Fate,
    computing: ComputingTime,
    is_large: Arc<AtomicBool>,
    _place: OwnedSemaphorePermit,
}

/// What a request and the instance that it comes to tell each other.
#[derive(Default)]
pub(super) struct Arrival {
    /// The instance's fate, once it has come to one.
    pub fate: OnceLock<Fate>,
    /// The request has had its time, or its client has gone.
    is_late: Notify,
    is_abandoned: AtomicBool,
    /// What was in its extensions, if anything was.
    pub inbound: Option<Inbound>,
}

impl Arrival {
    pub fn new(inbound: Option<Inbound>) -> Self {
        Arrival {
            inbound,
            ..Arrival::default()
        }
    }

    /// Nobody waits for it any more.
    pub fn give_up(&self, is_abandoned: bool) {
        self.is_abandoned.store(is_abandoned, Ordering::Relaxed);
        if let Some(fate) = self.fate.get() {
            fate.give_up(is_abandoned);
        }
        self.is_late.notify_one();
    }
}

/// Somebody who waits for a response. The instance is told when they have gone.
pub(super) struct Waiting(pub Option<Arc<Arrival>>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(arrival) = &self.0 {
            arrival.give_up(true);
        }
    }
}

impl WorkerState for Work {
    type StoreData = State;
    type RequestData = Arc<Arrival>;

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        // Nobody asks while the component computes.
        self.computing.pause();
        let is_losing = total >= MANY && self.is_large.load(Ordering::Relaxed);
        if total >= self.reuse.total || is_losing {
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
        arrival: Arc<Arrival>,
        task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        // It arrives once.
        let _ = arrival.fate.set(self.fate.clone());
        if let Some(inbound) = &arrival.inbound {
            store.data_mut().tasks().begin(task, inbound);
        }
        self.is_idle.store(false, Ordering::Relaxed);
        let fate = self.fate.clone();
        Box::pin(async move {
            arrival.is_late.notified().await;
            // It may have been so before it came here.
            fate.give_up(arrival.is_abandoned.load(Ordering::Relaxed));
        })
    }

    fn drop(&self, mut store: Store<State>, result: wasmtime::Result<()>) {
        // One that does nothing has not failed: it ends with its runtime, which looks like a panic.
        let Err(error) = result else { return };
        self.fate.fail();
        if !self.is_idle.load(Ordering::Relaxed) {
            let error = match store.data_mut().usage().refused() {
                Some(refused) => error.context(refused),
                None => error,
            };
            (self.on_failure)(&error);
        }
    }
}

/// Ends an instance that has waited long enough for another request, or has had its time.
pub(super) struct Expiration {
    idle: Duration,
    limits: Limits,
    is_idle: Arc<AtomicBool>,
    fate: Fate,
    /// Wakes at the end, or before it: setting it anew for each request would take longer than all else.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        self.is_idle
            .store(status == WorkerStatus::Idle, Ordering::Relaxed);
        let limit = match status {
            WorkerStatus::Idle => self.idle,
            // Here are those whose instance doesn't get around to ending them itself.
            WorkerStatus::Requests => self.limits.response.saturating_add(GRACE),
            WorkerStatus::PostReturn if self.fate.is_late() && self.fate.is_answered() => {
                GRACE.min(self.limits.post_response)
            }
            WorkerStatus::PostReturn => self.limits.post_response,
        };
        // Without an end it is kept for good.
        let end = since.checked_add(limit).map(tokio::time::Instant::from_std);
        // It may become idle without being asked again before the alarm.
        let idle = self.idle.max(OFTEN);
        let next = || {
            let soon = tokio::time::Instant::now().checked_add(idle);
            end.into_iter().chain(soon).min()
        };
        if self.alarm.is_none() {
            self.alarm = next().map(|at| Box::pin(tokio::time::sleep_until(at)));
        }
        let Some(alarm) = &mut self.alarm else {
            return Poll::Pending;
        };
        if let Some(end) = end.filter(|end| alarm.deadline() > *end) {
            alarm.as_mut().reset(end);
        }
        while alarm.as_mut().poll(context).is_ready() {
            if end.is_some_and(|end| tokio::time::Instant::now() >= end) {
                // What clients have left is nobody's failure.
                if self.fate.is_abandoned() {
                    self.is_idle.store(true, Ordering::Relaxed);
                }
                return Poll::Ready(());
            }
            let Some(next) = next() else {
                return Poll::Pending;
            };
            alarm.as_mut().reset(next);
        }
        Poll::Pending
    }
}

/// What the caller is told of a request that the component didn't answer.
pub(super) fn failure(error: wasmtime::Error) -> ErrorCode {
    let error = match error.downcast::<ErrorCode>() {
        Ok(code) => return code,
        Err(error) => error,
    };
    if error.is::<ExpirationError>() {
        return ErrorCode::HttpResponseTimeout;
    }
    if let Some(instantiation) = error.downcast_ref::<InstantiationError<Arc<Arrival>>>()
        && instantiation.error.is::<NoRoom>()
    {
        return ErrorCode::ConnectionLimitReached;
    }
    let what = if error.is::<InstantiationError<Arc<Arrival>>>() {
        "the component cannot be instantiated"
    } else if error.is::<Trap>() || error.is::<TrapOrPanicError>() {
        "the component trapped"
    } else {
        "the component failed"
    };
    ErrorCode::InternalError(Some(what.to_owned()))
}
