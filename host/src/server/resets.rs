//! How many requests a connection may cancel.

use std::time::Instant;

use super::limits::H2_MAX_STREAMS;

/// How many requests a connection may cancel at once: a client may cancel everything that it has in flight.
const MAX_RESETS: f64 = H2_MAX_STREAMS as f64;
/// How many more it may cancel per second.
const RESETS_PER_SECOND: f64 = 10.0;

/// The requests that a connection may still cancel. Each request that is completed allows another one to be cancelled.
pub(super) struct ResetBudget {
    left: f64,
    updated: Instant,
}

impl ResetBudget {
    pub fn new() -> Self {
        ResetBudget {
            left: MAX_RESETS,
            updated: Instant::now(),
        }
    }

    pub fn record_complete(&mut self) {
        if !self.is_exhausted() {
            self.left = (self.left + 1.0).min(MAX_RESETS);
        }
    }

    pub fn record_reset(&mut self) {
        let now = Instant::now();
        let earned = (now - self.updated).as_secs_f64() * RESETS_PER_SECOND;
        self.left = (self.left + earned).min(MAX_RESETS) - 1.0;
        self.updated = now;
    }

    /// Whether the client has cancelled too many requests. It stays so.
    pub fn is_exhausted(&self) -> bool {
        self.left < 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_cancel_as_much_as_it_completes() {
        let mut budget = ResetBudget::new();
        for _ in 0..10_000 {
            budget.record_reset();
            budget.record_complete();
        }
        assert!(!budget.is_exhausted());
    }

    #[test]
    fn cancelling_everything_exhausts_the_budget() {
        let mut budget = ResetBudget::new();
        for _ in 0..H2_MAX_STREAMS {
            budget.record_reset();
        }
        assert!(!budget.is_exhausted());
        for _ in 0..H2_MAX_STREAMS {
            budget.record_reset();
        }
        budget.record_complete();
        assert!(budget.is_exhausted());
    }
}
