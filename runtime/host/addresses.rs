//! Which addresses requests may connect to.

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

/// The addresses that may be connected to; by default all.
#[derive(Clone, Default)]
pub(super) struct Addresses(pub Option<Arc<dyn Fn(IpAddr) -> bool + Send + Sync>>);

impl Addresses {
    fn allows(&self, address: IpAddr) -> bool {
        self.0.as_ref().is_none_or(|allowed| allowed(address))
    }

    /// Whether the host of a URL is an address that may not be connected to.
    pub fn prohibit(&self, uri: &Uri) -> bool {
        let host = uri.host().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        literal
            .parse()
            .is_ok_and(|address: IpAddr| !self.allows(address))
    }
}

/// The error of a host that has only addresses that may not be connected to.
#[derive(Debug)]
pub(super) struct Prohibited;

impl fmt::Display for Prohibited {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no address of the host is allowed")
    }
}

impl Error for Prohibited {}

/// Resolves hosts with the system's resolver, without the addresses that may not be connected to. The addresses that
/// are checked are those that are connected to, even if the host's addresses change meanwhile.
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
        let resolution = self.system.call(name);
        let addresses = self.addresses.clone();
        Box::pin(async move {
            let resolved: Vec<_> = resolution.await?.collect();
            let has_any = !resolved.is_empty();
            let allowed: Vec<_> = resolved
                .into_iter()
                .filter(|address| addresses.allows(address.ip()))
                .collect();
            if has_any && allowed.is_empty() {
                return Err(io::Error::other(Prohibited));
            }
            Ok(allowed.into_iter())
        })
    }
}
