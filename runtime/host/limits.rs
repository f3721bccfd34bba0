//! The limits of an instance: memory, time, and what the host keeps for it.

use std::time::Duration;

/// What a component may use of its host. What it is refused, and what it is ended for, is its own affair:
/// other instances don't notice.
///
/// ```ignore
/// builder.limits(Limits {
///     memory: 64 << 20,
///     response: Duration::from_secs(5),
///     ..Limits::default()
/// })
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes all linear memories of an instance have together; 256 MiB by default.
    ///
    /// `memory.grow` fails beyond. What most languages make of that is a trap: the requests in the
    /// instance end with `internal-error`.
    pub memory: usize,
    /// How many elements all tables of an instance have together; 1,000,000 by default.
    pub table_elements: usize,
    /// How many resources the host keeps for an instance at a time: requests, responses, fields;
    /// 10,000 by default. One more is a trap.
    pub resources: usize,
    /// How many requests of an instance are under way at a time, by its next hop and on the side, until
    /// their responses are read or dropped; 256 by default. One more fails with
    /// `connection-limit-reached`.
    pub calls: usize,
    /// How many bytes the names and values of one `fields` have together, as wasmtime counts them;
    /// 128 KiB by default. More is refused with `header-error.size-exceeded`.
    pub fields: usize,
    /// How long a request may take until there is a response; 30 s by default.
    ///
    /// The caller sees `HTTP-response-timeout` then. The instance takes no further requests, and ends
    /// when those that are in it have ended.
    pub response: Duration,
    /// How long a component may compute without a pause; 2 s by default, and as exact as 10 ms. The time that it
    /// waits for its turn doesn't count.
    ///
    /// Nothing else in its instance goes on meanwhile, and requests that have come to it wait. What
    /// computes for longer is ended by a trap.
    pub computing: Duration,
    /// How long an instance may go on behind the last response in it: until bodies are through, and
    /// what the component does afterwards is done; 10 minutes by default.
    ///
    /// Bodies that are still on their way end with an error then. What is held for a client that has gone
    /// away comes back after this at the latest.
    pub afterwards: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: 256 << 20,
            table_elements: 1_000_000,
            resources: 10_000,
            calls: 256,
            fields: 128 << 10,
            response: Duration::from_secs(30),
            computing: Duration::from_secs(2),
            afterwards: Duration::from_secs(600),
        }
    }
}

impl Limits {
    /// The limit that is zero, which nothing could be done with.
    pub(super) fn zero(&self) -> Option<&'static str> {
        let limits = [
            ("memory", self.memory == 0),
            ("resources", self.resources == 0),
            ("calls", self.calls == 0),
            ("fields", self.fields == 0),
            ("response", self.response.is_zero()),
            ("computing", self.computing.is_zero()),
            ("afterwards", self.afterwards.is_zero()),
        ];
        let zero = limits.iter().find(|(_, is_zero)| *is_zero);
        zero.map(|(name, _)| *name)
    }
}
