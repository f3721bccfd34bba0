//! Reloads certificates and components while the server runs.

use std::sync::Arc;

use tracing::info;
use witgen_serve::server::Current;

use super::app::App;
use super::failure;
use super::metrics::ByResult;

/// Reads the certificate and the components again, and serves them from now on. If they can't be loaded, the previous ones
/// stay in service.
pub async fn reload(app: &Arc<App>, current: &Current) {
    let (loading, replaced) = (app.clone(), current.clone());
    let task = tokio::task::spawn_blocking(move || {
        let has_certificate = reload_certificate(&loading);
        reload_components(&loading, &replaced) && has_certificate
    });
    let result = match task.await {
        Ok(true) => "served",
        Ok(false) => "refused",
        Err(panic) => {
            let failure = failure::internal("a reload failed", &panic).into();
            failure::log("what could not be read stays as it was", &failure);
            "refused"
        }
    };
    app.metrics.reloads.get_or_create(&ByResult { result }).inc();
}

/// Reloads the certificate, and returns whether the current file is served.
fn reload_certificate(app: &App) -> bool {
    let Some(identity) = &app.identity else {
        return true;
    };
    match identity.read_again() {
        Ok(true) => info!(target: "reload", "the certificate is served as it is now"),
        Ok(false) => {}
        Err(failure) => {
            failure::log("the certificate stays as it was", &failure);
            return false;
        }
    }
    true
}

/// Reloads the components, and returns whether the current files are served.
fn reload_components(app: &App, current: &Current) -> bool {
    match app.load() {
        Ok(chain) => {
            current.replace(chain.proxy);
            chain.origins.commit();
            info!(target: "reload", "the components are served as they are now");
            true
        }
        Err(failure) => {
            failure::log("the components stay as they were", &failure);
            false
        }
    }
}
