//! The requests that the page shows: the last ones, those that failed, and the slowest.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;
use witgen_serve::server::Exchange;

use super::text::replace;
use crate::serve::calls::{Call, Callee, RequestCalls};
use crate::serve::log::access::{end, milliseconds};

/// How many requests are kept of each kind.
const MAX_LAST: usize = 100;
const MAX_FAILED: usize = 30;
const MAX_SLOWEST: usize = 20;

/// How many requests of a second are kept, so that those of the last seconds can be read.
const MAX_LAST_PER_SECOND: u32 = 20;
const MAX_FAILED_PER_SECOND: u32 = 5;

/// How long one of the slowest requests is kept.
const SLOWEST_SECONDS: u64 = 300;

const MAX_PATH_BYTES: usize = 200;
const MAX_METHOD_BYTES: usize = 24;
const MAX_FAILURE_BYTES: usize = 200;
const MAX_CALLS: usize = 24;

/// A request that has ended.
pub struct Ended<'a> {
    pub exchange: &'a Exchange,
    /// In seconds of the recorder.
    pub second: u64,
    /// The time to the head of the response, if there was one.
    pub to_head: Option<Duration>,
    pub total: Duration,
    /// The calls that were made for it, if they were recorded.
    pub calls: &'a [Arc<Call>],
}

/// A request, as the page shows it: without its query, headers and content.
#[derive(Clone, Debug, Default, Serialize)]
pub struct KeptRequest {
    /// Its number in the log.
    request: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    trace_id: String,
    /// When it began, in milliseconds since 1970.
    at: u64,
    method: String,
    path: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    chain: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    route: String,
    /// 0 if there was no response.
    status: u16,
    head_ms: Option<f64>,
    total_ms: f64,
    side_calls: u32,
    /// `whole`, `cut` or `gone`.
    end: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    failure: String,
    calls: Vec<KeptCall>,
    /// How many further calls there were.
    #[serde(skip_serializing_if = "is_zero")]
    calls_left_out: usize,
    #[serde(skip)]
    second: u64,
    #[serde(skip)]
    time: Duration,
}

/// A call that was made for a request.
#[derive(Clone, Debug, Serialize)]
struct KeptCall {
    /// `member`, `next-hop` or `side-call`.
    kind: &'static str,
    /// The member, the origin or the host that was called.
    to: Arc<str>,
    /// The place of the call in whose course it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<usize>,
    /// From the begin of the request.
    start_ms: f64,
    /// Until its response, if there was one.
    total_ms: Option<f64>,
    /// The part in which a member waited for no call of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_ms: Option<f64>,
    /// The status of its response.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The requests that are kept. Clones share them.
#[derive(Clone)]
pub struct Requests {
    last: VecDeque<Arc<KeptRequest>>,
    failed: VecDeque<Arc<KeptRequest>>,
    slowest: Vec<Arc<KeptRequest>>,
    /// The current second, and how many of its requests were kept.
    second: u64,
    kept_last: u32,
    kept_failed: u32,
}

/// The requests of each kind, the newest or the slowest first.
#[derive(Serialize)]
pub struct RequestLists {
    last: Vec<Arc<KeptRequest>>,
    failed: Vec<Arc<KeptRequest>>,
    slowest: Vec<Arc<KeptRequest>>,
}

impl Requests {
    pub fn new() -> Self {
        Requests {
            last: VecDeque::with_capacity(MAX_LAST),
            failed: VecDeque::with_capacity(MAX_FAILED),
            slowest: Vec::with_capacity(MAX_SLOWEST),
            second: 0,
            kept_last: 0,
            kept_failed: 0,
        }
    }

    /// Keeps a request where it belongs. If a second has many of them, most aren't kept, which costs nothing.
    pub fn record(&mut self, ended: &Ended<'_>) {
        if self.second != ended.second {
            self.second = ended.second;
            (self.kept_last, self.kept_failed) = (0, 0);
        }
        let exchange = ended.exchange;
        let time = ended.to_head.unwrap_or(ended.total);
        let is_last = self.kept_last < MAX_LAST_PER_SECOND;
        let has_failed = exchange.status() >= 500 || exchange.is_cut();
        let is_failed = has_failed && self.kept_failed < MAX_FAILED_PER_SECOND;
        let slow_place = self.slow_place(ended.second, time);
        if !is_last && !is_failed && slow_place.is_none() {
            return;
        }
        let oldest = if is_last && self.last.len() == MAX_LAST {
            self.last.pop_front()
        } else {
            None
        };
        let mut kept = oldest.and_then(Arc::into_inner).unwrap_or_default();
        kept.fill(ended, time);
        let kept = Arc::new(kept);
        match slow_place {
            Some(place) if place < self.slowest.len() => self.slowest[place] = kept.clone(),
            Some(_) => self.slowest.push(kept.clone()),
            None => {}
        }
        if is_failed {
            self.kept_failed += 1;
            if self.failed.len() == MAX_FAILED {
                self.failed.pop_front();
            }
            self.failed.push_back(kept.clone());
        }
        if is_last {
            self.kept_last += 1;
            self.last.push_back(kept);
        }
    }

