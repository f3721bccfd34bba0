//! All clients of a server: what each may use, and which ones make room for others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::activity::{Activity, InFlight};
use super::client_address::ClientNetwork;
use super::shares::{Address, Count, Share, Slot};
use super::trust::Trust;
use super::{ClientAddress, ClientRateLimit, Observer, Rate, ServerLimits};

/// A client may use this many times what is still free. With one client, a quarter stays free, with two of them a
/// seventh, and so on.
const SHARE: usize = 3;
/// A connection may have this part of its client's remaining requests.
const CONNECTION_SHARE_DIVISOR: usize = 2;
/// How long a connection must have been idle before it makes room for another one.
const IDLE_PATIENCE: Duration = Duration::from_secs(1);
/// How far a client must be behind the minimum rate before its request makes room for another one.
const SLOW_PATIENCE: Duration = Duration::from_millis(250);
/// Which part of a limit is made free at a time, because looking for it takes time.
const EVICTION_DIVISOR: usize = 64;
/// If nothing can make room, nothing is looked for in this time.
const SEARCH_INTERVAL: Duration = Duration::from_millis(25);

/// All clients of a server.
pub(super) struct Clients {
    settings: RwLock<Arc<Settings>>,
    max_requests: AtomicUsize,
    max_handled: AtomicUsize,
    requests: Count,
    /// Requests in flight, and those that a component still handles although their clients have disconnected.
    shares: Count,
    search: Search,
    state: Mutex<State>,
}

/// The limits of clients.
pub(super) struct ClientSettings {
    pub limits: ServerLimits,
    pub trust: Trust,
    pub rate: Option<Rate>,
    pub observer: Arc<dyn Observer>,
}

/// The settings that can be replaced while the server runs.
struct Settings {
    max_connections: usize,
    stall_time: Duration,
    trust: Trust,
    rate_limit: Option<(Rate, Arc<ClientRateLimit>)>,
    observer: Arc<dyn Observer>,
}

impl Settings {
    /// If the rate of `previous` is the same, what clients have used of it still counts.
    fn new(settings: ClientSettings, previous: Option<&Settings>) -> Self {
        let previous = previous.and_then(|previous| previous.rate_limit.clone());
        let rate_limit = settings.rate.map(|rate| {
            let same = previous.filter(|(previous, _)| *previous == rate);
            same.unwrap_or_else(|| (rate, Arc::new(ClientRateLimit::new(rate))))
        });
        Settings {
            max_connections: settings.limits.connections,
            stall_time: settings.limits.stall_time,
            trust: settings.trust,
            rate_limit,
            observer: settings.observer,
        }
    }
}

struct State {
    next_number: u64,
    connections: usize,
    clients: HashMap<ClientNetwork, Client>,
}

/// A client with its connections.
struct Client {
    address: Arc<Address>,
    connections: HashMap<u64, Activity>,
    search: Arc<Search>,
}

/// When something was last looked for that can make room, without success.
struct Search {
    began: Instant,
    failed: AtomicU64,
}

impl Search {
    fn new() -> Self {
        Search {
            began: Instant::now(),
            failed: AtomicU64::new(0),
        }
    }

    fn now(&self) -> u64 {
        let now = self.began.elapsed() + SEARCH_INTERVAL;
        u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
    }

    fn is_due(&self) -> bool {
        let failed = Duration::from_millis(self.failed.load(Ordering::Relaxed));
        Duration::from_millis(self.now()).saturating_sub(failed) >= SEARCH_INTERVAL
    }

    fn record_failure(&self) {
        self.failed.store(self.now(), Ordering::Relaxed);
    }
}

/// The limited resource.
#[derive(Clone, Copy)]
enum Shortage {
    /// Of everything.
    Server,
    /// Of what is left to a client.
    Client,
    /// Of what is left to a connection.
    Connection,
}

impl Clients {
    pub fn new(settings: ClientSettings) -> Self {
        Clients {
            max_requests: AtomicUsize::new(settings.limits.requests),
            max_handled: AtomicUsize::new(settings.limits.handled()),
            settings: RwLock::new(Arc::new(Settings::new(settings, None))),
            requests: Count::default(),
            shares: Count::default(),
            search: Search::new(),
            state: Mutex::new(State {
                next_number: 0,
                connections: 0,
                clients: HashMap::new(),
            }),
        }
    }

