//! The metrics of clients' requests.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Unit;
use witgen_serve::server::{Exchange, RouteName};

use super::bounded::{Bounded, Labels, OVERFLOW};
use super::histograms::{durations, encode_histograms};
use crate::serve::conventions::{METHODS, OTHER, ServerOutcome, method, scheme, version};

/// The bounds of the sizes of contents, in bytes. The conventions recommend none.
const SIZE_BUCKETS: [f64; 8] = [1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// The metrics of clients' requests.
pub struct ServerMetrics {
    ended: Bounded<ServerLabels, Ended>,
    active: Active,
}

/// The metrics that are recorded when a request ends.
struct Ended {
    duration: Histogram,
    received: Histogram,
    sent: Histogram,
}

impl Ended {
    fn new() -> Self {
        Ended {
            duration: durations(),
            received: Histogram::new(SIZE_BUCKETS),
            sent: Histogram::new(SIZE_BUCKETS),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ServerLabels {
    route: Option<Arc<RouteName>>,
    /// `None` for what has too many labels.
    request: Option<RequestLabels>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RequestLabels {
    method: &'static str,
    scheme: &'static str,
    version: &'static str,
    outcome: ServerOutcome,
}

impl Labels for ServerLabels {
    type Group = Option<Arc<RouteName>>;

    fn group(&self) -> Self::Group {
        self.route.clone()
    }

    fn overflow(&self) -> Self {
        ServerLabels {
            route: self.route.clone(),
            request: None,
        }
    }

    fn pairs(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut pairs = match &self.request {
            None => vec![(OVERFLOW, "true".into())],
            Some(request) => request.pairs(),
        };
        if let Some(route) = &self.route {
            pairs.extend(route.host.iter().map(|host| ("server_address", host.into())));
            pairs.push(("http_route", route.path.as_str().into()));
            pairs.push(("witgen_chain", route.chain.as_str().into()));
        }
        pairs
    }
}

impl RequestLabels {
    fn pairs(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let status = self.outcome.status().map(|status| status.to_string());
        let mut pairs = vec![
            ("http_request_method", self.method.into()),
            ("url_scheme", self.scheme.into()),
            ("network_protocol_version", self.version.into()),
        ];
        pairs.extend(status.map(|status| ("http_response_status_code", status.into())));
        pairs.extend(self.outcome.error_type().map(|error| ("error_type", error.into())));
        pairs
    }
}

/// The number of requests in flight, by method and scheme.
#[derive(Default)]
struct Active([[OnceLock<Gauge>; 2]; METHODS.len() + 1]);

impl Active {
    fn of(&self, exchange: &Exchange) -> &Gauge {
        let name = exchange.method.as_str();
        let at = METHODS.iter().position(|known| *known == name).unwrap_or(METHODS.len());
        self.0[at][usize::from(exchange.is_tls)].get_or_init(Gauge::default)
    }

    /// Returns the numbers of the requests that there have been.
    fn all(&self) -> impl Iterator<Item = ([(&'static str, &'static str); 2], &Gauge)> {
        let methods = METHODS.iter().chain([&OTHER]);
        methods.zip(&self.0).flat_map(|(method, gauges)| {
            [false, true].into_iter().zip(gauges).filter_map(|(is_tls, gauge)| {
                let labels = [
                    ("http_request_method", *method),
                    ("url_scheme", scheme(is_tls)),
                ];
                Some((labels, gauge.get()?))
            })
        })
    }
}

impl Default for ServerMetrics {
    fn default() -> Self {
        ServerMetrics {
            ended: Bounded::new(Ended::new),
            active: Active::default(),
        }
    }
}

impl ServerMetrics {
    /// Counts a request that begins.
    pub fn begin(&self, exchange: &Exchange) {
        self.active.of(exchange).inc();
    }

    /// Records a request that has ended, after this time.
    pub fn end(&self, exchange: &Exchange, duration: Duration) {
        self.active.of(exchange).dec();
        let ended = self.ended.get(&ServerLabels {
            route: exchange.route().cloned(),
            request: Some(RequestLabels {
                method: method(exchange.method.as_str()),
                scheme: scheme(exchange.is_tls),
                version: version(exchange.version),
                outcome: ServerOutcome::of(exchange),
            }),
        });
        let (received, sent) = exchange.bytes();
        ended.duration.observe(duration.as_secs_f64());
        ended.received.observe(received as f64);
        ended.sent.observe(sent as f64);
    }

    /// Removes the metrics of other routes.
    pub fn retain(&self, is_kept: impl Fn(&RouteName) -> bool) {
        self.ended.retain(|route| route.as_deref().is_none_or(&is_kept));
    }

    /// Encodes the metrics.
    pub fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let duration = (
            "http_server_request_duration",
            Unit::Seconds,
            "Time from a request to the end of its response",
        );
        encode_histograms(encoder, duration, &self.ended, |ended| &ended.duration)?;
        let received = (
            "http_server_request_body_size",
            Unit::Bytes,
            "Content of a request",
        );
        encode_histograms(encoder, received, &self.ended, |ended| &ended.received)?;
        let sent = (
            "http_server_response_body_size",
            Unit::Bytes,
            "Content of a response",
        );
        encode_histograms(encoder, sent, &self.ended, |ended| &ended.sent)?;
        let help = "Requests in flight";
        let mut active = encoder.encode_descriptor(
            "http_server_active_requests",
            help,
            None,
            MetricType::Gauge,
        )?;
        for (labels, gauge) in self.active.all() {
            gauge.encode(active.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ServerMetrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ServerMetrics").finish_non_exhaustive()
    }
}
