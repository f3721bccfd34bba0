//! Records the data of the page. Everything is bounded: times of the last minutes, some requests, some events.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;
use witgen_serve::server::Exchange;

use super::events::{self, Events};
use super::histogram::{Histogram, Percentiles};
use super::requests::{Ended, RequestLists, Requests};
use super::served::Served;
use super::slots::Slots;
use crate::serve::calls::{Callee, RequestCalls};

/// How long the chart of the page is.
const CHART_SECONDS: usize = 300;

const MINUTE: usize = 60;

/// The slots of a member's last minute, and how many seconds each has.
const MEMBER_SLOTS: usize = 12;
const MEMBER_SLOT_SECONDS: u64 = 5;

/// Records what the page shows. Threads that serve requests share it, and hold its lock for less than a microsecond.
pub struct Recorder {
    begun: Instant,
    /// When the process started, in milliseconds since 1970.
    pub started: u64,
    state: Mutex<State>,
    served: Mutex<Arc<Served>>,
}

#[derive(Clone)]
struct State {
    seconds: Slots<Second>,
    /// Only members that are served.
    members: BTreeMap<Arc<str>, Slots<MemberSlot>>,
    requests: Requests,
    events: Events,
}

/// The requests that ended in a second.
#[derive(Clone, Default)]
struct Second {
    requests: u32,
    client_errors: u32,
    server_errors: u32,
    unfinished: u32,
    latency: Histogram,
}

/// The calls of a member that ended in some seconds.
#[derive(Clone, Default)]
struct MemberSlot {
    own: Histogram,
    total: Histogram,
}

/// The requests of the last minute.
#[derive(Default, Serialize)]
pub struct LastMinute {
    /// How many seconds there were since the server began to record, up to a minute.
    seconds: u64,
    requests: u64,
    client_errors: u64,
    server_errors: u64,
    /// Responses that were cut, and requests whose clients were gone before.
    unfinished: u64,
    /// Until the head of the response.
    latency_ms: Option<Percentiles>,
}

/// The requests of each of the last seconds, the oldest first.
#[derive(Default, Serialize)]
pub struct Chart {
    requests: Vec<u32>,
    client_errors: Vec<u32>,
    server_errors: Vec<u32>,
    p50_ms: Vec<Option<f64>>,
    p95_ms: Vec<Option<f64>>,
}

/// The calls of a member in the last minute.
#[derive(Serialize)]
pub struct MemberMinute {
    calls: u64,
    own_ms: Option<Percentiles>,
    total_ms: Option<Percentiles>,
}

/// Everything that has been recorded.
pub struct Recorded {
    pub minute: LastMinute,
    pub chart: Chart,
    pub members: BTreeMap<Arc<str>, MemberMinute>,
    pub requests: RequestLists,
    pub events: Events,
}

impl Default for Recorder {
    fn default() -> Self {
        Recorder {
            begun: Instant::now(),
            started: events::now(),
            state: Mutex::new(State {
                // One more: the current second isn't over.
                seconds: Slots::new(CHART_SECONDS + 1, 1),
                members: BTreeMap::new(),
                requests: Requests::new(),
                events: Events::default(),
            }),
            served: Mutex::default(),
        }
    }
}

impl Recorder {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn second(&self) -> u64 {
        self.begun.elapsed().as_secs()
    }

    /// Sets what is served from now on.
    pub fn serve(&self, served: Served) {
        let mut state = self.lock();
        let mut before = std::mem::take(&mut state.members);
        let names = served.chains.iter().flat_map(|chain| &chain.members);
        for name in names.map(|member| Arc::<str>::from(member.name.as_str())) {
            let known = before.remove(&name);
            let slots = known.unwrap_or_else(|| Slots::new(MEMBER_SLOTS, MEMBER_SLOT_SECONDS));
            state.members.entry(name).or_insert(slots);
        }
        drop(state);
        *self.served.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(served);
    }