    /// Replaces the limits. Connections and requests that exist stay, even if there are more.
    pub fn reconfigure(&self, settings: ClientSettings) {
        self.max_requests.store(settings.limits.requests, Ordering::Relaxed);
        self.max_handled.store(settings.limits.handled(), Ordering::Relaxed);
        let settings = Settings::new(settings, Some(&self.settings()));
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    /// Counts a request by the rate of its client, unless that is a trusted proxy.
    ///
    /// # Errors
    ///
    /// The time until the client's next request is allowed, if this one isn't.
    pub fn check_rate(&self, address: &Address) -> Result<(), Duration> {
        let settings = self.settings.read().unwrap_or_else(PoisonError::into_inner);
        match &settings.rate_limit {
            Some((_, limit)) if !address.is_trusted => limit.check_network(address.network),
            _ => Ok(()),
        }
    }

    fn settings(&self) -> Arc<Settings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection, which counts until the returned value is dropped. `None` if the limit is reached, and no connection
    /// can make room.
    pub fn connect(self: &Arc<Self>, address: ClientAddress) -> Option<Connected> {
        let settings = self.settings();
        let is_trusted = settings.trust.includes(address);
        let network = match address.ip() {
            Some(ip) if is_trusted => ClientNetwork::Trusted(ip),
            _ => address.network(),
        };
        let mut state = self.state();
        state.forget_clients();
        let shortage = |state: &State| {
            state.connection_shortage(settings.max_connections, network, is_trusted)
        };
        if let Some(kind) = shortage(&state) {
            self.evict_connections(&settings, &mut state, kind, network);
            if shortage(&state).is_some() {
                return None;
            }
        }
        let number = state.next_number;
        state.next_number += 1;
        state.connections += 1;
        let client = state.clients.entry(network);
        let client = client.or_insert_with(|| Client::new(network, is_trusted));
        if client.address.is_trusted != is_trusted {
            // Its earlier connections keep what they had.
            client.address = Arc::new(Address::new(network, is_trusted));
        }
        let activity = Activity::new(client.address.clone(), settings.stall_time);
        client.connections.insert(number, activity.clone());
        Some(Connected {
            clients: self.clone(),
            network,
            number,
            activity,
        })
    }

    /// Closes connections that have been idle for the longest time.
    fn evict_connections(
        &self,
        settings: &Settings,
        state: &mut State,
        shortage: Shortage,
        network: ClientNetwork,
    ) {
        let search = match shortage {
            Shortage::Server => None,
            _ => state.clients.get(&network).map(|client| client.search.clone()),
        };
        let search = search.as_deref().unwrap_or(&self.search);
        if !search.is_due() {
            return;
        }
        let idle =
            state
                .connections_in(shortage, network)
                .filter_map(|(network, number, activity)| {
                    let idle_time = activity.idle_time()?;
                    (idle_time >= IDLE_PATIENCE).then_some((idle_time, network, number))
                });
        let mut idle: Vec<_> = idle.collect();
        idle.sort_unstable_by(|a, b| b.cmp(a));
        idle.truncate((settings.max_connections / EVICTION_DIVISOR).max(1));
        for (_, network, number) in &idle {
            if let Some(activity) = state.remove(*network, *number) {
                settings.observer.evicted("connections");
                activity.close();
            }
        }
        if idle.is_empty() {
            search.record_failure();
        }
    }

    /// Counts a request while it is in flight. Returns whether there is room for it.
    pub fn admit(&self, request: &InFlight) -> bool {
        let shortage = match self.try_admit(request) {
            Ok(()) => return true,
            Err(shortage) => shortage,
        };
        self.evict_requests(request.activity(), shortage) && self.try_admit(request).is_ok()
    }

    fn try_admit(&self, request: &InFlight) -> Result<(), Shortage> {
        let activity = request.activity();
        let address = activity.address();
        let max_requests = self.max_requests.load(Ordering::Relaxed);
        let mut used = self.requests.load(Ordering::Relaxed);
        loop {
            let free = max_requests.saturating_sub(used);
            let max_handled = self.max_handled.load(Ordering::Relaxed);
            if free == 0 || self.shares.load(Ordering::Relaxed) >= max_handled {
                return Err(Shortage::Server);
            }
            if !address.is_trusted {
                // Requests of disconnected clients that still run count here, but aren't part of `used`.
                let most = max_requests - max_requests / (SHARE + 1);
                let share = free.saturating_mul(SHARE).min(most);
                let left = share.saturating_sub(address.requests());
                if left == 0 {
                    return Err(Shortage::Client);
                }
                let own = activity.slots().load(Ordering::Relaxed);
                if own > 0 && own >= left / CONNECTION_SHARE_DIVISOR {
                    return Err(Shortage::Connection);
                }
            }
            let counted = self.requests.compare_exchange_weak(
                used,
                used + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match counted {
                Ok(_) => break,
                Err(current) => used = current,
            }
        }
        let slot = Slot::new(self.requests.clone(), activity.slots().clone());
        request
            .progress
            .exchange
            .keep_share(Share::new(address.clone(), self.shares.clone()));
        request.progress.keep_slot(slot);
        Ok(())
    }

    /// Cuts off requests whose clients are furthest behind the minimum rate, and returns whether there are any.
    fn evict_requests(&self, activity: &Activity, shortage: Shortage) -> bool {
        let settings = self.settings();
        let slow = {
            let state = self.state();
            let network = activity.address().network;
            let search = match (shortage, state.clients.get(&network)) {
                (Shortage::Server, _) => &self.search,
                (Shortage::Client, Some(client)) => &*client.search,
                // A connection takes nothing from itself.
                _ => return false,
            };
            if !search.is_due() {
                return false;
            }
            let patience = SLOW_PATIENCE.min(settings.stall_time / 4);
            let slow = state.connections_in(shortage, network).flat_map(|(_, _, activity)| {
                let requests = activity.slow_requests(patience).into_iter();
                requests.map(|(behind, request)| (behind, activity.clone(), request))
            });
            let mut slow: Vec<_> = slow.collect();
            slow.sort_unstable_by_key(|(behind, ..)| std::cmp::Reverse(*behind));
            let max_requests = self.max_requests.load(Ordering::Relaxed);
            slow.truncate((max_requests / EVICTION_DIVISOR).max(1));
            if slow.is_empty() {
                search.record_failure();
            }
            slow
        };
        for (_, activity, request) in &slow {
            settings.observer.evicted("requests");
            let reason = "the client was too slow while others waited";
            activity.cut_request(request, reason);
        }
        !slow.is_empty()
    }
}

impl State {
    /// Forgets clients that have no connections and no requests. This is done now and then, since it takes time.
    fn forget_clients(&mut self) {
        if self.clients.len() > 2 * self.connections + 64 {
            self.clients.retain(|_, client| {
                !client.connections.is_empty() || client.address.requests() > 0
            });
        }
    }

    /// Returns why a client may have no further connection.
    fn connection_shortage(
        &self,
        max_connections: usize,
        network: ClientNetwork,
        is_trusted: bool,
    ) -> Option<Shortage> {
        let free = max_connections.saturating_sub(self.connections);
        let own = self.clients.get(&network).map_or(0, |client| client.connections.len());
        if free == 0 {
            Some(Shortage::Server)
        } else if !is_trusted && own >= free.saturating_mul(SHARE) {
            Some(Shortage::Client)
        } else {
            None
        }
    }

    /// Returns the connections that can make room: those of all clients, or of one.
    fn connections_in(
        &self,
        shortage: Shortage,
        network: ClientNetwork,
    ) -> impl Iterator<Item = (ClientNetwork, u64, &Activity)> {
        let is_all = matches!(shortage, Shortage::Server);
        let one = self.clients.get_key_value(&network).filter(|_| !is_all);
        let all = self.clients.iter().filter(move |_| is_all);
        one.into_iter().chain(all).flat_map(|(network, client)| {
            let connections = client.connections.iter();
            connections.map(|(number, activity)| (*network, *number, activity))
        })
    }

    fn remove(&mut self, network: ClientNetwork, number: u64) -> Option<Activity> {
        let client = self.clients.get_mut(&network)?;
        let activity = client.connections.remove(&number)?;
        self.connections -= 1;
        if client.connections.is_empty() && client.address.requests() == 0 {
            self.clients.remove(&network);
        }
        Some(activity)
    }
}

impl Client {
    fn new(network: ClientNetwork, is_trusted: bool) -> Self {
        Client {
            address: Arc::new(Address::new(network, is_trusted)),
            connections: HashMap::new(),
            search: Arc::new(Search::new()),
        }
    }
}

/// A connection, which counts until this is dropped.
pub(super) struct Connected {
    clients: Arc<Clients>,
    network: ClientNetwork,
    number: u64,
    pub activity: Activity,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.clients.state().remove(self.network, self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    use super::super::Exchange;
    use super::super::client;
    use super::*;

    fn address(number: u8) -> ClientAddress {
        SocketAddr::from((Ipv4Addr::new(192, 0, 2, number), 1)).into()
    }

    /// Clients of a server with 16 connections and 1,000 requests at a time. Address 9 is trusted.
    fn clients() -> Arc<Clients> {
        let limits = ServerLimits {
            connections: 16,
            requests: 1000,
            ..ServerLimits::default()
        };
        let is_trusted = |client: IpAddr| Some(client) == address(9).ip();
        let trust = Trust {
            addresses: Some(Arc::new(is_trusted)),
            unix: false,
        };
        Arc::new(Clients::new(ClientSettings {
            limits,
            trust,
            rate: None,
            observer: Arc::new(()),
        }))
    }

    /// Makes as many connections as possible.
    fn connect_all(clients: &Arc<Clients>, number: u8) -> Vec<Connected> {
        std::iter::from_fn(|| clients.connect(address(number))).collect()
    }

    /// Begins as many requests as possible on a connection.
    fn admit_all(clients: &Clients, connection: &Connected) -> Vec<InFlight> {
        let client = client::Client {
            address: address(1),
            is_tls: false,
        };
        let begin = || {
            let request = http::Request::new(());
            let exchange = Exchange::begin(String::new(), client, &request);
            let request = connection.activity.begin_request(Arc::new(exchange), false);
            clients.admit(&request).then_some(request)
        };
        std::iter::from_fn(begin).collect()
    }

    #[test]
    fn a_client_leaves_connections_for_others() {
        let clients = clients();
        let first = connect_all(&clients, 1);
        assert_eq!(first.len(), 12);
        let second = connect_all(&clients, 2);
        assert_eq!(second.len(), 3);
        assert!(clients.connect(address(3)).is_some());
        drop((first, second));
        assert_eq!(connect_all(&clients, 9).len(), 16);
    }

    #[test]
    fn neighbours_of_a_trusted_proxy_are_not_trusted() {
        let address = |ip: &str| ClientAddress::from(SocketAddr::new(ip.parse().unwrap(), 1));
        let trusted = address("2001:db8::").ip();
        let trust = Trust {
            addresses: Some(Arc::new(move |ip| Some(ip) == trusted)),
            unix: false,
        };
        let clients = Arc::new(Clients::new(ClientSettings {
            limits: ServerLimits::default(),
            trust,
            rate: None,
            observer: Arc::new(()),
        }));
        let is_trusted = |connected: &Connected| connected.activity.address().is_trusted;
        let proxy = clients.connect(address("2001:db8::")).unwrap();
        let neighbour = clients.connect(address("2001:db8::2")).unwrap();
        assert!(is_trusted(&proxy) && !is_trusted(&neighbour));
        drop(proxy);
        assert!(is_trusted(&clients.connect(address("2001:db8::")).unwrap()));
    }

    #[test]
    fn a_connection_leaves_requests_for_others() {
        let clients = clients();
        let connections = connect_all(&clients, 1);
        let requests: Vec<_> =
            connections.iter().map(|connection| admit_all(&clients, connection)).collect();
        let counts: Vec<_> = requests.iter().map(Vec::len).collect();
        assert!(counts.is_sorted_by(|more, less| more >= less), "{counts:?}");
        assert_eq!(counts[0], 250);
        let own = counts.iter().sum::<usize>();
        assert!((700..=750).contains(&own), "{counts:?}");
        let other = clients.connect(address(2)).unwrap();
        assert!(admit_all(&clients, &other).len() > 50);
        drop(requests);
        let proxy = clients.connect(address(9)).unwrap();
        assert_eq!(admit_all(&clients, &proxy).len(), 1000);
    }

    #[test]
    fn what_a_component_still_handles_counts_for_its_client_alone() {
        let clients = clients();
        let connections = connect_all(&clients, 1);
        let exchanges: Vec<_> = connections
            .iter()
            .flat_map(|connection| admit_all(&clients, connection))
            .map(|request| request.progress.exchange.clone())
            .collect();
        assert!(admit_all(&clients, &connections[0]).len() < 10);
        let other = clients.connect(address(2)).unwrap();
        assert_eq!(admit_all(&clients, &other).len(), 250);
        drop(exchanges);
        assert_eq!(admit_all(&clients, &connections[0]).len(), 250);
    }
}
