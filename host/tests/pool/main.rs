//! Pools of servers: which one gets a request, what is repeated, and which ones are left out.

mod backend;
mod balance;
mod ejections;
mod health;
mod reload;
mod retries;
mod under_load;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::{Method, Uri};
use http_body_util::BodyExt as _;
use witgen_serve::origin::{Change, OutlierSettings, Pool, PoolObserver, PoolSettings};
use witgen_serve::proxy::{Body, ErrorCode, Request, Upstream as _};

use backend::Backend;

/// The longest wait for anything; test machines are slow, and run other tests meanwhile.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Returns settings for these servers, with which none is ejected.
fn settings<'a>(servers: impl IntoIterator<Item = &'a Backend>) -> PoolSettings {
    PoolSettings {
        servers: servers.into_iter().map(Backend::url).collect(),
        outliers: None,
        ..PoolSettings::default()
    }
}

/// Returns settings that eject a server after a number of failures.
fn ejecting(failures: u32, base: Duration) -> Option<OutlierSettings> {
    Some(OutlierSettings {
        failures,
        base,
        ..OutlierSettings::default()
    })
}

fn request(method: Method, body: impl Into<Body>) -> Request {
    let mut request = Request::new(body.into());
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from_static("http://example.com/path");
    request
}

/// Sends a request without content, and returns the status.
async fn send(pool: &Pool, method: Method) -> Result<u16, ErrorCode> {
    let response = pool.send(request(method, Body::empty())).await?;
    let status = response.status().as_u16();
    response.into_body().collect().await.unwrap();
    Ok(status)
}

async fn get(pool: &Pool) -> Result<u16, ErrorCode> {
    send(pool, Method::GET).await
}

/// Waits until a condition is met.
async fn until(what: &str, mut is_met: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_met() {
        assert!(begun.elapsed() < TIMEOUT, "it is still not so: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Returns which servers are usable.
fn usable(pool: &Pool) -> Vec<bool> {
    pool.status().servers.iter().map(|server| server.is_usable).collect()
}

/// Keeps the changes of servers, as text.
#[derive(Clone, Default)]
struct Changes(Arc<Mutex<Vec<String>>>);

impl Changes {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl PoolObserver for Changes {
    fn changed(&self, _: &Uri, change: &Change) {
        self.0.lock().unwrap().push(change.to_string());
    }
}
