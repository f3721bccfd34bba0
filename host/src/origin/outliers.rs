//! Ejects servers whose requests fail, for a time.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use http::Uri;
use tokio::time::Instant;

use super::ejection::{Cause, Ejection};
use super::observer::{Change, PoolObserver};
use super::server::{Server, State};
use super::settings::OutlierSettings;

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

    /// Records that a server has responded. If it was tried though it was unusable, because no other one was left, this
    /// ends its ejection.
    pub fn add_success(&self, server: &Server, was_usable: bool) {
        let failures = &server.state.failures;
        // Most servers have none, and writing would take the line from other processors.
        if failures.load(Ordering::Relaxed) != 0 {
            failures.store(0, Ordering::Relaxed);
        }
        if !was_usable && server.state.readmit(0, Ejection::is_active) {
            self.observer.changed(&server.url, &Change::Readmitted);
        }
    }

    /// Records that a request to a server has failed, and ejects the server if it was one too many.
    pub fn add_failure(
        &self,
        server: &Server,
        servers: &[Server],
        cause: Cause,
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
            let time = condition.ejection.begin(cause, settings, now);
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
    if server.readmit(failures, |ejection| ejection.ends_at(until)) {
        observer.changed(&url, &Change::Readmitted);
    }
}
