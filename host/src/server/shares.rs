//! The connections and requests of a client.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::client_address::ClientNetwork;

/// The address of clients. All addresses of a client's IPv6 network are one.
pub(super) struct Address {
    pub network: ClientNetwork,
    /// Whether it is a proxy, whose requests are those of many clients.
    pub is_trusted: bool,
    /// Requests in flight, and those that a component still handles though their clients have gone.
    requests: AtomicUsize,
}

impl Address {
    pub fn new(network: ClientNetwork, is_trusted: bool) -> Self {
        Address {
            network,
            is_trusted,
            requests: AtomicUsize::new(0),
        }
    }

    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// Counts a request for an address, until it is released, and for the server, until it is dropped.
pub(super) struct Share {
    address: Arc<Address>,
    server: Count,
    is_released: AtomicBool,
}

impl Share {
    /// Counts a request in `server`, the number of all shares.
    pub fn new(address: Arc<Address>, server: Count) -> Self {
        address.requests.fetch_add(1, Ordering::Relaxed);
        server.fetch_add(1, Ordering::Relaxed);
        Share {
            address,
            server,
            is_released: AtomicBool::new(false),
        }
    }

    pub fn release(&self) {
        if !self.is_released.swap(true, Ordering::Relaxed) {
            self.address.requests.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.release();
        // The component may still handle a request that was released because it was cut off.
        self.server.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A number of requests.
pub(super) type Count = Arc<AtomicUsize>;

/// Counts a request for the server and for a connection, until it is dropped.
pub(super) struct Slot {
    server: Count,
    connection: Count,
}

impl Slot {
    /// Counts a request for a connection. The server's number includes it already.
    pub fn new(server: Count, connection: Count) -> Self {
        connection.fetch_add(1, Ordering::Relaxed);
        Slot { server, connection }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.server.fetch_sub(1, Ordering::Relaxed);
        self.connection.fetch_sub(1, Ordering::Relaxed);
    }
}
