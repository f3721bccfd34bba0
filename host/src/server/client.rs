//! The client of a connection.

use super::client_address::ClientAddress;

/// The client of a connection.
#[derive(Clone, Copy)]
pub(super) struct Client {
    pub address: ClientAddress,
    pub is_tls: bool,
}
