//! What changes while it is served.

use std::sync::Arc;

use tracing::{error, info};
use witgen_serve::server::Current;

use super::app::App;
use super::failure;
use super::metrics::ByResult;

/// Reads the certificate and the components again, and serves them from now on; what can't be served changes nothing.
pub async fn reload(app: &Arc<App>, current: &Current) {
    let (reading, replaced) = (app.clone(), current.clone());
    let read = tokio::task::spawn_blocking(move || {
        let has_certificate = certificate(&reading);
        components(&reading, &replaced) && has_certificate
    });
    let result = match read.await {
        Ok(true) => "served",
        Ok(false) => "refused",
        Err(panic) => {
            error!(target: "reload", "not all is read: {panic}");
            "refused"
        }
    };
    let results = &app.metrics.reloads;
    results.get_or_create(&ByResult { result }).inc();
}

/// Whether the certificate that is there is served.
fn certificate(app: &App) -> bool {
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

/// Whether the components that are there are served.
fn components(app: &App, current: &Current) -> bool {
    match app.ready() {
        Ok(ready) => {
            current.replace(ready.proxy);
            info!(target: "reload", "the components are served as they are now");
            true
        }
        Err(failure) => {
            failure::log("the components stay as they were", &failure);
            false
        }
    }
}
