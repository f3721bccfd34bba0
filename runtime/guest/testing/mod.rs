//! Tests without a wasm runtime: the test plays the host.
//!
//! The module `testing` of a world's glue has a method for each peer of that world.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::peer::Peer;
use super::{ErrorCode, Request, Response};

mod block_on;
mod clock;
mod output;
mod random;
mod reads;

pub use block_on::block_on;
pub use clock::Clock;
pub use output::{Output, Stream};
pub use random::Random;
pub use reads::{Reads, counted};

type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response, ErrorCode>>>>;
type Answer = Rc<dyn Fn(Request) -> ResponseFuture>;

thread_local! {
    /// The host of the code that is being polled on this thread.
    static CURRENT: RefCell<Option<Host>> = const { RefCell::new(None) };
}

/// The host of the code under test: its peers, clock, random numbers and environment variables.
///
/// A call to a peer that it doesn't have panics.
#[derive(Clone, Default)]
#[must_use = "only the future that is passed to `run` or `around` has this host"]
pub struct Host {
    /// By the name of the import.
    answers: BTreeMap<&'static str, Answer>,
    clock: Clock,
    random: Rc<Random>,
    variables: BTreeMap<String, String>,
    output: Output,
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Host")
            .field("peers", &self.answers.keys())
            .field("clock", &self.clock)
            .field("random", &self.random)
            .field("variables", &self.variables)
            .finish()
    }
}

impl Host {
    /// Adds a peer, or replaces it.
    pub fn answer<F>(mut self, peer: &Peer, answer: impl Fn(Request) -> F + 'static) -> Self
    where
        F: Future<Output = Result<Response, ErrorCode>> + 'static,
    {
        let answer: Answer = Rc::new(move |request| Box::pin(answer(request)));
        self.answers.insert(peer.import, answer);
        self
    }

    /// Uses a clock that the test can set. Without it, the host has one of its own.
    pub fn clock(mut self, clock: &Clock) -> Self {
        self.clock = clock.clone();
        self
    }

    /// Sets the seed of the random numbers, which is 0 otherwise.
    pub fn random_seed(mut self, seed: u64) -> Self {
        self.random = Rc::new(Random::with_seed(seed));
        self
    }

    /// Sets an environment variable.
    pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Collects what the code under test prints through the module `output`.
    pub fn output(mut self, output: &Output) -> Self {
        self.output = output.clone();
        self
    }

    /// Adds the peers and the variables of another host, which replace those of the same name.
    pub fn and(mut self, other: impl Into<Host>) -> Self {
        let other = other.into();
        self.answers.extend(other.answers);
        self.variables.extend(other.variables);
        self
    }

    /// Runs a future on this thread until it is ready, with this host.
    ///
    /// Whenever nothing is left to do but to wait for the clock, the clock jumps to the end of the shortest wait.
    pub fn run<F: Future>(self, future: F) -> F::Output {
        let clock = self.clock.clone();
        block_on::run(self.around(future), || clock.skip_to_next_wait())
    }

    /// Returns a future that has this host wherever it is polled, for tests with an executor. Its clock only advances
    /// if the test advances it.
    pub fn around<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        let mut future = Box::pin(future);
        std::future::poll_fn(move |context| {
            let _outer = Outer(CURRENT.replace(Some(self.clone())));
            future.as_mut().poll(context)
        })
    }
}

/// Restores the host that there was before, also when a test panics.
struct Outer(Option<Host>);

impl Drop for Outer {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Calls a function with the current host.
///
/// # Panics
///
/// If there is none.
fn with_current<T>(wanted: &str, function: impl FnOnce(&Host) -> T) -> T {
    CURRENT.with_borrow(|host| match host {
        Some(host) => function(host),
        None => panic!("no {wanted} outside of `testing::with().run(…)`"),
    })
}

/// Handles a request that the code under test sends.
///
/// # Panics
///
/// If the test doesn't have this peer.
pub(super) async fn answer(peer: &Peer, request: Request) -> Result<Response, ErrorCode> {
    let module = peer.module;
    let wanted = CURRENT.with_borrow(|host| host.as_ref()?.answers.get(peer.import).cloned());
    let Some(answer) = wanted else {
        panic!("this test has no `{module}`: add one with `testing::with().{module}(…).run(…)`");
    };
    answer(request).await
}

/// Returns an environment variable.
///
/// # Panics
///
/// If there is no host.
pub fn var(name: &str) -> Option<String> {
    with_current("environment variables", |host| {
        host.variables.get(name).cloned()
    })
}

/// Returns all environment variables.
///
/// # Panics
///
/// If there is no host.
pub fn vars() -> Vec<(String, String)> {
    with_current("environment variables", |host| {
        host.variables.clone().into_iter().collect()
    })
}

/// Writes to an output.
///
/// # Panics
///
/// If there is no host.
pub fn print(stream: Stream, bytes: &[u8]) {
    with_current("output", |host| host.output.write(stream, bytes));
}

/// Returns what the clock shows.
///
/// # Panics
///
/// If there is no host.
pub fn now() -> Duration {
    with_current("clock", |host| host.clock.now())
}

/// Returns what the system's clock shows.
///
/// # Panics
///
/// If there is no host.
pub fn system_time() -> SystemTime {
    with_current("clock", |host| host.clock.system_time())
}

/// Waits until the clock shows this time.
///
/// # Panics
///
/// If there is no host.
pub async fn wait_until(end: Duration) {
    with_current("clock", |host| host.clock.wait_until(end)).await;
}

/// Calls a function with the source of random numbers.
///
/// # Panics
///
/// If there is no host.
pub fn random<T>(function: impl FnOnce(&Random) -> T) -> T {
    with_current("random numbers", |host| function(&host.random))
}
