//! The data of the page as JSON. `docs/observing.md` describes it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use serde::Serialize;

use super::events::{Events, now};
use super::recorder::{Chart, LastMinute, MemberMinute, Recorded, Recorder};
use super::requests::RequestLists;
use super::served::{Served, ServedMember};
use crate::serve::metrics::{ByLimit, ByMember, ByOutcome, Metrics};
use crate::serve::process::Process;

/// The version of the shape. A page that knows another one loads itself again.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Status<'a> {
    format: u32,
    version: &'static str,
    /// Milliseconds since 1970.
    now: u64,
    started: u64,
    is_ready: bool,
    in_flight: i64,
    connections: i64,
    instances: i64,
    /// The connections and requests that limits have rejected, and those that made room for others.
    rejected: BTreeMap<&'static str, u64>,
    evicted: BTreeMap<&'static str, u64>,
    minute: LastMinute,
    chart: Chart,
    #[serde(flatten)]
    served: &'a Served,
    members: Vec<Member<'a>>,
    origins: Vec<Origin>,
    requests: RequestLists,
    events: Events,
}

/// A member of any chain.
#[derive(Serialize)]
struct Member<'a> {
    name: &'a str,
    traps: u64,
    /// Side calls over the network by outcome, if it makes any.
    side_calls: Option<BTreeMap<&'static str, u64>>,
    /// If times are measured.
    minute: Option<MemberMinute>,
}

#[derive(Serialize)]
struct Origin {
    name: String,
    retries: u64,
    servers: Vec<Server>,
}

#[derive(Serialize)]
struct Server {
    url: String,
    is_usable: bool,
    in_flight: usize,
    answered: u64,
    failed: u64,
    cancelled: u64,
    ejections: u64,
}

/// Returns what the page shows.
pub fn json(process: &Process, recorder: &Recorder) -> String {
    let Recorded {
        minute,
        chart,
        members,
        requests,
        events,
    } = recorder.recorded();
    let (metrics, served) = (&process.metrics, recorder.served());
    let limit = |family: &Family<ByLimit, Counter>, of| count(family, &ByLimit { of });
    let rejected = ["connections", "requests", "rate", "route-rate", "resets"];
    let evicted = ["connections", "requests"];
    let status = Status {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION"),
        now: now(),
        started: recorder.started,
        is_ready: process.is_ready.load(Ordering::Relaxed),
        in_flight: metrics.in_flight.get(),
        connections: metrics.connections.get(),
        instances: metrics.instances.get(),
        rejected: rejected.map(|of| (of, limit(&metrics.overloads, of))).into(),
        evicted: evicted.map(|of| (of, limit(&metrics.evictions, of))).into(),
        minute,
        chart,
        members: of_members(&served, metrics, members),
        served: &served,
        origins: origins(process),
        requests,
        events,
    };
    // Numbers and texts always have a form in JSON.
    serde_json::to_string(&status).unwrap_or_default()
}

fn count<L>(family: &Family<L, Counter>, by: &L) -> u64
where
    L: Clone + std::hash::Hash + Eq + EncodeLabelSet,
{
    // Events that never happened aren't added to the metrics.
    family.get(by).map_or(0, |counter| counter.get())
}

/// Returns the members of all chains, each once.
fn of_members<'a>(
    served: &'a Served,
    metrics: &Metrics,
    mut minutes: BTreeMap<Arc<str>, MemberMinute>,
) -> Vec<Member<'a>> {
    let mut members = Vec::<Member<'_>>::new();
    for member in served.chains.iter().flat_map(|chain| &chain.members) {
        let name = member.name.as_str();
        if members.iter().any(|known| known.name == name) {
            continue;
        }
        let by = ByMember {
            member: name.to_owned(),
        };
        members.push(Member {
            name,
            traps: count(&metrics.traps, &by),
            side_calls: member.reaches_network().then(|| side_calls(metrics, member)),
            minute: minutes.remove(name).filter(|_| served.measures_members),
        });
    }
    members
}

fn side_calls(metrics: &Metrics, member: &ServedMember) -> BTreeMap<&'static str, u64> {
    let outcomes = ["answered", "failed", "denied", "limited"];
    let counts = outcomes.map(|outcome| {
        let by = ByOutcome {
            member: member.name.clone(),
            outcome,
        };
        (outcome, count(&metrics.side_calls, &by))
    });
    counts.into()
}

fn origins(process: &Process) -> Vec<Origin> {
    let statuses = process.origins.statuses().into_iter();
    let origins = statuses.map(|(name, status)| Origin {
        name,
        retries: status.retries,
        servers: status
            .servers
            .into_iter()
            .map(|server| Server {
                url: server.url.to_string(),
                is_usable: server.is_usable,
                in_flight: server.in_flight,
                answered: server.answered,
                failed: server.failed,
                cancelled: server.cancelled,
                ejections: server.ejections,
            })
            .collect(),
    });
    origins.collect()
}
