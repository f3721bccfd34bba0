//! Asks servers regularly whether they are healthy.

use std::sync::{Arc, Weak};
use std::time::Duration;

use http::Uri;
use http::header::{HeaderValue, USER_AGENT};
use http_body_util::{BodyExt as _, Limited};

use super::observer::{Change, PoolObserver, describe};
use super::server::{Server, State};
use super::settings::HealthSettings;
use crate::runtime::{ErrorCode, HttpUpstream, Request, Upstream as _};

/// How much of a response is read, so that its connection can be used again.
const MAX_RESPONSE_BYTES: usize = 64 << 10;
const CHECK_USER_AGENT: HeaderValue = HeaderValue::from_static("witgen-health-check");

/// The results of a server's checks.
#[derive(Default)]
pub(super) struct Checks {
    /// Whether any check has ended.
    is_known: bool,
    is_unhealthy: bool,
    /// How many results in a row contradict the state.
    contradictions: u32,
}

impl Checks {
    pub fn is_healthy(&self) -> bool {
        !self.is_unhealthy
    }

    /// Records a result. If the state changes with it, this returns how many results in a row have changed it.
    fn add(&mut self, is_success: bool, settings: &HealthSettings) -> Option<u32> {
        let is_first = !std::mem::replace(&mut self.is_known, true);
        if is_success == self.is_healthy() {
            self.contradictions = 0;
            return None;
        }
        self.contradictions = self.contradictions.saturating_add(1);
        let needed = match is_success {
            _ if is_first => 1,
            true => settings.healthy_after,
            false => settings.unhealthy_after,
        };
        if self.contradictions < needed {
            return None;
        }
        self.is_unhealthy = !is_success;
        Some(std::mem::take(&mut self.contradictions))
    }
}

/// Starts to check a server for a pool with this number, or ends the checks of earlier pools.
pub(super) fn start(
    pool: u64,
    server: &Server,
    settings: Option<&HealthSettings>,
    observer: &Arc<dyn PoolObserver>,
) {
    server.state.replace_checks(pool, || {
        let Some(settings) = settings else {
            server.state.update(|condition, _| condition.checks = Checks::default());
            return None;
        };
        let task = tokio::spawn(check_regularly(
            server.upstream.clone(),
            server.url.clone(),
            Arc::downgrade(&server.state),
            settings.clone(),
            observer.clone(),
        ));
        Some(task.abort_handle())
    });
}

async fn check_regularly(
    upstream: HttpUpstream,
    url: Uri,
    server: Weak<State>,
    settings: HealthSettings,
    observer: Arc<dyn PoolObserver>,
) {
    loop {
        if let Some(result) = check(&upstream, &settings).await {
            let Some(server) = server.upgrade() else {
                return;
            };
            let add = |checks: &mut Checks| checks.add(result.is_ok(), &settings);
            let changed = server.update(|condition, _| add(&mut condition.checks));
            if let Some(checks) = changed {
                let change = match result {
                    Ok(()) => Change::Healthy { checks },
                    Err(reason) => Change::Unhealthy { checks, reason },
                };
                observer.changed(&url, &change);
            }
        }
        tokio::time::sleep(with_jitter(settings.interval)).await;
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

    /// Returns the state after each of these results.
    fn states(results: &[bool]) -> Vec<bool> {
        let settings = HealthSettings {
            unhealthy_after: 3,
            healthy_after: 2,
            ..HealthSettings::default()
        };
        let mut checks = Checks::default();
        assert!(checks.is_healthy());
        let state = |is_success: &bool| {
            let before = checks.is_healthy();
            let changed = checks.add(*is_success, &settings);
            assert_eq!(changed.is_some(), before != checks.is_healthy());
            checks.is_healthy()
        };
        results.iter().map(state).collect()
    }

    #[test]
    fn a_state_changes_after_as_many_results_in_a_row_as_are_set() {
        let [up, down] = [true, false];
        assert_eq!(
            states(&[up, down, down, up, down, down, down, up, down, up, up]),
            [up, up, up, up, up, up, down, down, down, down, up]
        );
    }

    #[test]
    fn the_first_result_decides_alone() {
        assert_eq!(states(&[false, true, true]), [false, false, true]);
    }

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
