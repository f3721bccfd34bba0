//! Servers that end while many requests are under way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use tokio::task::JoinSet;
use witgen_serve::origin::{Balance, Pool, PoolSettings};
use witgen_serve::proxy::ErrorCode;

use crate::backend::{Backend, Behaviour};
use crate::{ejecting, send, settings};

const CLIENTS: usize = 32;

/// Has clients send requests while servers end and run again, and returns the errors that they see.
async fn errors_while_servers_end(method: Method, balance: Balance) -> Vec<ErrorCode> {
    let mut backends = Vec::new();
    for _ in 0..4 {
        backends.push(Backend::with(Behaviour::RespondAfter(Duration::from_millis(1))).await);
    }
    let pool = Pool::builder(PoolSettings {
        balance,
        outliers: ejecting(5, Duration::from_millis(200)),
        ..settings(&backends)
    })
    .build();
    let has_ended = Arc::new(AtomicBool::new(false));
    let errors = Arc::<Mutex<Vec<_>>>::default();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (pool, has_ended, errors) = (pool.clone(), has_ended.clone(), errors.clone());
        let method = method.clone();
        clients.spawn(async move {
            let mut count = 0;
            while !has_ended.load(Ordering::Relaxed) {
                if let Err(code) = send(&pool, method.clone()).await {
                    errors.lock().unwrap().push(code);
                }
                count += 1;
            }
            count
        });
    }
    for dying in [0, 2, 1] {
        tokio::time::sleep(Duration::from_millis(300)).await;
        backends[dying].kill().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        backends[dying].serve();
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    has_ended.store(true, Ordering::Relaxed);
    let sent: usize = clients.join_all().await.into_iter().sum();
    let status = pool.status();
    assert!(
        status.servers.iter().all(|server| server.in_flight == 0),
        "{status:?}"
    );
    let failed: u64 = status.servers.iter().map(|server| server.failed).sum();
    eprintln!("{method} {balance:?}: {sent} requests, {failed} attempts failed");
    assert!(failed > 0, "the servers have ended under load");
    std::mem::take(&mut *errors.lock().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_get_fails_when_servers_end() {
    for balance in [Balance::RoundRobin, Balance::LeastRequests] {
        let errors = errors_while_servers_end(Method::GET, balance).await;
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_other_requests_only_those_fail_that_were_sent() {
    let errors = errors_while_servers_end(Method::POST, Balance::RoundRobin).await;
    // Each of three servers may have had one of each client.
    assert!(errors.len() <= 3 * CLIENTS, "{errors:?}");
    for code in errors {
        let was_sent = matches!(
            code,
            ErrorCode::HttpResponseIncomplete | ErrorCode::ConnectionTerminated
        );
        assert!(was_sent, "{code}");
    }
}
