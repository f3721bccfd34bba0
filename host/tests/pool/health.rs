//! Health checks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use witgen_serve::origin::{HealthSettings, Pool, PoolSettings};

use crate::backend::{Backend, Behaviour};
use crate::{Changes, get, settings, until, usable};

fn checked<'a>(
    backends: impl IntoIterator<Item = &'a Backend>,
    health: HealthSettings,
) -> PoolSettings {
    PoolSettings {
        health: Some(health),
        ..settings(backends)
    }
}

fn often() -> HealthSettings {
    HealthSettings {
        path: "/healthz".parse().unwrap(),
        interval: Duration::from_millis(50),
        timeout: Duration::from_secs(2),
        ..HealthSettings::default()
    }
}

#[tokio::test]
async fn an_unhealthy_server_is_left_out_until_it_has_recovered() {
    let backends = [Backend::start().await, Backend::start().await];
    let changes = Changes::default();
    let pool = Pool::builder(checked(&backends, often()))
        .observer(Arc::new(changes.clone()))
        .build();
    pool.start();
    until("both are checked", || {
        backends.iter().all(|backend| backend.checks().len() > 1)
    })
    .await;
    assert_eq!(usable(&pool), [true, true]);

    backends[0].set_health(Behaviour::Respond(500));
    until("it is unhealthy", || usable(&pool) == [false, true]).await;
    for _ in 0..10 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
    assert_eq!(backends.each_ref().map(Backend::requests), [0, 10]);

    backends[0].set_health(Behaviour::Respond(204));
    until("it is healthy", || usable(&pool) == [true, true]).await;
    for _ in 0..10 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
    assert_eq!(backends.each_ref().map(Backend::requests), [5, 15]);
    let expected = [
        "is unhealthy: 3 checks failed, the last one: status 500",
        "is healthy: 2 checks succeeded",
    ];
    assert_eq!(changes.all(), expected);
}

#[tokio::test]
async fn a_dead_server_is_used_again_when_it_runs() {
    let mut backends = [Backend::dead(), Backend::start().await];
    let changes = Changes::default();
    let pool = Pool::builder(checked(&backends, often()))
        .observer(Arc::new(changes.clone()))
        .build();
    pool.start();
    until("the first check has failed", || {
        usable(&pool) == [false, true]
    })
    .await;
    assert!(
        changes.all()[0].starts_with("is unhealthy: a check failed: "),
        "{:?}",
        changes.all()
    );
    for _ in 0..10 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
    assert_eq!(pool.status().servers[0].failed, 0);
    backends[0].serve();
    until("it is healthy", || usable(&pool) == [true, true]).await;
    for _ in 0..10 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
    assert_eq!(backends[0].requests(), 5);
}

#[tokio::test]
async fn requests_do_not_wait_for_checks() {
    let backends = [Backend::start().await, Backend::start().await];
    backends.iter().for_each(|backend| backend.set_health(Behaviour::Hang));
    let health = HealthSettings {
        timeout: Duration::from_secs(2),
        ..often()
    };
    let pool = Pool::builder(checked(&backends, health)).build();
    let begun = Instant::now();
    let mut longest = Duration::ZERO;
    // The first request starts the checks, all of which fail later.
    while begun.elapsed() < Duration::from_millis(500) {
        let begun = Instant::now();
        assert_eq!(get(&pool).await.unwrap(), 200);
        longest = longest.max(begun.elapsed());
    }
    assert!(longest < Duration::from_millis(1500), "{longest:?}");
    until("the checks have failed", || usable(&pool) == [false, false]).await;
    // A wrong check doesn't make the origin unavailable.
    assert_eq!(get(&pool).await.unwrap(), 200);
}

#[tokio::test]
async fn if_all_are_down_requests_fail_at_once_until_one_runs() {
    let mut backends = [Backend::dead(), Backend::dead()];
    let health = HealthSettings {
        interval: Duration::from_secs(3600),
        ..often()
    };
    let pool = Pool::builder(checked(&backends, health)).build();
    pool.start();
    until("the first checks have failed", || {
        usable(&pool) == [false, false]
    })
    .await;
    let begun = Instant::now();
    for _ in 0..10 {
        get(&pool).await.unwrap_err();
    }
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    // The next check would be in an hour.
    backends[1].serve();
    for _ in 0..10 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
}

#[tokio::test]
async fn a_check_has_its_own_host_and_statuses() {
    let backend = Backend::start().await;
    backend.set_health(Behaviour::Respond(418));
    let health = HealthSettings {
        path: "/healthz?full".parse().unwrap(),
        host: Some("app.example".parse().unwrap()),
        statuses: vec![http::StatusCode::IM_A_TEAPOT],
        ..often()
    };
    let pool = Pool::builder(checked([&backend], health)).build();
    pool.start();
    until("it is checked", || backend.checks().len() > 1).await;
    let check = &backend.checks()[0];
    assert_eq!(check.uri, "/healthz?full");
    assert_eq!(check.headers["host"], "app.example");
    assert_eq!(usable(&pool), [true]);
    assert_eq!(backend.connections(), 1, "checks share a connection");
    backend.set_health(Behaviour::Respond(200));
    until("it is unhealthy", || usable(&pool) == [false]).await;
}

#[tokio::test]
async fn checks_end_with_their_pool() {
    let backend = Backend::start().await;
    let pool = Pool::builder(checked([&backend], often())).build();
    pool.start();
    until("it is checked", || backend.checks().len() > 1).await;
    drop(pool);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let checks = backend.checks().len();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(backend.checks().len(), checks);
}
