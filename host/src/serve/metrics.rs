//! The metrics for monitoring systems, in the text format of Prometheus.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::components::ServedComponents;
use super::http_metrics::HttpMetrics;
use super::origin_metrics::OriginMetrics;
use super::origins::Origins;
#[cfg(target_os = "linux")]
use super::process_metrics::ProcessMetrics;

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
    reloads: Family<ByResult, Counter>,
    reload_time: Family<ByResult, Histogram>,
    last_reload: Family<ByResult, Gauge<f64, AtomicU64>>,
    pub components: Arc<ServedComponents>,
    pub unproxied: Family<ByReason, Counter>,
    pub member_time: Family<ByMember, Histogram>,
    pub member_own_time: Family<ByMember, Histogram>,
    pub spans: Family<ByOutcomeAlone, Counter>,
    /// Those of OpenTelemetry's conventions.
    pub http: Arc<HttpMetrics>,
}

/// `sent`, `failed` or `dropped`.
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
    /// `connections`, `requests`, `rate`, `route-rate` or `resets`.
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

/// The results of reloads.
pub const SERVED: &str = "served";
pub const REFUSED: &str = "refused";

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByResult {
    result: &'static str,
}

/// The upper bounds of the latency histogram, in seconds.
const LATENCY_BUCKETS: [f64; 12] = [
    0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0,
];

/// Returns the labels of the running build. Only builds of releases have a revision.
fn build_labels() -> Vec<(&'static str, &'static str)> {
    let revision = option_env!("WITGEN_REVISION").filter(|revision| !revision.is_empty());
    let versions = [
        ("version", env!("CARGO_PKG_VERSION")),
        ("wasmtime", wasmtime_environ::VERSION),
    ];
    let labels = versions.into_iter().chain(revision.map(|revision| ("revision", revision)));
    labels.collect()
}

fn histogram() -> Histogram {
    Histogram::new(LATENCY_BUCKETS)
}

impl Metrics {
    pub fn new(origins: &Arc<Origins>) -> Self {
        let mut metrics = Metrics {
            registry: Registry::default(),
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
            reload_time: Family::new_with_constructor(histogram),
            last_reload: Family::default(),
            components: Arc::default(),
            unproxied: Family::default(),
            member_time: Family::new_with_constructor(histogram),
            member_own_time: Family::new_with_constructor(histogram),
            spans: Family::default(),
            http: Arc::default(),
        };
        metrics.registry.register_collector(Box::new(metrics.http.clone()));
        #[cfg(target_os = "linux")]
        metrics.registry.register_collector(Box::new(ProcessMetrics));
        let registry = metrics.registry.sub_registry_with_prefix("witgen");
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
            "Malformed HTTP/1.1 requests",
            metrics.invalid.clone(),
        );
        registry.register(
            "requests_in_flight",
            "Requests in flight",
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
            "Connections and requests rejected by a limit",
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
            "Instances that trapped, by member",
            metrics.traps.clone(),
        );
        registry.register(
            "side_calls",
            "Side calls, by member and outcome",
            metrics.side_calls.clone(),
        );
        registry.register(
            "reloads",
            "Reloads of components, by result",
            metrics.reloads.clone(),
        );
        registry.register_with_unit(
            "reload_time",
            "How long reloads took, by result",
            Unit::Seconds,
            metrics.reload_time.clone(),
        );
        registry.register_with_unit(
            "last_reload_timestamp",
            "When the last reload with each result ended, since 1970; the start counts as served",
            Unit::Seconds,
            metrics.last_reload.clone(),
        );
        registry.register(
            "unproxied",
            "Connections closed because of the PROXY protocol, by reason",
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
        registry.register(
            "build",
            "The running version, which is 1",
            Info::new(build_labels()),
        );
        registry.register_collector(Box::new(metrics.components.clone()));
        registry.register_collector(Box::new(OriginMetrics(origins.clone())));
        metrics
    }

    /// Initializes every label to 0, so that dashboards can tell "never" from "missing". `callers` are the members that
    /// make side calls.
    pub fn initialize(&self, members: &[String], callers: &[String]) {
        for of in ["connections", "requests", "rate", "route-rate", "resets"] {
            drop(self.overloads.get_or_create(&ByLimit { of }));
        }
        for of in ["connections", "requests"] {
            drop(self.evictions.get_or_create(&ByLimit { of }));
        }
        for reason in ["untrusted", "malformed", "too-long", "timeout"] {
            drop(self.unproxied.get_or_create(&ByReason { reason }));
        }
        for outcome in ["sent", "failed", "dropped"] {
            drop(self.spans.get_or_create(&ByOutcomeAlone { outcome }));
        }
        for result in [SERVED, REFUSED] {
            let by = ByResult { result };
            drop(self.reloads.get_or_create(&by));
            drop(self.reload_time.get_or_create(&by));
            drop(self.last_reload.get_or_create(&by));
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

    /// Counts a reload, and how long it took. The start counts as one that took no time.
    pub fn add_reload(&self, result: &'static str, took: Option<Duration>) {
        let by = ByResult { result };
        if let Some(took) = took {
            self.reloads.get_or_create(&by).inc();
            self.reload_time.get_or_create(&by).observe(took.as_secs_f64());
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.last_reload.get_or_create(&by).set(now.as_secs_f64());
    }

    /// Returns all metrics in the text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string doesn't fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
