//! Where on the network the names of servers lead, and may lead.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec;

use http::Uri;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower_service::Service;

/// Which addresses may be connected to; all, unless it is said.
#[derive(Clone, Default)]
pub(super) struct Addresses(pub Option<Arc<dyn Fn(IpAddr) -> bool + Send + Sync>>);

impl Addresses {
    fn has(&self, address: IpAddr) -> bool {
        self.0.as_ref().is_none_or(|allowed| allowed(address))
    }

    /// Whether a URL names, instead of a host, an address that may not be connected to.
    pub fn refuse(&self, uri: &Uri) -> bool {
        let host = uri.host().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        literal
            .parse()
            .is_ok_and(|address: IpAddr| !self.has(address))
    }
}

/// A name leads to no address that may be connected to.
#[derive(Debug)]
pub(super) struct Prohibited;

impl fmt::Display for Prohibited {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the host has no address that may be connected to")
    }
}

impl Error for Prohibited {}

/// Finds the addresses of a host by the system, and leaves out those that may not be connected to: what is
/// checked is what is connected to, however often the name's addresses change.
#[derive(Clone)]
pub(super) struct Resolver {
    pub system: GaiResolver,
    pub addresses: Addresses,
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.system.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let found = self.system.call(name);
        let addresses = self.addresses.clone();
        Box::pin(async move {
            let found: Vec<_> = found.await?.collect();
            let is_found = !found.is_empty();
            let allowed = found.into_iter();
            let allowed: Vec<_> = allowed.filter(|found| addresses.has(found.ip())).collect();
            if is_found && allowed.is_empty() {
                return Err(io::Error::other(Prohibited));
            }
            Ok(allowed.into_iter())
        })
    }
}
