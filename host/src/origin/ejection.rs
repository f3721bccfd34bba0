//! Ejects servers whose requests fail, for a time.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use http::Uri;
use tokio::time::Instant;

use super::observer::{Change, PoolObserver};
use super::server::{Server, State};
use super::settings::{MAX_TIME, OutlierSettings};

/// Whether a server is ejected, and how it went before.
#[derive(Default)]
pub(super) struct Ejection {
    /// The end of the current ejection.
    until: Option<Instant>,
    /// The time of the last ejection, and when it ended.
    last: Option<(Duration, Instant)>,
}

impl Ejection {
    pub fn is_active(&self) -> bool {
        self.until.is_some()
    }

    /// Begins an ejection, and returns its time: twice as long as the last one, if the server hasn't been used for as long
    /// since.
    fn begin(&mut self, settings: &OutlierSettings, now: Instant) -> Duration {
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
        time
    }

    /// Ends the ejection that began with this end, and returns whether it was still active.
    fn end(&mut self, until: Instant) -> bool {
        let is_active = self.until == Some(until);
        if is_active {
            self.until = None;
        }
        is_active
    }

    /// Forgets all ejections.
    pub fn clear(&mut self) {
        *self = Ejection::default();
    }
}

/// Counts the failures of a pool's servers.
pub(super) struct Outliers {
    settings: Option<OutlierSettings>,
    /// How many servers may be ejected at a time.
    max_ejected: usize,
    observer: Arc<dyn PoolObserver>,
    /// Held while servers are ejected, so that they aren't too many.
    ejecting: Mutex<()>,
}

impl Outliers {
    /// Counts the failures of so many servers.
    pub fn new(
        settings: Option<OutlierSettings>,
        servers: usize,
        observer: Arc<dyn PoolObserver>,
    ) -> Self {
        let percent = settings.as_ref().map_or(0, |settings| settings.max_percent);
        Outliers {
            settings,
            max_ejected: servers * usize::from(percent) / 100,
            observer,
            ejecting: Mutex::default(),
        }
    }

    /// Ends the ejections of a pool that had other settings, if there are none now.
    pub fn start(&self, server: &Server) {
        if self.settings.is_none() && server.state.is_ejected() {
            server.state.update(|condition, _| condition.ejection.clear());
            self.observer.changed(&server.url, &Change::Readmitted);
        }
    }

    /// Records that a server has responded.
    pub fn add_success(&self, server: &Server) {
        let failures = &server.state.failures;
        // Most servers have none, and writing would take the line from other processors.
        if failures.load(Ordering::Relaxed) != 0 {
            failures.store(0, Ordering::Relaxed);
        }
    }

    /// Records that a request to a server has failed, and ejects the server if it was one too many.
    pub fn add_failure(
        &self,
        server: &Server,
        servers: &[Server],
        reason: impl FnOnce() -> String,
    ) {
        let Some(settings) = &self.settings else {
            return;
        };
        let previous = server.state.failures.fetch_add(1, Ordering::Relaxed);
        let failures = previous.saturating_add(1);
        if failures < settings.failures || !server.state.is_usable() {
            return;
        }
        let exclusive = self.ejecting.lock().unwrap_or_else(PoisonError::into_inner);
        let ejected = servers.iter().filter(|server| server.state.is_ejected()).count();
        if ejected >= self.max_ejected || server.state.is_ejected() {
            return;
        }
        let (time, until) = server.state.update(|condition, now| {
            let time = condition.ejection.begin(settings, now);
            (time, now + time)
        });
        drop(exclusive);
        let counts = &server.state.counts;
        counts.ejections.fetch_add(1, Ordering::Relaxed);
        let change = Change::Ejected {
            failures,
            reason: reason(),
            time,
        };
        self.observer.changed(&server.url, &change);
        let failures = settings.failures - 1;
        tokio::spawn(readmit(
            Arc::downgrade(&server.state),
            server.url.clone(),
            until,
            failures,
            self.observer.clone(),
        ));
    }
}

/// Uses a server again at the end of its ejection. Since `failures` count already, the next one ejects it again.
async fn readmit(
    server: Weak<State>,
    url: Uri,
    until: Instant,
    failures: u32,
    observer: Arc<dyn PoolObserver>,
) {
    tokio::time::sleep_until(until).await;
    let Some(server) = server.upgrade() else {
        return;
    };
    server.failures.store(failures, Ordering::Relaxed);
    if server.update(|condition, _| condition.ejection.end(until)) {
        observer.changed(&url, &Change::Readmitted);
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
            let time = ejection.begin(&settings, now);
            assert!(ejection.is_active());
            assert!(!ejection.end(now), "that was another one");
            assert!(ejection.end(now + time));
            times.push(time.as_secs());
            now += time + Duration::from_secs(1);
        }
        assert_eq!(times, [10, 20, 40, 60, 60]);
        // It has worked for as long as it was ejected.
        now += Duration::from_secs(60);
        assert_eq!(ejection.begin(&settings, now).as_secs(), 10);
    }
}
