//! The calls that are made for a request: to members of the chain, to next hops on other servers, and on the side. Each has its times,
//! and its span if traces are sent.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, StatusCode};
use opentelemetry::trace::SpanContext;
use witgen_serve::proxy::{ErrorCode, Inbound, Request};
use witgen_serve::server::Exchange;

use super::trace::{CallSpan, RequestSpan};

mod next_hop;
mod observer;
mod times;
mod waiting;

pub use next_hop::ObservedNextHop;
pub use observer::MemberObserver;
pub use times::MemberTimes;
use waiting::Waiting;

/// How many calls are kept of a request. A member may make any number of side calls.
const MAX_CALLS: usize = 128;

/// The calls that are made for a request, in the order in which they begin.
pub struct RequestCalls {
    calls: Mutex<Vec<Arc<Call>>>,
    /// The span of the request, until that ends.
    span: Mutex<Option<RequestSpan>>,
}

/// A call for a request.
pub struct Call {
    pub callee: Callee,
    /// The place of the call in whose course it is made, if that is one of a member.
    pub caller: Option<usize>,
    pub begun: Instant,
    /// Its own place.
    place: usize,
    outcome: OnceLock<Outcome>,
    waiting: Mutex<Waiting>,
    /// The span of the call.
    pub context: Option<SpanContext>,
}

/// Who is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callee {
    /// A member of the chain, by its name.
    Member(Arc<str>),
    /// A next hop on another server, by the name of its origin.
    NextHop(Arc<str>),
    /// The target of a side call over the network, by its host and port.
    SideCall(Arc<str>),
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The time from the call to the head of its response.
    pub total: Duration,
    /// The part of it in which the callee waited for no call of its own.
    pub own: Duration,
    /// The status of the response, if there was one.
    pub status: Option<StatusCode>,
}

impl RequestCalls {
    /// Begins with a request, and its span if traces are sent.
    pub fn begin(span: Option<RequestSpan>) -> Self {
        RequestCalls {
            calls: Mutex::default(),
            span: Mutex::new(span),
        }
    }

    /// Returns those of a request, if they are recorded.
    pub fn of(exchange: &Exchange) -> Option<&Self> {
        exchange.extensions.get::<Arc<RequestCalls>>().map(|calls| &**calls)
    }

    /// Returns the calls so far.
    pub fn all(&self) -> Vec<Arc<Call>> {
        lock(&self.calls).clone()
    }

    /// Returns the span of the request.
    pub fn context(&self) -> Option<SpanContext> {
        lock(&self.span).as_ref().map(|span| span.context.clone())
    }

    /// Ends the span of the request.
    pub fn end(&self, exchange: &Exchange) {
        if let Some(span) = lock(&self.span).take() {
            span.end(exchange);
        }
    }
}

/// A call that is being made. Dropping it gives the call up.
pub struct Pending {
    pub call: Arc<Call>,
    caller: Option<Arc<Call>>,
    span: Option<CallSpan>,
}

impl Pending {
    /// Begins a call to a member, with these headers; `None` if the calls of requests aren't recorded.
    pub fn member(name: &Arc<str>, headers: &mut HeaderMap, inbound: &Inbound) -> Option<Self> {
        Pending::begin(Callee::Member(name.clone()), inbound, |span, caller| {
            span.begin_member(name, caller, headers)
        })
    }

    /// Begins a request of a member to a server; `None` if the calls of requests aren't recorded.
    pub fn server(
        caller: &str,
        request: &mut Request,
        callee: impl FnOnce(&Request) -> Callee,
    ) -> Option<Self> {
        let inbound = request.extensions().get::<Inbound>()?.clone();
        let callee = callee(request);
        Pending::begin(callee, &inbound, |span, context| {
            span.begin_client(caller, request, context)
        })
    }

    fn begin(
        callee: Callee,
        inbound: &Inbound,
        begin_span: impl FnOnce(&RequestSpan, Option<&SpanContext>) -> CallSpan,
    ) -> Option<Self> {
        let calls = RequestCalls::of(inbound.get::<Arc<Exchange>>()?)?;
        let caller = inbound.get::<Arc<Call>>().cloned();
        let context = caller.as_ref().and_then(|caller| caller.context.as_ref());
        let span = lock(&calls.span).as_ref().map(|span| begin_span(span, context));
        let begun = Instant::now();
        let mut all = lock(&calls.calls);
        let call = Arc::new(Call {
            callee,
            caller: caller.as_ref().map(|caller| caller.place),
            begun,
            place: all.len(),
            outcome: OnceLock::new(),
            waiting: Mutex::default(),
            context: span.as_ref().map(|span| span.context.clone()),
        });
        if all.len() < MAX_CALLS {
            all.push(call.clone());
        }
        drop(all);
        if let Some(caller) = &caller {
            lock(&caller.waiting).begin(begun);
        }
        Some(Pending { call, caller, span })
    }

    /// Ends the call, and returns its times.
    pub fn end(mut self, response: Result<StatusCode, &ErrorCode>) -> Outcome {
        let outcome = self.outcome(response.ok());
        // A call ends only once.
        let _ = self.call.outcome.set(outcome);
        if let Some(span) = self.span.take() {
            span.end(
                Some(response),
                self.call.own_time(&outcome),
                SystemTime::now(),
            );
        }
        outcome
    }

    fn outcome(&self, status: Option<StatusCode>) -> Outcome {
        let now = Instant::now();
        let total = now.saturating_duration_since(self.call.begun);
        let waited = lock(&self.call.waiting).total(now);
        Outcome {
            total,
            own: total.saturating_sub(waited),
            status,
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(caller) = &self.caller {
            lock(&caller.waiting).end(Instant::now());
        }
        if let Some(span) = self.span.take() {
            let outcome = self.outcome(None);
            span.end(None, self.call.own_time(&outcome), SystemTime::now());
        }
    }
}

impl Call {
    /// Returns how the call ended; `None` if it hasn't, or was given up.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome.get().copied()
    }

    /// Returns a member's own time.
    fn own_time(&self, outcome: &Outcome) -> Option<Duration> {
        matches!(self.callee, Callee::Member(_)).then_some(outcome.own)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
