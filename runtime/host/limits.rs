//! The limits of an instance: memory, time, and what the host keeps for it.

use std::time::Duration;

/// The limits of a component. A component that exceeds a limit affects no other instance.
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
    /// `memory.grow` fails beyond. Most languages trap then: the requests in the instance end with `internal-error`.
    pub memory: usize,
    /// How many elements all tables of an instance have together; 1,000,000 by default.
    pub table_elements: usize,
    /// How many resources the host keeps for an instance at a time: requests, responses, fields;
    /// 10,000 by default. One more is a trap.
    pub resources: usize,
    /// How many requests an instance may send at a time, to next hops and as side calls, until their responses are
    /// read or dropped; 256 by default. One more fails with `connection-limit-reached`.
    pub calls: usize,
    /// How many bytes the names and values of one `fields` have together, as wasmtime counts them;
    /// 128 KiB by default. More is refused with `header-error.size-exceeded`.
    pub fields: usize,
    /// How long a request may take until there is a response; 30 s by default.
    ///
    /// The caller sees `HTTP-response-timeout` then. The instance takes no further requests, and ends
    /// when those that are in it have ended.
    pub response: Duration,
    /// How long a component may compute without a pause; 2 s by default, accurate to 10 ms. The time that it
    /// waits for its turn doesn't count.
    ///
    /// The other requests of its instance wait meanwhile. A component that computes for longer traps.
    pub cpu: Duration,
    /// How long an instance may run after its last response, to transmit bodies and to finish its own work;
    /// 10 minutes by default.
    ///
    /// Bodies that are still being transmitted end with an error then. This is also the longest time that resources are
    /// held for a client that has gone away.
    pub post_response: Duration,
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
            cpu: Duration::from_secs(2),
            post_response: Duration::from_secs(600),
        }
    }
}

impl Limits {
    /// Returns the name of a limit that is zero, with which no request could be handled.
    pub(super) fn zero(&self) -> Option<&'static str> {
        let limits = [
            ("memory", self.memory == 0),
            ("resources", self.resources == 0),
            ("calls", self.calls == 0),
            ("fields", self.fields == 0),
            ("response", self.response.is_zero()),
            ("cpu", self.cpu.is_zero()),
            ("post_response", self.post_response.is_zero()),
        ];
        limits
            .iter()
            .find(|(_, is_zero)| *is_zero)
            .map(|(name, _)| *name)
    }
}
