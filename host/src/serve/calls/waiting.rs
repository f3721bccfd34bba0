//! How long a callee has waited for calls of its own.

use std::time::{Duration, Instant};

/// How long a callee has waited for calls of its own, of which it can make several at a time.
#[derive(Default)]
pub(super) struct Waiting {
    calls: u32,
    since: Option<Instant>,
    total: Duration,
}

impl Waiting {
    pub fn begin(&mut self, now: Instant) {
        self.calls += 1;
        self.since.get_or_insert(now);
    }

    pub fn end(&mut self, now: Instant) {
        self.calls = self.calls.saturating_sub(1);
        if self.calls == 0
            && let Some(since) = self.since.take()
        {
            self.total += now.saturating_duration_since(since);
        }
    }

    /// Returns the time that it has waited until now.
    pub fn total(&self, now: Instant) -> Duration {
        let current = self.since.map(|since| now.saturating_duration_since(since));
        self.total + current.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_at_the_same_time_count_once() {
        let begin = Instant::now();
        let at = |milliseconds| begin + Duration::from_millis(milliseconds);
        let mut waiting = Waiting::default();
        waiting.begin(at(10));
        waiting.begin(at(20));
        waiting.end(at(30));
        waiting.end(at(40));
        waiting.begin(at(60));
        assert_eq!(waiting.total(at(65)), Duration::from_millis(35));
        waiting.end(at(70));
        assert_eq!(waiting.total(at(100)), Duration::from_millis(40));
    }
}
