//! How long servers are ejected.

use std::time::Duration;

use tokio::time::Instant;

use super::settings::{MAX_TIME, OutlierSettings};

/// Whether a server is ejected, and how it went before.
#[derive(Default)]
pub(super) struct Ejection {
    /// The end of the current ejection.
    until: Option<Instant>,
    /// The time of the last ejection, and when it ended or will.
    last: Option<(Duration, Instant)>,
    cause: Cause,
}

/// Why a server is ejected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Cause {
    /// Connections can't be made. A successful health check shows that this has changed.
    #[default]
    Connection,
    /// The server responds with errors, too late or not at all, even if health checks succeed.
    Response,
}

impl Ejection {
    pub fn is_active(&self) -> bool {
        self.until.is_some()
    }

    /// Begins an ejection, and returns its time: twice as long as the last one, if the server hasn't been used for as long
    /// since.
    pub fn begin(&mut self, cause: Cause, settings: &OutlierSettings, now: Instant) -> Duration {
        let time = match self.last {
            Some((time, end)) if now.saturating_duration_since(end) < time => {
                time.saturating_mul(2)
            }
            _ => settings.base,
        };
        let time = time.min(settings.max).min(MAX_TIME);
        let until = now + time;
        self.until = Some(until);
        self.last = Some((time, until));
        self.cause = cause;
        time
    }

    /// Whether this is the end of the current ejection.
    pub fn ends_at(&self, end: Instant) -> bool {
        self.until == Some(end)
    }

    /// Records a failed health check. A successful one then shows that the server has changed.
    pub fn add_failed_check(&mut self) {
        self.cause = Cause::Connection;
    }

    /// Whether a successful health check ends the current ejection.
    pub fn ends_with_check(&self) -> bool {
        self.is_active() && self.cause == Cause::Connection
    }

    /// Ends the current ejection.
    pub fn end(&mut self, now: Instant) {
        self.until = None;
        self.last = self.last.map(|(time, end)| (time, end.min(now)));
    }

    /// Forgets all ejections.
    pub fn clear(&mut self) {
        *self = Ejection::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ejections_in_a_row_take_longer_each_time() {
        let settings = OutlierSettings {
            base: Duration::from_secs(10),
            max: Duration::from_secs(60),
            ..OutlierSettings::default()
        };
        let mut ejection = Ejection::default();
        let mut now = Instant::now();
        let mut times = Vec::new();
        for _ in 0..5 {
            let time = ejection.begin(Cause::Response, &settings, now);
            assert!(ejection.is_active() && !ejection.ends_with_check());
            assert!(ejection.ends_at(now + time) && !ejection.ends_at(now));
            ejection.end(now + time);
            assert!(!ejection.is_active());
            times.push(time.as_secs());
            now += time + Duration::from_secs(1);
        }
        assert_eq!(times, [10, 20, 40, 60, 60]);
        // It has worked for as long as it was ejected.
        now += Duration::from_secs(60);
        assert_eq!(
            ejection.begin(Cause::Connection, &settings, now).as_secs(),
            10
        );
    }
}
