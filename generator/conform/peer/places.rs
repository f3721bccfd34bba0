//! Addresses, which cases name by placeholders.

use std::net::{SocketAddr, TcpListener};

/// The addresses of a run.
#[derive(Clone, Debug)]
pub struct Places {
    /// Where the host listens.
    pub address: SocketAddr,
    /// The next hop.
    pub origin: SocketAddr,
    /// The server of side calls.
    pub side: SocketAddr,
    /// An address without a listener.
    pub refused: SocketAddr,
}

impl Places {
    fn pairs(&self) -> [(&'static str, String); 4] {
        [
            ("{address}", self.address.to_string()),
            ("{origin}", self.origin.to_string()),
            ("{side}", self.side.to_string()),
            ("{refused}", self.refused.to_string()),
        ]
    }

    /// Replaces placeholders by addresses.
    pub fn fill(&self, text: &str) -> String {
        let replace = |text: String, (name, address): (&str, String)| text.replace(name, &address);
        self.pairs().into_iter().fold(text.to_owned(), replace)
    }

    /// Replaces addresses by placeholders, so that results are the same at every run.
    pub fn unfill(&self, text: &str) -> String {
        let replace = |text: String, (name, address): (&str, String)| text.replace(&address, name);
        self.pairs().into_iter().fold(text.to_owned(), replace)
    }
}

/// Returns an address of loopback that is free now.
pub fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}