    /// Returns the place among the slowest requests for one that took so long: a free one, that of one that is too old, or
    /// that of the fastest among them.
    fn slow_place(&self, second: u64, time: Duration) -> Option<usize> {
        if self.slowest.len() < MAX_SLOWEST {
            return Some(self.slowest.len());
        }
        let is_replaced =
            |kept: &Arc<KeptRequest>| kept.time < time || !kept.is_among_slowest(second);
        let places = self.slowest.iter().enumerate().filter(|(_, kept)| is_replaced(kept));
        let first = places.min_by_key(|(_, kept)| (kept.is_among_slowest(second), kept.time));
        first.map(|(place, _)| place)
    }

    /// Returns all requests that are kept.
    pub fn lists(&self, second: u64) -> RequestLists {
        let slowest = self.slowest.iter().filter(|kept| kept.is_among_slowest(second));
        let mut slowest: Vec<_> = slowest.cloned().collect();
        slowest.sort_by_key(|kept| std::cmp::Reverse(kept.time));
        RequestLists {
            last: self.last.iter().rev().cloned().collect(),
            failed: self.failed.iter().rev().cloned().collect(),
            slowest,
        }
    }
}

impl KeptRequest {
    fn is_among_slowest(&self, second: u64) -> bool {
        second < self.second + SLOWEST_SECONDS
    }

    /// Becomes another request. Texts keep their memory.
    fn fill(&mut self, ended: &Ended<'_>, time: Duration) {
        let Ended {
            exchange,
            second,
            to_head,
            total,
            calls,
        } = *ended;
        replace(&mut self.request, &exchange.id, MAX_METHOD_BYTES);
        self.trace_id.clear();
        if let Some(context) = RequestCalls::of(exchange).and_then(|calls| calls.context()) {
            self.trace_id = context.trace_id.to_string();
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.at = u64::try_from(now.saturating_sub(total).as_millis()).unwrap_or_default();
        replace(&mut self.method, exchange.method.as_str(), MAX_METHOD_BYTES);
        let path = exchange.target.split('?').next().unwrap_or_default();
        replace(&mut self.path, path, MAX_PATH_BYTES);
        let (chain, route) = match exchange.route() {
            Some(name) => (name.chain.as_str(), name.route.as_str()),
            None => ("", ""),
        };
        replace(&mut self.chain, chain, MAX_PATH_BYTES);
        replace(&mut self.route, route, MAX_PATH_BYTES);
        self.status = exchange.status();
        self.head_ms = to_head.map(milliseconds);
        self.total_ms = milliseconds(total);
        self.side_calls = exchange.side_calls();
        self.end = end(exchange);
        let failure = exchange.failure().unwrap_or_default();
        replace(&mut self.failure, failure, MAX_FAILURE_BYTES);
        self.calls.clear();
        if let Some(begun) = Instant::now().checked_sub(total) {
            let kept = calls.iter().take(MAX_CALLS);
            self.calls.extend(kept.map(|call| KeptCall::of(call, begun)));
        }
        self.calls_left_out = calls.len().saturating_sub(MAX_CALLS);
        self.second = second;
        self.time = time;
    }
}

impl KeptCall {
    fn of(call: &Call, begun: Instant) -> Self {
        let (kind, to) = match &call.callee {
            Callee::Member(name) => ("member", name),
            Callee::NextHop(name) => ("next-hop", name),
            Callee::SideCall(host) => ("side-call", host),
        };
        let outcome = call.outcome();
        let own = outcome.filter(|_| kind == "member").map(|outcome| outcome.own);
        KeptCall {
            kind,
            to: to.clone(),
            caller: call.caller().filter(|place| *place < MAX_CALLS),
            start_ms: milliseconds(call.begun.saturating_duration_since(begun)),
            total_ms: outcome.map(|outcome| milliseconds(outcome.total)),
            own_ms: own.map(milliseconds),
            status: outcome.and_then(|outcome| outcome.status).map(|status| status.as_u16()),
        }
    }
}
