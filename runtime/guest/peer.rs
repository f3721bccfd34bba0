//! Imports of a world that take a request and return a response.

/// An import with one function, from a request to a response: a next hop, or the client for side calls.
///
/// The glue of a world has a constant of this type for each such import. Worlds that import the same
/// interface reach the same peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The name of the import: `wasi:http/origin@0.3.2`.
    pub(super) import: &'static str,
    /// The name of its module in the glue: `origin`.
    pub(super) module: &'static str,
    pub(super) is_side_call: bool,
    /// Whether the component may return the response as it is.
    pub(super) may_forward: bool,
}

impl Peer {
    /// Describes a next hop.
    pub const fn next_hop(import: &'static str, module: &'static str) -> Self {
        Peer {
            import,
            module,
            is_side_call: false,
            may_forward: true,
        }
    }

    /// Describes a client for side calls, of a world with or without a next hop.
    pub const fn client(import: &'static str, module: &'static str, has_next_hop: bool) -> Self {
        Peer {
            import,
            module,
            is_side_call: true,
            may_forward: has_next_hop,
        }
    }
}
