//! All metrics of requests.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use witgen_serve::server::RouteName;

use super::client::{Caller, ClientMetrics};
use super::server::ServerMetrics;

/// The metrics of requests of clients, and of requests to servers.
#[derive(Debug, Default)]
pub struct HttpMetrics {
    pub server: ServerMetrics,
    pub client: ClientMetrics,
    served: Mutex<ServedNames>,
}

/// The names of what is served, which metrics have as labels.
#[derive(Debug, Default)]
pub struct ServedNames {
    pub routes: HashSet<Arc<RouteName>>,
    pub callers: HashSet<Caller>,
}

impl HttpMetrics {
    /// Sets the served routes and callers, and removes the metrics of those that are neither served now nor were served until
    /// now. Requests to the latter may still end, and monitoring systems read their last values.
    pub fn serve(&self, served: ServedNames) {
        let mut before = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let is_route =
            |route: &RouteName| served.routes.contains(route) || before.routes.contains(route);
        let is_caller =
            |caller: &Caller| served.callers.contains(caller) || before.callers.contains(caller);
        self.server.retain(is_route);
        self.client.retain(is_caller);
        *before = served;
    }
}

impl Collector for HttpMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.server.encode(&mut encoder)?;
        self.client.encode(&mut encoder)
    }
}
