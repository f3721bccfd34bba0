//! The components that are served, for operators.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use tracing::info;
use witgen::compose::Identity;

/// A member of a chain, and which component it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedComponent {
    /// The name of the chain in a `chain.toml`.
    pub chain: Option<String>,
    pub member: String,
    pub identity: Identity,
}

/// The components that are served.
#[derive(Debug, Default)]
pub struct ServedComponents(Mutex<Vec<ServedComponent>>);

impl ServedComponents {
    /// Replaces the components, and logs them.
    pub fn replace(&self, components: Vec<ServedComponent>) {
        for component in &components {
            let ServedComponent {
                chain,
                member,
                identity,
            } = component;
            info!(
                target: "server",
                chain = chain.as_deref(),
                member,
                digest = identity.digest,
                version = identity.version.as_deref(),
                package = identity.package.as_deref(),
                "serving a component"
            );
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = components;
    }
}

impl ServedComponent {
    fn labels(&self) -> Vec<(&'static str, &str)> {
        let mut labels = vec![
            ("member", self.member.as_str()),
            ("digest", self.identity.digest.as_str()),
            (
                "version",
                self.identity.version.as_deref().unwrap_or_default(),
            ),
        ];
        labels.extend(self.chain.as_deref().map(|chain| ("chain", chain)));
        labels.extend(self.identity.package.as_deref().map(|package| ("package", package)));
        labels
    }
}

impl Collector for ServedComponents {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let components = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let help = "The component of each member that is served, which is 1";
        let mut metric =
            encoder.encode_descriptor("component_info", help, None, MetricType::Gauge)?;
        for component in &components {
            ConstGauge::new(1i64).encode(metric.encode_family(&component.labels())?)?;
        }
        Ok(())
    }
}
