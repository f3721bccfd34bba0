//! Tests without a wasm runtime: the test plays the host.
//!
//! ```ignore
//! #[test]
//! fn it_answers() {
{%- if hops.is_empty() %}
//!     let response = testing::with().run(Stamp::handle(request)).unwrap();
{%- else %}
//!     let response = testing::with()
{%- for hop in hops %}
//!         .{{ hop.import.name }}(async |_| Ok(Response::new("from the {{ hop.import.name }}".into())))
{%- endfor %}
//!         .run(Stamp::handle(request))
//!         .unwrap();
{%- endif %}
//! }
//! ```
{% if !hops.is_empty() %}
use std::future::Future;

{% for hop in hops_by_name -%}
use super::{{ hop.import.name }};
{% endfor -%}
use super::runtime::{ErrorCode, Request, Response, testing};
{% endif %}
pub use super::runtime::testing::{Clock, Output, Reads, block_on, counted};
{%- if hops.is_empty() %}
pub use super::runtime::testing::Host;

/// Returns a host with a clock, random numbers and no environment variables.
pub fn with() -> Host {
    Host::default()
}
{%- else %}

/// The host of the code under test: its peers, clock, random numbers and environment variables.
///
/// A call to a peer that it doesn't have panics.
#[derive(Clone, Debug, Default)]
#[must_use = "only the future that is passed to `run` or `around` has this host"]
pub struct Host(testing::Host);

/// Returns a host with a clock, random numbers and no environment variables, to which peers can be added.
pub fn with() -> Host {
    Host::default()
}

impl Host {
{%- for hop in hops %}
    /// Handles calls of `{{ hop.import.name }}::{{ hop.import.function }}`, with a closure or the handler of another component:
    /// `.{{ hop.import.name }}(Other::handle)`.
    pub fn {{ hop.import.name }}<F>(self, answer: impl Fn(Request) -> F + 'static) -> Self
    where
        F: Future<Output = Result<Response, ErrorCode>> + 'static,
    {
        Host(self.0.answer(&{{ hop.import.name }}::PEER, answer))
    }
{% endfor %}
    /// Uses a clock that the test can set. Without it, the host has one of its own.
    pub fn clock(self, clock: &Clock) -> Self {
        Host(self.0.clock(clock))
    }

    /// Sets the seed of the random numbers, which is 0 otherwise.
    pub fn random_seed(self, seed: u64) -> Self {
        Host(self.0.random_seed(seed))
    }

    /// Sets an environment variable.
    pub fn var(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Host(self.0.var(name, value))
    }

    /// Collects what the code under test prints through the module `output`.
    pub fn output(self, output: &Output) -> Self {
        Host(self.0.output(output))
    }

    /// Adds the peers and the variables of another world's host, for code that uses both worlds.
    pub fn and(self, other: impl Into<testing::Host>) -> Self {
        Host(self.0.and(other))
    }

    /// Runs a future on this thread until it is ready, with this host.
    ///
    /// Whenever nothing is left to do but to wait for the clock, the clock jumps to the end of the shortest wait.
    pub fn run<F: Future>(self, future: F) -> F::Output {
        self.0.run(future)
    }

    /// Returns a future that has this host wherever it is polled, for tests with an executor. Its clock only advances
    /// if the test advances it.
    pub fn around<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        self.0.around(future)
    }
}

impl From<Host> for testing::Host {
    fn from(host: Host) -> Self {
        host.0
    }
}
{%- endif %}
