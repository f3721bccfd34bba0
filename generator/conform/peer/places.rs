//! Addresses, which cases name by placeholders.

use std::net::{SocketAddr, TcpListener};

/// The placeholder of an address that doesn't respond.
pub const SILENT: &str = "{silent}";

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
    /// An address that doesn't respond, if the operating system has one.
    pub silent: Option<SocketAddr>,
}

impl Places {
    fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        let pairs = [
            ("{address}", Some(self.address)),
            ("{origin}", Some(self.origin)),
            ("{side}", Some(self.side)),
            ("{refused}", Some(self.refused)),
            (SILENT, self.silent),
        ];
        pairs
            .into_iter()
            .filter_map(|(name, address)| Some((name, address?.to_string())))
    }

    /// Replaces placeholders by addresses.
    pub fn fill(&self, text: &str) -> String {
        let replace = |text: String, (name, address): (&str, String)| text.replace(name, &address);
        self.pairs().fold(text.to_owned(), replace)
    }

    /// Replaces addresses by placeholders, so that results are the same at every run.
    pub fn unfill(&self, text: &str) -> String {
        let replace = |text: String, (name, address): (&str, String)| text.replace(&address, name);
        self.pairs().fold(text.to_owned(), replace)
    }
}

/// Returns an address of loopback that is free now.
pub fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}
