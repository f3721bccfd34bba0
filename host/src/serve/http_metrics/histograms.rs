//! The histograms of requests.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Unit;

use super::bounded::{Bounded, Labels};

/// The bounds of durations in seconds that the conventions recommend.
const DURATION_BUCKETS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

pub fn durations() -> Histogram {
    Histogram::new(DURATION_BUCKETS)
}

/// Encodes one of the histograms of metrics, with their labels.
pub fn encode_histograms<L: Labels, M>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, unit, help): (&str, Unit, &str),
    metrics: &Bounded<L, M>,
    histogram: impl Fn(&M) -> &Histogram,
) -> fmt::Result {
    let mut encoder = encoder.encode_descriptor(name, help, Some(&unit), MetricType::Histogram)?;
    for (labels, metric) in metrics.all() {
        histogram(&metric).encode(encoder.encode_family(&labels.pairs())?)?;
    }
    Ok(())
}
