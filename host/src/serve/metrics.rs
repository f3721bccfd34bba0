//! What a monitoring system reads (Prometheus, by its text format).

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::origin_metrics::OriginMetrics;
use super::origins::Origins;

/// The metrics of the server.
pub struct Metrics {
    registry: Registry,
    pub requests: Family<ByStatus, Counter>,
    pub route_requests: Family<ByRoute, Counter>,
    pub invalid: Counter,
    pub in_flight: Gauge,
    pub latency: Histogram,
    pub received: Counter<u64, AtomicU64>,
    pub sent: Counter<u64, AtomicU64>,
    pub connections: Gauge,
    pub overloads: Family<ByLimit, Counter>,
    pub evictions: Family<ByLimit, Counter>,
    pub instances: Gauge,
    pub traps: Family<ByMember, Counter>,
    pub side_calls: Family<ByOutcome, Counter>,
    pub reloads: Family<ByResult, Counter>,
    pub unproxied: Family<ByReason, Counter>,
    pub member_time: Family<ByMember, Histogram>,
    pub member_own_time: Family<ByMember, Histogram>,
    pub spans: Family<ByOutcomeAlone, Counter>,
}

/// `sent` or `failed`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ByOutcomeAlone {
    pub outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ByStatus {
    pub status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ByRoute {
    pub chain: String,
    pub route: String,
    pub status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ByLimit {
    /// `connections`, `requests`, `rate` or `resets`.
    pub of: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ByMember {
    pub member: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ByOutcome {
    pub member: String,
    /// `answered`, `failed`, `denied` or `limited`.
    pub outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ByReason {
    /// `untrusted`, `malformed`, `too-long` or `timeout`.
    pub reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ByResult {
    pub result: &'static str,
}

/// The upper bounds of the latency histogram, in seconds.
const LATENCY_BUCKETS: [f64; 12] = [
    0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0,
];

fn histogram() -> Histogram {
    Histogram::new(LATENCY_BUCKETS)
}

impl Metrics {
    pub fn new(origins: &Arc<Origins>) -> Self {
        let mut metrics = Metrics {
            registry: Registry::with_prefix("witgen"),
            requests: Family::default(),
            route_requests: Family::default(),
            invalid: Counter::default(),
            in_flight: Gauge::default(),
            latency: Histogram::new(LATENCY_BUCKETS),
            received: Counter::default(),
            sent: Counter::default(),
            connections: Gauge::default(),
            overloads: Family::default(),
            evictions: Family::default(),
            instances: Gauge::default(),
            traps: Family::default(),
            side_calls: Family::default(),
            reloads: Family::default(),
            unproxied: Family::default(),
            member_time: Family::new_with_constructor(histogram),
            member_own_time: Family::new_with_constructor(histogram),
            spans: Family::default(),
        };
        let registry = &mut metrics.registry;
        registry.register(
            "requests",
            "Requests, by the status of their responses",
            metrics.requests.clone(),
        );
        registry.register(
            "route_requests",
            "Requests to the chains of a chain.toml, by route and status",
            metrics.route_requests.clone(),
        );
        registry.register(
            "invalid",
            "What came by HTTP/1.1 and was no request",
            metrics.invalid.clone(),
        );
        registry.register(
            "requests_in_flight",
            "Requests whose responses are not through",
            metrics.in_flight.clone(),
        );
        let help = "Time from a request to the head of its response";
        registry.register_with_unit(
            "request_latency",
            help,
            Unit::Seconds,
            metrics.latency.clone(),
        );
        registry.register_with_unit(
            "received",
            "Content of requests",
            Unit::Bytes,
            metrics.received.clone(),
        );
        registry.register_with_unit(
            "sent",
            "Content of responses",
            Unit::Bytes,
            metrics.sent.clone(),
        );
        registry.register(
            "connections",
            "Connections of clients",
            metrics.connections.clone(),
        );
        registry.register(
            "overloads",
            "Connections and requests that were too many",
            metrics.overloads.clone(),
        );
        registry.register(
            "evictions",
            "Idle connections and requests of slow clients that made room for others",
            metrics.evictions.clone(),
        );
        registry.register(
            "instances",
            "Instances of the component",
            metrics.instances.clone(),
        );
        registry.register(
            "traps",
            "Instances that ended before their time, by member",
            metrics.traps.clone(),
        );
        registry.register(
            "side_calls",
            "Requests on the side, by member and outcome",
            metrics.side_calls.clone(),
        );
        registry.register(
            "reloads",
            "Components that were read anew, by result",
            metrics.reloads.clone(),
        );
        registry.register(
            "unproxied",
            "Connections closed for want of a PROXY header, by reason",
            metrics.unproxied.clone(),
        );
        registry.register_with_unit(
            "member_time",
            "Time from a call to a member to the head of its response, if it is measured",
            Unit::Seconds,
            metrics.member_time.clone(),
        );
        registry.register_with_unit(
            "member_own_time",
            "The part of a member's time in which it waited neither for a next hop nor for a side call",
            Unit::Seconds,
            metrics.member_own_time.clone(),
        );
        registry.register(
            "spans",
            "Spans for a collector of traces, by outcome",
            metrics.spans.clone(),
        );
        registry.register_collector(Box::new(OriginMetrics(origins.clone())));
        metrics
    }

    /// Initializes every label to 0, so that dashboards can tell "never" from "missing". `callers` are the members that
    /// make side calls.
    pub fn initialize(&self, members: &[String], callers: &[String]) {
        for of in ["connections", "requests", "rate", "resets"] {
            drop(self.overloads.get_or_create(&ByLimit { of }));
        }
        for of in ["connections", "requests"] {
            drop(self.evictions.get_or_create(&ByLimit { of }));
        }
        for reason in ["untrusted", "malformed", "too-long", "timeout"] {
            drop(self.unproxied.get_or_create(&ByReason { reason }));
        }
        for result in ["served", "refused"] {
            drop(self.reloads.get_or_create(&ByResult { result }));
        }
        for member in members {
            let member = member.clone();
            drop(self.traps.get_or_create(&ByMember { member }));
        }
        for member in callers {
            for outcome in ["answered", "failed", "denied", "limited"] {
                let member = member.clone();
                drop(self.side_calls.get_or_create(&ByOutcome { member, outcome }));
            }
        }
    }

    /// Returns all metrics in the text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string doesn't fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
