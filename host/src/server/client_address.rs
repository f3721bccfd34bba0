//! The addresses of clients.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The address of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientAddress {
    /// That of the connection, or the one that a trusted proxy gave by the PROXY protocol. IPv4-mapped IPv6 addresses are
    /// IPv4 here.
    Ip(SocketAddr),
    /// The client is a process of this machine, connected to a Unix socket.
    Unix,
}

impl ClientAddress {
    /// Returns the IP address, if there is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            ClientAddress::Ip(address) => Some(address.ip()),
            ClientAddress::Unix => None,
        }
    }

    /// Returns what all addresses of a client have in common: a network of IPv6 usually belongs to one client (RFC 6177).
    /// All processes of this machine are one client.
    pub(super) fn network(&self) -> ClientNetwork {
        match self.ip().map(|address| address.to_canonical()) {
            Some(IpAddr::V6(address)) => {
                let network = address.to_bits() & (u128::MAX << 64);
                ClientNetwork::Ip(Ipv6Addr::from_bits(network).into())
            }
            Some(address) => ClientNetwork::Ip(address),
            None => ClientNetwork::Unix,
        }
    }
}

impl From<SocketAddr> for ClientAddress {
    fn from(address: SocketAddr) -> Self {
        let ip = address.ip().to_canonical();
        ClientAddress::Ip(SocketAddr::new(ip, address.port()))
    }
}

/// Writes `192.0.2.1:4000`, `[2001:db8::1]:4000` or `unix`.
impl fmt::Display for ClientAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientAddress::Ip(address) => address.fmt(formatter),
            ClientAddress::Unix => formatter.write_str("unix"),
        }
    }
}

/// The common part of all addresses of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ClientNetwork {
    Ip(IpAddr),
    /// A trusted proxy, with its whole address: others of its network aren't trusted.
    Trusted(IpAddr),
    Unix,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_client() {
        let network = |ip: &str| {
            let ip: IpAddr = ip.parse().unwrap();
            ClientAddress::Ip(SocketAddr::new(ip, 1)).network()
        };
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:2"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(ClientAddress::Unix.network(), network("127.0.0.1"));
    }
}
