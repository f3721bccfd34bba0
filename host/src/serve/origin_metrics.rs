//! The metrics of origins, which are read from their pools when a monitoring system requests them.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use witgen_serve::origin::{PoolStatus, ServerStatus};

use super::origins::Origins;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByOrigin {
    origin: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByServer {
    origin: String,
    server: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByOutcome {
    origin: String,
    server: String,
    /// `answered`, `failed` or `cancelled`.
    outcome: &'static str,
}

/// Collects the metrics of all origins.
pub struct OriginMetrics(pub Arc<Origins>);

impl fmt::Debug for OriginMetrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OriginMetrics")
    }
}

impl Collector for OriginMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let statuses = self.0.statuses();
        let help = "Requests to the servers of origins, by outcome";
        let requests = servers(&statuses).flat_map(|(by, server)| {
            let outcomes = [
                ("answered", server.answered),
                ("failed", server.failed),
                ("cancelled", server.cancelled),
            ];
            outcomes.map(|(outcome, count)| {
                let ByServer { origin, server } = by.clone();
                let by = ByOutcome {
                    origin,
                    server,
                    outcome,
                };
                (by, ConstCounter::new(count))
            })
        });
        encode(&mut encoder, "origin_requests", help, requests)?;
        let help = "Requests that were repeated at another server of their origin";
        let retries = statuses.iter().map(|(origin, status)| {
            let origin = origin.clone();
            (ByOrigin { origin }, ConstCounter::new(status.retries))
        });
        encode(&mut encoder, "origin_retries", help, retries)?;
        let help = "Whether a server of an origin is healthy and not ejected";
        let healthy = servers(&statuses)
            .map(|(by, server)| (by, ConstGauge::new(i64::from(server.is_usable))));
        encode(&mut encoder, "origin_healthy", help, healthy)?;
        let help = "How often a server of an origin was ejected because requests failed";
        let ejections =
            servers(&statuses).map(|(by, server)| (by, ConstCounter::new(server.ejections)));
        encode(&mut encoder, "origin_ejections", help, ejections)
    }
}

/// Encodes a metric with its labels.
fn encode<L: EncodeLabelSet, M: EncodeMetric + TypedMetric>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl Iterator<Item = (L, M)>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, M::TYPE)?;
    for (by, value) in values {
        value.encode(metric.encode_family(&by)?)?;
    }
    Ok(())
}

/// Returns the servers of all origins, with their labels.
fn servers(statuses: &[(String, PoolStatus)]) -> impl Iterator<Item = (ByServer, &ServerStatus)> {
    statuses.iter().flat_map(|(origin, status)| {
        status.servers.iter().map(move |server| {
            let by = ByServer {
                origin: origin.clone(),
                server: server.url.to_string(),
            };
            (by, server)
        })
    })
}