    /// Returns what is served.
    pub fn served(&self) -> Arc<Served> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records a request that has ended.
    pub fn request(&self, exchange: &Exchange) {
        let (to_head, total) = exchange.durations();
        let calls = RequestCalls::of(exchange).map(|calls| calls.all());
        let calls = calls.as_deref().map_or(&[][..], Vec::as_slice);
        let ended = Ended {
            exchange,
            second: self.second(),
            to_head,
            total,
            calls,
        };
        let mut state = self.lock();
        state.seconds.current(ended.second).record(&ended);
        for call in calls {
            let (Callee::Member(name), Some(outcome)) = (&call.callee, call.outcome()) else {
                continue;
            };
            if let Some(slots) = state.members.get_mut(name) {
                let slot = slots.current(ended.second);
                slot.own.record(outcome.own);
                slot.total.record(outcome.total);
            }
        }
        state.requests.record(&ended);
    }

    /// Records a side call without a response.
    pub fn side_call(&self, member: &str, host: &str, outcome: &'static str, why: &str, id: &str) {
        self.lock().events.side_call(member, host, outcome, why, id);
    }

    /// Records an instance that ended before its time.
    pub fn trap(&self, member: &str, requests: &str, reason: &str) {
        self.lock().events.trap(member, requests, reason);
    }

    /// Records a reload, which is refused if there are problems.
    pub fn reload(&self, problems: &[String]) {
        self.lock().events.reload(problems);
    }

    /// Returns everything that has been recorded.
    pub fn recorded(&self) -> Recorded {
        let second = self.second();
        // Requests wait for the lock, so that under it everything is only copied.
        let state = self.lock().clone();
        Recorded {
            minute: state.minute(second),
            chart: state.chart(second),
            members: state.members(second),
            requests: state.requests.lists(second),
            events: state.events,
        }
    }
}

impl State {
    fn minute(&self, second: u64) -> LastMinute {
        let mut minute = LastMinute {
            seconds: (second + 1).min(MINUTE as u64),
            ..LastMinute::default()
        };
        let mut latency = Histogram::default();
        for slot in self.seconds.last(second, MINUTE).flatten() {
            minute.requests += u64::from(slot.requests);
            minute.client_errors += u64::from(slot.client_errors);
            minute.server_errors += u64::from(slot.server_errors);
            minute.unfinished += u64::from(slot.unfinished);
            latency.add(&slot.latency);
        }
        minute.latency_ms = latency.percentiles();
        minute
    }

    /// Returns the seconds that are over.
    fn chart(&self, second: u64) -> Chart {
        let mut chart = Chart::default();
        let over = self.seconds.last(second, CHART_SECONDS + 1).take(CHART_SECONDS);
        for slot in over {
            let count = |of: fn(&Second) -> u32| slot.map_or(0, of);
            chart.requests.push(count(|slot| slot.requests));
            chart.client_errors.push(count(|slot| slot.client_errors));
            chart.server_errors.push(count(|slot| slot.server_errors));
            let latency = slot.and_then(|slot| slot.latency.percentiles());
            chart.p50_ms.push(latency.map(|latency| latency.p50));
            chart.p95_ms.push(latency.map(|latency| latency.p95));
        }
        chart
    }

    fn members(&self, second: u64) -> BTreeMap<Arc<str>, MemberMinute> {
        let minutes = self.members.iter().map(|(name, slots)| {
            let mut minute = MemberSlot::default();
            for slot in slots.last(second, MEMBER_SLOTS).flatten() {
                minute.own.add(&slot.own);
                minute.total.add(&slot.total);
            }
            let minute = MemberMinute {
                calls: minute.total.count(),
                own_ms: minute.own.percentiles(),
                total_ms: minute.total.percentiles(),
            };
            (name.clone(), minute)
        });
        minutes.collect()
    }
}

impl Second {
    fn record(&mut self, ended: &Ended<'_>) {
        let exchange = ended.exchange;
        self.requests += 1;
        match exchange.status() {
            400..=499 => self.client_errors += 1,
            500.. => self.server_errors += 1,
            _ => {}
        }
        if exchange.status() == 0 || exchange.is_cut() {
            self.unfinished += 1;
        }
        if let Some(time) = ended.to_head {
            self.latency.record(time);
        }
    }
}
