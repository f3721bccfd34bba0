//! All metrics of requests.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::client::ClientMetrics;
use super::server::ServerMetrics;

/// The metrics of requests of clients, and of requests to servers.
#[derive(Debug, Default)]
pub struct HttpMetrics {
    pub server: ServerMetrics,
    pub client: ClientMetrics,
}

impl Collector for HttpMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.server.encode(&mut encoder)?;
        self.client.encode(&mut encoder)
    }
}
