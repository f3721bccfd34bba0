//! How fast a client sends or reads content, compared with the minimum rate.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// How much content a client has to transfer within the stall timeout, on average.
pub(super) const MIN_BYTES: u64 = 64 << 10;
/// A client that has transferred a lot may pause for this part of the stall timeout before the pause counts.
const CREDIT_DIVISOR: i64 = 16;

/// How far a client is behind the minimum rate, in one direction. Only the time counts for which the server waits for
/// the client. All times are in milliseconds since the request began.
#[derive(Default)]
pub(super) struct Pace {
    /// When the server began to wait for the client, plus 1; 0 if it doesn't wait.
    waiting_since: AtomicU64,
    /// For how long the server has waited, less the time that the content took at the minimum rate.
    behind: AtomicI64,
}

impl Pace {
    /// Records that the server waits for the client.
    pub fn wait(&self, now: u64) {
        if self.waiting_since.load(Ordering::Relaxed) == 0 {
            self.waiting_since.store(now + 1, Ordering::Relaxed);
        }
    }

    /// Records that the client has transferred content, and that the server no longer waits.
    pub fn advance(&self, now: u64, bytes: u64, stall_time: Duration) {
        let stall_time = millis(stall_time);
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let earned = stall_time.saturating_mul(bytes) / MIN_BYTES as i64;
        let behind = self.millis_behind(now).saturating_sub(earned);
        let credit = stall_time / CREDIT_DIVISOR;
        self.behind.store(behind.max(-credit), Ordering::Relaxed);
        self.waiting_since.store(0, Ordering::Relaxed);
    }

    /// Returns how far the client is behind.
    pub fn behind(&self, now: u64) -> Duration {
        Duration::from_millis(u64::try_from(self.millis_behind(now)).unwrap_or(0))
    }

    fn millis_behind(&self, now: u64) -> i64 {
        let waited = match self.waiting_since.load(Ordering::Relaxed) {
            0 => 0,
            since => (now + 1).saturating_sub(since),
        };
        let waited = i64::try_from(waited).unwrap_or(i64::MAX);
        self.behind.load(Ordering::Relaxed).saturating_add(waited)
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STALL_TIME: Duration = Duration::from_secs(60);

    #[test]
    fn only_the_time_counts_for_which_the_server_waits() {
        let pace = Pace::default();
        assert_eq!(pace.behind(50_000), Duration::ZERO);
        pace.wait(50_000);
        pace.wait(55_000);
        assert_eq!(pace.behind(60_000), Duration::from_secs(10));
        pace.advance(60_000, 1, STALL_TIME);
        assert_eq!(pace.behind(90_000), Duration::from_secs(10));
    }

    #[test]
    fn a_byte_now_and_then_is_too_slow() {
        let pace = Pace::default();
        for second in (0..60).step_by(2) {
            pace.wait(second * 1000);
            pace.advance(second * 1000 + 2000, 1, STALL_TIME);
        }
        pace.wait(60_000);
        assert!(pace.behind(60_100) >= STALL_TIME);
    }

    #[test]
    fn the_minimum_rate_is_fast_enough() {
        let pace = Pace::default();
        for minute in 0..100 {
            pace.wait(minute * 60_000);
            assert!(pace.behind(minute * 60_000 + 59_999) < STALL_TIME);
            pace.advance(minute * 60_000 + 60_000, MIN_BYTES, STALL_TIME);
        }
    }

    #[test]
    fn content_doesn_t_earn_a_long_pause() {
        let pace = Pace::default();
        pace.advance(0, 1 << 40, STALL_TIME);
        pace.wait(0);
        assert_eq!(pace.behind(3_000), Duration::ZERO);
        assert!(pace.behind(64_000) >= STALL_TIME);
    }
}
