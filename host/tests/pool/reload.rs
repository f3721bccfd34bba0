//! Pools that replace others.

use std::time::Duration;

use pretty_assertions::assert_eq;
use witgen_serve::origin::{HealthSettings, Pool, PoolSettings};
use witgen_serve::proxy::Upstream as _;

use crate::backend::{Backend, Behaviour};
use crate::{ejecting, get, settings, until, usable};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn servers_that_stay_keep_state_connections_and_counters() {
    let [failing, kept, new] = [
        Backend::with(Behaviour::Respond(503)).await,
        Backend::start().await,
        Backend::start().await,
    ];
    let with = |backends: &[&Backend]| PoolSettings {
        outliers: ejecting(1, HOUR),
        ..settings(backends.iter().copied())
    };
    let first = Pool::builder(with(&[&failing, &kept])).build();
    for _ in 0..4 {
        get(&first).await.unwrap();
    }
    assert_eq!(usable(&first), [false, true]);

    let second = Pool::builder(with(&[&new, &failing, &kept])).replaces(&first).build();
    assert_eq!(usable(&second), [true, false, true]);
    for _ in 0..10 {
        assert_eq!(get(&second).await.unwrap(), 200);
    }
    let status = second.status();
    let answered: Vec<_> = status.servers.iter().map(|server| server.answered).collect();
    assert_eq!(answered, [5, 1, 8]);
    assert_eq!(status.servers[1].ejections, 1);
    assert_eq!(kept.connections(), 1);

    // The options of its connections have changed.
    let third = Pool::builder(with(&[&kept])).replaces(&second).new_connections().build();
    assert_eq!(get(&third).await.unwrap(), 200);
    assert_eq!(kept.connections(), 2);
    // The requests of an earlier pool continue.
    assert_eq!(get(&first).await.unwrap(), 200);
}

#[tokio::test]
async fn a_server_that_is_no_longer_to_be_ejected_is_used_again() {
    let [failing, other] = [
        Backend::with(Behaviour::Respond(503)).await,
        Backend::start().await,
    ];
    let settings = settings([&failing, &other]);
    let first = Pool::builder(PoolSettings {
        outliers: ejecting(1, HOUR),
        ..settings.clone()
    })
    .build();
    get(&first).await.unwrap();
    assert_eq!(usable(&first), [false, true]);
    let second = Pool::builder(settings).replaces(&first).build();
    second.start();
    assert_eq!(usable(&second), [true, true]);
}

#[tokio::test]
async fn only_the_last_pool_checks_its_servers() {
    let backend = Backend::start().await;
    let checked = |path: &str| PoolSettings {
        health: Some(HealthSettings {
            path: path.parse().unwrap(),
            interval: Duration::from_millis(50),
            ..HealthSettings::default()
        }),
        ..settings([&backend])
    };
    let paths = || backend.checks().into_iter().map(|check| check.uri.to_string());
    let first = Pool::builder(checked("/healthz?first")).build();
    let second = Pool::builder(checked("/healthz?second")).replaces(&first).build();
    first.start();
    until("the first one checks", || {
        paths().any(|path| path == "/healthz?first")
    })
    .await;
    second.start();
    until("the second one checks", || {
        paths().any(|path| path == "/healthz?second")
    })
    .await;
    let checks = paths().count();
    // A request of the earlier one starts nothing.
    get(&first).await.unwrap();
    until("there are more checks", || paths().count() > checks + 2).await;
    assert!(paths().skip(checks).all(|path| path == "/healthz?second"));

    // Without checks, a server is healthy.
    backend.set_health(Behaviour::Respond(500));
    until("it is unhealthy", || usable(&second) == [false]).await;
    let third = Pool::builder(settings([&backend])).replaces(&second).build();
    third.start();
    assert_eq!(usable(&third), [true]);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let checks = paths().count();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(paths().count(), checks);
}

#[test]
fn faults_are_reported_when_a_component_is_built() {
    let pool = |servers: &[&str]| {
        let servers = servers.iter().map(|server| server.parse().unwrap()).collect();
        let settings = PoolSettings {
            servers,
            ..PoolSettings::default()
        };
        Pool::builder(settings).build().fault()
    };
    assert_eq!(pool(&["http://a:1", "https://b/base"]), None);
    assert_eq!(pool(&[]).unwrap(), "the pool has no servers");
    assert_eq!(
        pool(&["ftp://a", "http://b/?query"]).unwrap(),
        "`ftp://a/` isn't an http or https URL; `http://b/?query` has a query, but each request has its own"
    );
    // A pool may be made where there is no runtime.
    Pool::builder(PoolSettings::default()).build().start();
}
