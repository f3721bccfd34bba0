//! Events of a server.

use std::io;

use http::HeaderMap;

use super::{ClientAddress, Exchange, ProxyHeaderError};

/// Receives server events. By default, each event is ignored.
pub trait Observer: Send + Sync + 'static {
    /// Called when a connection was accepted (1) or closed (-1).
    fn connections(&self, change: i64) {
        let _ = change;
    }

    /// Called when a request arrives, before it is validated. Observers may add to the exchange's extensions and change the headers
    /// of the request.
    fn begun(&self, exchange: &mut Exchange, headers: &mut HeaderMap) {
        let _ = (exchange, headers);
    }

    /// Called when a response is ready to be sent. Observers may add to its headers.
    fn responding(&self, exchange: &Exchange, headers: &mut HeaderMap) {
        let _ = (exchange, headers);
    }

    /// Called when a response has been sent, or its client has disconnected.
    fn ended(&self, exchange: &Exchange) {
        let _ = exchange;
    }

    /// Called for malformed HTTP/1.1 requests, after the client received an error response. The connection is closed.
    fn invalid(&self, client: ClientAddress, error: &hyper::Error) {
        let _ = (client, error);
    }

    /// Called when a connection is closed because it doesn't begin as the listener requires; see
    /// [`Listener::proxy_protocol`](super::Listener::proxy_protocol). `client` is who made the connection.
    fn unproxied(&self, client: ClientAddress, error: ProxyHeaderError) {
        let _ = (client, error);
    }

    /// Called when a limit rejects something. `resource` is `connections` or `requests`; `rate` for a request of a client above
    /// its rate; `route-rate` for a request to a route above its rate. It is `resets` for a connection that is closed because
    /// its client has cancelled more requests than allowed.
    fn overloaded(&self, resource: &'static str) {
        let _ = resource;
    }

    /// Called when an idle connection or a request of a slow client makes room for others; `resource` is `connections` or
    /// `requests`.
    fn evicted(&self, resource: &'static str) {
        let _ = resource;
    }

    /// Called when the operating system can't accept another connection for now.
    fn exhausted(&self, error: &io::Error) {
        let _ = error;
    }
}

impl Observer for () {}
