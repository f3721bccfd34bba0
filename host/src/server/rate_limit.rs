//! Limits on the rate of requests: of each client, or of all together.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{NotUntil, RateLimiter};

use super::client_address::ClientNetwork;
use super::{ClientAddress, Rate};

/// How many clients a generation has at most. The memory of two generations is below 6 MB.
const MAX_CLIENTS: usize = 50_000;

/// Limits the rate of all requests together.
///
/// ```
/// # use std::time::Duration;
/// # use witgen_serve::server::RateLimit;
/// let limit = RateLimit::new("2/m".parse()?);
/// assert_eq!(limit.check(), Ok(()));
/// assert_eq!(limit.check(), Ok(()));
/// assert!(limit.check().unwrap_err() <= Duration::from_secs(30));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RateLimit(RateLimiter<NotKeyed, InMemoryState, MonotonicClock>);

impl RateLimit {
    /// Creates a limit that allows a whole burst.
    pub fn new(rate: Rate) -> Self {
        RateLimit(RateLimiter::direct_with_clock(rate.quota(), MonotonicClock))
    }

    /// Counts a request.
    ///
    /// # Errors
    ///
    /// The time until the next request is allowed, if this one isn't. It doesn't count.
    pub fn check(&self) -> Result<(), Duration> {
        self.0.check().map_err(|denied| wait_time(&denied, self.0.clock()))
    }
}

/// Limits the rate of requests of each client. All addresses of an IPv6 network (/64) are one client, as are all
/// processes of this machine that are connected to Unix sockets.
///
/// Its memory is limited: at least the 50,000 clients that made the most recent requests are remembered, and at most
/// 100,000. A client that is forgotten may make a whole burst again.
pub struct ClientRateLimit(KeyedLimit<MonotonicClock>);

type KeyedLimit<C> =
    RateLimiter<ClientNetwork, RecentClients<C>, C, NoOpMiddleware<<C as Clock>::Instant>>;

impl ClientRateLimit {
    /// Creates a limit that allows each client a whole burst.
    pub fn new(rate: Rate) -> Self {
        ClientRateLimit(keyed(rate, MonotonicClock))
    }

    /// Counts a request of a client.
    ///
    /// # Errors
    ///
    /// The time until the client's next request is allowed, if this one isn't. It doesn't count.
    pub fn check(&self, client: ClientAddress) -> Result<(), Duration> {
        self.check_network(client.network())
    }

    pub(super) fn check_network(&self, network: ClientNetwork) -> Result<(), Duration> {
        let checked = self.0.check_key(&network);
        checked.map_err(|denied| wait_time(&denied, self.0.clock()))
    }
}

fn keyed<C: Clock + Clone>(rate: Rate, clock: C) -> KeyedLimit<C> {
    let store = RecentClients {
        recovery: rate.recovery(),
        start: clock.now(),
        clock: clock.clone(),
        generations: Mutex::default(),
    };
    RateLimiter::new(rate.quota(), store, clock)
}

fn wait_time<C: Clock>(denied: &NotUntil<C::Instant>, clock: &C) -> Duration {
    denied.wait_time_from(clock.now())
}

/// The state of clients that made requests recently.
struct RecentClients<C: Clock> {
    /// After this time without a request, a client is as one that has never made any.
    recovery: Duration,
    clock: C,
    start: C::Instant,
    generations: Mutex<Generations>,
}

/// The current clients, and those before them. The latter are forgotten as soon as they can't be told apart from new clients,
/// or if the limit is reached.
#[derive(Default)]
struct Generations {
    current: HashMap<ClientNetwork, Nanos>,
    previous: HashMap<ClientNetwork, Nanos>,
    /// The age of the limit when the current generation began.
    began: Duration,
}

impl Generations {
    fn begin_next(&mut self, age: Duration) {
        self.previous = std::mem::take(&mut self.current);
        self.began = age;
    }
}

impl<C: Clock> StateStore for RecentClients<C> {
    type Key = ClientNetwork;

    fn measure_and_replace<T, F, E>(&self, client: &ClientNetwork, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let age: Duration = self.clock.now().duration_since(self.start).into();
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if age.saturating_sub(generations.began) >= self.recovery {
            generations.begin_next(age);
        }
        let known = generations.current.get(client).copied();
        let known = known.or_else(|| generations.previous.get(client).copied());
        let (allowed, state) = measure(known)?;
        if generations.current.len() >= MAX_CLIENTS && !generations.current.contains_key(client) {
            generations.begin_next(age);
        }
        generations.current.insert(*client, state);
        Ok(allowed)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn client(number: u32) -> ClientNetwork {
        ClientNetwork::Ip(IpAddr::V4(Ipv4Addr::from_bits(number)))
    }

    /// A limit, and its clock.
    fn limit(rate: &str) -> (KeyedLimit<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (keyed(rate.parse().unwrap(), clock.clone()), clock)
    }

    /// How many requests of a client are allowed now.
    fn allowed(limit: &KeyedLimit<FakeRelativeClock>, number: u32) -> usize {
        (0..1000).take_while(|_| limit.check_key(&client(number)).is_ok()).count()
    }

    #[test]
    fn each_client_has_a_burst_and_then_the_rate() {
        let (limit, clock) = limit("10/s,burst=5");
        assert_eq!(allowed(&limit, 1), 5);
        assert_eq!(allowed(&limit, 2), 5);
        let denied = limit.check_key(&client(1)).unwrap_err();
        assert_eq!(wait_time(&denied, &clock), Duration::from_millis(100));
        clock.advance(Duration::from_millis(99));
        assert_eq!(allowed(&limit, 1), 0);
        clock.advance(Duration::from_millis(1));
        assert_eq!(allowed(&limit, 1), 1);
        clock.advance(Duration::from_secs(60));
        assert_eq!(allowed(&limit, 1), 5);
    }

    #[test]
    fn a_client_is_not_forgotten_as_long_as_its_requests_count() {
        let (limit, clock) = limit("1/s,burst=10");
        // At any time of a generation.
        for offset in 0..10 {
            clock.advance(Duration::from_secs(20));
            assert_eq!(allowed(&limit, 2), 10);
            clock.advance(Duration::from_secs(offset));
            assert_eq!(allowed(&limit, 1), 10, "{offset}");
            for second in 0..9 {
                clock.advance(Duration::from_secs(1));
                assert_eq!(allowed(&limit, 3), if second == 0 { 10 } else { 1 });
            }
            assert_eq!(allowed(&limit, 1), 9, "{offset}");
            clock.advance(Duration::from_secs(20));
        }
    }

    #[test]
    fn memory_is_limited_whoever_comes() {
        let (limit, _) = limit("1/h");
        for number in 0..300_000 {
            assert_eq!(allowed(&limit, number), 1);
        }
        // The most recent ones are remembered.
        assert_eq!(allowed(&limit, 299_999), 0);
        assert_eq!(allowed(&limit, 260_000), 0);
        assert!(count(limit) <= 2 * MAX_CLIENTS);
    }

    #[test]
    fn old_clients_are_forgotten() {
        let (limit, clock) = limit("1/m");
        for number in 0..1000 {
            assert_eq!(allowed(&limit, number), 1);
        }
        for number in 0..2 {
            clock.advance(Duration::from_secs(60));
            assert_eq!(allowed(&limit, number), 1);
        }
        assert_eq!(count(limit), 2);
    }

    /// How many clients are remembered.
    fn count(limit: KeyedLimit<FakeRelativeClock>) -> usize {
        let generations = limit.into_state_store().generations.into_inner().unwrap();
        generations.current.len() + generations.previous.len()
    }
}
