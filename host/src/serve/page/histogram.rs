//! How long things took: counts of times, in buckets that are an eighth of a power of two wide.

use std::time::Duration;

use serde::Serialize;

/// How many buckets a power of two is divided into, as a power of two.
const SUBDIVISION_BITS: u32 = 3;

/// The longest time that has a bucket of its own is 2 to the power of this in microseconds: two minutes.
const MAX_EXPONENT: u32 = 26;

const BUCKETS: usize = ((MAX_EXPONENT - SUBDIVISION_BITS + 2) << SUBDIVISION_BITS) as usize;

/// Counts of times.
#[derive(Clone, Debug)]
pub struct Histogram([u32; BUCKETS]);

/// Times that a half, 95 and 99 percent of all don't exceed, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Percentiles {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram([0; BUCKETS])
    }
}

impl Histogram {
    /// Counts a time.
    pub fn record(&mut self, time: Duration) {
        let count = &mut self.0[bucket(time)];
        *count = count.saturating_add(1);
    }

    /// Counts the times of another histogram too.
    pub fn add(&mut self, other: &Histogram) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }

    /// Returns how many times were counted.
    pub fn count(&self) -> u64 {
        self.0.iter().copied().map(u64::from).sum()
    }

    /// Returns percentiles, to a sixteenth; `None` without any time.
    pub fn percentiles(&self) -> Option<Percentiles> {
        let count = self.count();
        (count > 0).then(|| Percentiles {
            p50: self.percentile(count, 50),
            p95: self.percentile(count, 95),
            p99: self.percentile(count, 99),
        })
    }

    fn percentile(&self, count: u64, percent: u64) -> f64 {
        let rank = (count * percent).div_ceil(100);
        let mut below = 0;
        let reached = self.0.iter().position(|count| {
            below += u64::from(*count);
            below >= rank
        });
        middle(reached.unwrap_or_default()) / 1e3
    }
}

/// Returns the bucket of a time.
fn bucket(time: Duration) -> usize {
    let longest = (1 << (MAX_EXPONENT + 1)) - 1;
    let microseconds = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).min(longest);
    // Below, each microsecond has a bucket.
    let exponent = microseconds.checked_ilog2().unwrap_or_default().max(SUBDIVISION_BITS);
    let shift = exponent - SUBDIVISION_BITS;
    let above = (u64::from(shift) << SUBDIVISION_BITS) + (microseconds >> shift);
    usize::try_from(above).unwrap_or(BUCKETS - 1)
}

/// Returns the middle of a bucket in microseconds.
fn middle(bucket: usize) -> f64 {
    let width = 1_u64 << SUBDIVISION_BITS;
    let bucket = bucket as u64;
    if bucket < 2 * width {
        return bucket as f64;
    }
    let shift = bucket / width - 1;
    let low = (width + bucket % width) << shift;
    low as f64 + ((1_u64 << shift) - 1) as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_is_near_the_middle_of_its_bucket() {
        let mut microseconds = 0_u64;
        while microseconds < 130_000_000 {
            let found = middle(bucket(Duration::from_micros(microseconds)));
            let difference = (found - microseconds as f64).abs();
            assert!(
                difference <= microseconds as f64 / 16.0,
                "{microseconds}: {found}"
            );
            microseconds += 1 + microseconds / 100;
        }
    }

    #[test]
    fn times_of_any_length_have_a_bucket() {
        assert_eq!(bucket(Duration::ZERO), 0);
        assert_eq!(bucket(Duration::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_those_of_all_times() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentiles(), None);
        for milliseconds in 1..=100 {
            histogram.record(Duration::from_millis(milliseconds));
        }
        let mut twice = histogram.clone();
        twice.add(&histogram);
        for histogram in [histogram, twice] {
            let found = histogram.percentiles().unwrap();
            assert!((found.p50 - 50.0).abs() < 4.0, "{found:?}");
            assert!((found.p95 - 95.0).abs() < 6.0, "{found:?}");
            assert!((found.p99 - 99.0).abs() < 6.5, "{found:?}");
        }
    }
}
