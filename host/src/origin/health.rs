//! Checks regularly whether servers are healthy.

use std::sync::{Arc, Weak};
use std::time::Duration;

use http::Uri;
use http::header::{HeaderValue, USER_AGENT};
use http_body_util::{BodyExt as _, Limited};

use super::checks::Checks;
use super::ejection::Ejection;
use super::observer::{Change, PoolObserver, describe};
use super::server::{Server, State};
use super::settings::HealthSettings;
use crate::runtime::{ErrorCode, HttpUpstream, Request, Upstream as _};

/// How much of a response is read, so that its connection can be used again.
const MAX_RESPONSE_BYTES: usize = 64 << 10;
const CHECK_USER_AGENT: HeaderValue = HeaderValue::from_static("witgen-health-check");

/// Starts to check a server for a pool with this number, instead of earlier pools. Without settings, there are no checks.
pub(super) fn start(
    pool: u64,
    server: &Server,
    settings: Option<&HealthSettings>,
    observer: &Arc<dyn PoolObserver>,
) {
    let is_latest = server.state.update(|condition, _| {
        let is_latest = condition.checked_by < pool;
        if is_latest {
            condition.checked_by = pool;
            if settings.is_none() {
                condition.checks = Checks::default();
            }
        }
        is_latest
    });
    if let (Some(settings), true) = (settings, is_latest) {
        let checker = Checker {
            pool,
            server: Arc::downgrade(&server.state),
            url: server.url.clone(),
            upstream: server.upstream.clone(),
            settings: settings.clone(),
            observer: observer.clone(),
        };
        tokio::spawn(checker.check_regularly());
    }
}

/// Checks a server until another pool does so, or until no pool has it.
struct Checker {
    pool: u64,
    server: Weak<State>,
    url: Uri,
    upstream: HttpUpstream,
    settings: HealthSettings,
    observer: Arc<dyn PoolObserver>,
}

impl Checker {
    async fn check_regularly(self) {
        while self.is_current() {
            if let Some(result) = check(&self.upstream, &self.settings).await {
                self.record(result);
            }
            tokio::time::sleep(with_jitter(self.settings.interval)).await;
        }
    }

    fn is_current(&self) -> bool {
        let checked_by = |server: Arc<State>| server.update(|condition, _| condition.checked_by);
        self.server.upgrade().map(checked_by) == Some(self.pool)
    }

    fn record(&self, result: Result<(), String>) {
        let Some(server) = self.server.upgrade() else {
            return;
        };
        let changed = server.update(|condition, _| {
            let is_current = condition.checked_by == self.pool;
            if is_current && result.is_err() {
                condition.ejection.add_failed_check();
            }
            is_current
                .then(|| condition.checks.add(result.is_ok(), &self.settings))
                .flatten()
        });
        // The server works again.
        let ends_ejection = |ejection: &Ejection| result.is_ok() && ejection.ends_with_check();
        if server.readmit(0, ends_ejection) {
            self.observer.changed(&self.url, &Change::Readmitted);
        }
        if let Some(checks) = changed {
            let change = match result {
                Ok(()) => Change::Healthy { checks },
                Err(reason) => Change::Unhealthy { checks, reason },
            };
            self.observer.changed(&self.url, &change);
        }
    }
}

/// Checks a server once; `Err` is why it isn't healthy. `None` if this host has too many connections to know it.
async fn check(upstream: &HttpUpstream, settings: &HealthSettings) -> Option<Result<(), String>> {
    let mut request = Request::default();
    request.headers_mut().insert(USER_AGENT, CHECK_USER_AGENT);
    *request.uri_mut() = match target(settings) {
        Ok(target) => target,
        Err(error) => return Some(Err(error.to_string())),
    };
    let response = match tokio::time::timeout(settings.timeout, upstream.send(request)).await {
        Err(_) => return Some(Err(format!("no response within {:?}", settings.timeout))),
        Ok(Err(ErrorCode::ConnectionLimitReached)) => return None,
        Ok(Err(code)) => return Some(Err(describe(&code))),
        Ok(Ok(response)) => response,
    };
    let status = response.status();
    let content = Limited::new(response.into_body(), MAX_RESPONSE_BYTES).collect();
    // The status has decided.
    let _ = tokio::time::timeout(settings.timeout, content).await;
    Some(if settings.accepts(status) {
        Ok(())
    } else {
        Err(format!("status {}", status.as_u16()))
    })
}

/// Returns the target of a check. Without a host, `Host` is that of the server.
fn target(settings: &HealthSettings) -> Result<Uri, http::Error> {
    let target = Uri::builder().path_and_query(settings.path.clone());
    match &settings.host {
        Some(host) => target.scheme("http").authority(host.clone()).build(),
        None => target.build(),
    }
}

/// Returns a time that differs by up to a tenth.
fn with_jitter(time: Duration) -> Duration {
    (time - time / 10).saturating_add((time / 5).mul_f64(fastrand::f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_up_to_a_tenth() {
        let time = Duration::from_secs(10);
        for _ in 0..1000 {
            let varied = with_jitter(time).as_secs_f64();
            assert!((9.0..=11.0).contains(&varied), "{varied}");
        }
        with_jitter(Duration::MAX);
        assert_eq!(with_jitter(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn a_check_asks_for_its_host() {
        let mut settings = HealthSettings {
            path: "/healthz?full".parse().unwrap(),
            ..HealthSettings::default()
        };
        assert_eq!(target(&settings).unwrap(), "/healthz?full");
        settings.host = Some("app.example".parse().unwrap());
        assert_eq!(
            target(&settings).unwrap(),
            "http://app.example/healthz?full"
        );
    }
}
