//! Tests without a wasm runtime: closures answer the requests that the component sends.
//!
//! ```ignore
//! #[test]
//! fn it_answers() {
{%- if hops.is_empty() %}
//!     let response = testing::block_on(Stamp::handle(request)).unwrap();
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
pub use super::runtime::testing::{Reads, block_on, counted};
{%- if !hops.is_empty() %}

/// The peers that the code under test can reach; none until they are added.
#[derive(Clone, Debug, Default)]
#[must_use = "only the future that is passed to `run` or `around` can reach the peers"]
pub struct Peers(testing::Peers);

/// Returns no peers, to add some to.
pub fn with() -> Peers {
    Peers::default()
}

impl Peers {
{%- for hop in hops %}
    /// Answers `{{ hop.import.name }}::{{ hop.import.function }}`, with a closure or the handler of another component:
    /// `.{{ hop.import.name }}(Other::handle)`.
    pub fn {{ hop.import.name }}<F>(self, answer: impl Fn(Request) -> F + 'static) -> Self
    where
        F: Future<Output = Result<Response, ErrorCode>> + 'static,
    {
        Peers(self.0.answer(&{{ hop.import.name }}::PEER, answer))
    }
{% endfor %}
    /// Adds the peers of another world, for code that uses both.
    pub fn and(self, others: impl Into<testing::Peers>) -> Self {
        Peers(self.0.and(others))
    }

    /// Runs a future to its end on this thread, with these peers.
    pub fn run<F: Future>(self, future: F) -> F::Output {
        self.0.run(future)
    }

    /// Returns a future that has these peers wherever it is polled, for tests with an executor.
    pub fn around<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        self.0.around(future)
    }
}

impl From<Peers> for testing::Peers {
    fn from(peers: Peers) -> Self {
        peers.0
    }
}
{%- endif %}
