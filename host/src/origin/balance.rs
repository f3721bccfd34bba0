//! Selects a server for a request.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::server::Server;
use super::settings::Balance;

/// Selects servers in turn, or by their load.
pub(super) struct Balancer {
    balance: Balance,
    turn: AtomicUsize,
}

impl Balancer {
    pub fn new(balance: Balance) -> Self {
        Balancer {
            balance,
            turn: AtomicUsize::default(),
        }
    }

    /// Returns the position of the server for a request that these servers, by their positions, have failed; `None` if there
    /// is none left. If none of the others is usable, each of them may be selected.
    pub fn select(&self, servers: &[Server], failed: &[usize]) -> Option<usize> {
        let others = || {
            let servers = servers.iter().enumerate();
            servers.filter(|(position, _)| !failed.contains(position))
        };
        let is_any_usable = others().any(|(_, server)| server.state.is_usable());
        // A server may change in between, so the second pass may find fewer.
        let candidates =
            || others().filter(|(_, server)| server.state.is_usable() || !is_any_usable);
        let count = candidates().count();
        // A retry takes no turn: if one of two servers fails, each next request would begin with the same one.
        let turn = if failed.is_empty() {
            self.turn.fetch_add(1, Ordering::Relaxed)
        } else {
            self.turn.load(Ordering::Relaxed)
        };
        let first = turn % count.max(1);
        let mut in_turn = candidates().skip(first).chain(candidates().take(first));
        let selected = match self.balance {
            Balance::RoundRobin => in_turn.next(),
            Balance::LeastRequests => {
                in_turn.min_by_key(|(_, server)| server.state.in_flight.load(Ordering::Relaxed))
            }
        };
        selected.map(|(position, _)| position)
    }
}
