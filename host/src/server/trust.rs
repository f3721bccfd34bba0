//! Which clients are proxies that pass on the requests of many clients.

use std::net::IpAddr;
use std::sync::Arc;

use super::ClientAddress;

/// Which clients are proxies that pass on the requests of many clients; by default none.
#[derive(Clone, Default)]
pub(super) struct Trust {
    pub addresses: Option<Arc<dyn Fn(IpAddr) -> bool + Send + Sync>>,
    pub unix: bool,
}

impl Trust {
    pub fn includes(&self, client: ClientAddress) -> bool {
        match (client.ip(), &self.addresses) {
            (Some(address), Some(is_trusted)) => is_trusted(address),
            (Some(_), None) => false,
            (None, _) => self.unix,
        }
    }
}
