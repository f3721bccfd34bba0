//! What a server tells of itself.

use std::io;
use std::net::SocketAddr;

use super::Exchange;

/// Receives server events.
pub trait Observer: Send + Sync + 'static {
    /// So many more connections, or less.
    fn connections(&self, change: i64) {
        let _ = change;
    }

    /// A request has come that the component is given.
    fn begun(&self, exchange: &Exchange) {
        let _ = exchange;
    }

    /// A response has been sent, or its client has gone away.
    fn ended(&self, exchange: &Exchange) {
        let _ = exchange;
    }

    /// What has come is no request, by HTTP/1.1: its client has been told so, and the connection is closed.
    fn invalid(&self, client: SocketAddr, error: &hyper::Error) {
        let _ = (client, error);
    }

    /// There are too many `connections`, or `requests`.
    fn overloaded(&self, of_what: &'static str) {
        let _ = of_what;
    }

    /// The system has nothing left for another connection, which has to wait.
    fn exhausted(&self, error: &io::Error) {
        let _ = error;
    }
}

impl Observer for () {}
