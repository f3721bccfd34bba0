//! Asks servers regularly whether they are healthy.

use std::sync::{Arc, Weak};
use std::time::Duration;

use http::Uri;
use http::header::{HeaderValue, USER_AGENT};
use http_body_util::{BodyExt as _, Limited};

use super::checks::Checks;
use super::observer::{Change, PoolObserver, describe};
use super::server::{Server, State};
use super::settings::HealthSettings;
use crate::runtime::{ErrorCode, HttpUpstream, Request, Upstream as _};

/// How much of a response is read, so that its connection can be used again.
const MAX_RESPONSE_BYTES: usize = 64 << 10;
const CHECK_USER_AGENT: HeaderValue = HeaderValue::from_static("witgen-health-check");

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
