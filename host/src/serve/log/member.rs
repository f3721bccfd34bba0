//! The lines of the log that members cause: limits how many there are.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;
use tracing::warn;

/// The interval that limits apply to.
const INTERVAL: Duration = Duration::from_secs(1);

/// How much each member may write to the log per second.
#[derive(Clone, Copy, Debug)]
pub struct OutputLimit {
    pub lines: usize,
    pub bytes: u64,
}

/// The part of the log that a member causes: its output, and the reports of its side calls.
pub struct MemberLog {
    pub member: Arc<str>,
    limit: OutputLimit,
    interval: Mutex<Interval>,
}

struct Interval {
    start: Instant,
    lines: usize,
    bytes: u64,
    omitted: Omitted,
}

#[derive(Default)]
struct Omitted {
    lines: u64,
    bytes: u64,
}

impl Interval {
    fn begin() -> Self {
        Interval {
            start: Instant::now(),
            lines: 0,
            bytes: 0,
            omitted: Omitted::default(),
        }
    }
}

impl MemberLog {
    pub fn new(member: &str, limit: OutputLimit) -> Arc<Self> {
        Arc::new(MemberLog {
            member: member.into(),
            limit,
            interval: Mutex::new(Interval::begin()),
        })
    }

    fn interval(&self) -> MutexGuard<'_, Interval> {
        self.interval.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a line of this length, and returns whether it may be written. A line that counts those that may not
    /// follows at the end of the interval.
    pub fn admits(self: &Arc<Self>, length: usize) -> bool {
        let length = length as u64;
        let mut interval = self.interval();
        if interval.start.elapsed() >= INTERVAL {
            let omitted = std::mem::replace(&mut *interval, Interval::begin()).omitted;
            self.report(&omitted);
        }
        let bytes = interval.bytes.saturating_add(length);
        if interval.lines < self.limit.lines && bytes <= self.limit.bytes {
            interval.lines += 1;
            interval.bytes = bytes;
            return true;
        }
        let is_first = interval.omitted.lines == 0;
        interval.omitted.lines += 1;
        interval.omitted.bytes += length;
        if is_first {
            self.report_at_end(interval.start);
        }
        false
    }

    /// Reports what an interval omitted when it ends.
    fn report_at_end(self: &Arc<Self>, start: Instant) {
        // Instances that end with the server no longer have a runtime.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let log = self.clone();
        runtime.spawn(async move {
            tokio::time::sleep_until(start + INTERVAL).await;
            let mut interval = log.interval();
            // Otherwise the first line of the next interval has reported it.
            if interval.start == start {
                log.report(&std::mem::take(&mut interval.omitted));
            }
        });
    }

    fn report(&self, omitted: &Omitted) {
        let Omitted { lines, bytes } = *omitted;
        if lines > 0 {
            warn!(target: "output", member = &*self.member, lines, bytes, "omitted {lines} lines above the member's limit per second");
        }
    }
}
