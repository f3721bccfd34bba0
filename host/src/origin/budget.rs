//! Limits how many requests are repeated.

use std::time::Duration;

use tower::retry::budget::{Budget as _, TpsBudget};

use super::settings::RetrySettings;

/// How long a request counts.
const PERIOD: Duration = Duration::from_secs(10);

/// The requests that may be repeated, as a share of all requests.
pub(super) struct Budget(TpsBudget);

impl Budget {
    pub fn new(settings: &RetrySettings) -> Self {
        let min_per_second = settings.min_per_second.min(i32::MAX as u32 - 1);
        Budget(TpsBudget::new(
            PERIOD,
            min_per_second,
            share(settings.percent),
        ))
    }

    /// Counts a request.
    pub fn add_request(&self) {
        self.0.deposit();
    }

    /// Counts a repetition, and returns whether it is permitted.
    pub fn take_retry(&self) -> bool {
        self.0.withdraw()
    }
}

/// Returns a share that permits one repetition per so many whole requests, and never more than a number of percent.
///
/// `TpsBudget` (tower 0.5) divides 1 by the share, and drops the fraction: 0.7 would be as much as 1. With the half, an
/// inexact division has no effect.
fn share(percent: u8) -> f32 {
    match percent {
        0 => 0.0,
        percent => {
            let requests = 100_u8.div_ceil(percent.min(100));
            1.0 / (f32::from(requests) + 0.5)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how many requests may be repeated, of so many.
    fn retries(percent: u8, min_per_second: u32, requests: usize) -> usize {
        let budget = Budget::new(&RetrySettings {
            percent,
            min_per_second,
            ..RetrySettings::default()
        });
        (0..requests).for_each(|_| budget.add_request());
        (0..2 * requests + 1000).filter(|_| budget.take_retry()).count()
    }

    #[test]
    fn no_more_than_the_share_is_repeated() {
        for percent in 0..=100 {
            let permitted = retries(percent, 0, 1000);
            let at_most = usize::from(percent) * 10;
            assert!(permitted <= at_most, "{percent}%: {permitted} of 1000");
            assert!(permitted * 2 >= at_most, "{percent}%: {permitted} of 1000");
        }
        assert_eq!(retries(20, 0, 1000), 200);
        assert_eq!(retries(100, 0, 1000), 1000);
    }

    #[test]
    fn the_minimum_comes_on_top() {
        assert_eq!(retries(20, 10, 1000), 300);
        assert_eq!(retries(0, 10, 1000), 100);
    }
}
