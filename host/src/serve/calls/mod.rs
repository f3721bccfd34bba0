//! The calls that are made for a request: to members of the chain, to next hops on other servers, and side calls. Each has its
//! times, and its span if traces are sent.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};
use witgen_serve::proxy::{ErrorCode, Inbound, Request};
use witgen_serve::server::Exchange;

use super::trace::context::SpanContext;
use super::trace::headers;
use super::trace::request::{CallSpan, Called, RequestSpan};

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
    span: Option<RequestSpan>,
}

/// A call for a request.
pub struct Call {
    pub callee: Callee,
    /// The call in whose course it is made, if that is one of a member.
    caller: Option<Arc<Call>>,
    pub begun: Instant,
    /// Its own place.
    place: usize,
    outcome: OnceLock<Outcome>,
    waiting: Mutex<Waiting>,
    /// The span of the call.
    pub context: Option<SpanContext>,
    /// The same, if it is sent.
    span: Option<CallSpan>,
}

/// The callee of a call.
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
            span,
        }
    }

    /// Returns those of a request, if they are recorded.
    pub fn of(exchange: &Exchange) -> Option<&Arc<Self>> {
        exchange.extensions.get()
    }

    /// Returns the calls so far. No further one begins while they are read.
    pub fn all(&self) -> MutexGuard<'_, Vec<Arc<Call>>> {
        lock(&self.calls)
    }

    /// Returns the span of the request.
    pub fn context(&self) -> Option<SpanContext> {
        self.span.as_ref().map(|span| span.context)
    }

    /// Ends the span of the request.
    pub fn end(&self, exchange: &Exchange) {
        if let Some(span) = &self.span {
            span.end(exchange);
        }
    }
}

/// A call that is being made.
#[derive(Clone)]
pub struct Pending {
    pub call: Arc<Call>,
    calls: Arc<RequestCalls>,
}

impl Pending {
    /// Begins a call to a member, with these headers; `None` if the calls of requests aren't recorded.
    pub fn member(name: &Arc<str>, headers: &HeaderMap, inbound: &Inbound) -> Option<Self> {
        let called = || Called::Member(name.clone());
        Pending::begin(Callee::Member(name.clone()), called, headers, inbound)
    }

    fn begin(
        callee: Callee,
        called: impl FnOnce() -> Called,
        headers: &HeaderMap,
        inbound: &Inbound,
    ) -> Option<Self> {
        let caller = inbound.get::<Pending>();
        let calls = match caller {
            Some(caller) => &caller.calls,
            None => RequestCalls::of(inbound.get::<Arc<Exchange>>()?)?,
        };
        let caller = caller.map(|caller| &caller.call);
        let begun = Instant::now();
        let (context, span) = match &calls.span {
            None => (None, None),
            Some(span) => {
                let context = caller.and_then(|caller| caller.context.as_ref());
                let (context, span) = span.begin_call(called, context, headers, begun);
                (Some(context), span)
            }
        };
        let mut all = calls.all();
        let call = Arc::new(Call {
            callee,
            caller: caller.cloned(),
            begun,
            place: all.len(),
            outcome: OnceLock::new(),
            waiting: Mutex::default(),
            context,
            span,
        });
        if all.len() < MAX_CALLS {
            all.push(call.clone());
        }
        drop(all);
        if let Some(caller) = caller {
            lock(&caller.waiting).begin(begun);
        }
        let calls = calls.clone();
        Some(Pending { call, calls })
    }

    /// Ends the call, and returns its times; `response` is `None` if the caller has given the call up.
    pub fn end(&self, response: Option<Result<StatusCode, &ErrorCode>>) -> Outcome {
        let call = &*self.call;
        let now = Instant::now();
        let total = now.saturating_duration_since(call.begun);
        let outcome = Outcome {
            total,
            own: total.saturating_sub(lock(&call.waiting).total(now)),
            status: response.and_then(Result::ok),
        };
        if response.is_some() {
            // A call ends only once.
            let _ = call.outcome.set(outcome);
        }
        if let Some(caller) = &call.caller {
            lock(&caller.waiting).end(now);
        }
        if let (Some(span), Some(request)) = (&call.span, &self.calls.span) {
            let own = matches!(call.callee, Callee::Member(_)).then_some(outcome.own);
            request.end_call(span, response, own, now);
        }
        outcome
    }
}

/// A request of a member to a server. Dropping it gives the request up.
pub struct ServerCall(Option<Pending>);

impl ServerCall {
    /// Begins a request of a member, if the calls of requests are recorded.
    pub fn begin(
        caller: &Arc<str>,
        request: &mut Request,
        callee: impl FnOnce(&Request) -> Callee,
    ) -> Self {
        let begin = |request: &Request| {
            let inbound = request.extensions().get::<Inbound>()?;
            let called = || Called::Server {
                caller: caller.clone(),
                method: request.method().clone(),
                uri: request.uri().clone(),
            };
            Pending::begin(callee(request), called, request.headers(), inbound)
        };
        let pending = begin(request);
        let context = pending.as_ref().and_then(|pending| pending.call.context.as_ref());
        if let Some((name, value)) = context.and_then(headers::traceparent) {
            request.headers_mut().insert(name, value);
        }
        ServerCall(pending)
    }

    /// Ends the request.
    pub fn end(mut self, response: Result<StatusCode, &ErrorCode>) {
        if let Some(pending) = self.0.take() {
            pending.end(Some(response));
        }
    }
}

impl Drop for ServerCall {
    fn drop(&mut self) {
        if let Some(pending) = self.0.take() {
            pending.end(None);
        }
    }
}

impl Call {
    /// Returns the place of the call in whose course it is made, if that is one of a member.
    pub fn caller(&self) -> Option<usize> {
        self.caller.as_ref().map(|caller| caller.place)
    }

    /// Returns how the call ended; `None` if it hasn't, or was cancelled.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome.get().copied()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
