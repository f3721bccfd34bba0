//! Servers whose requests fail are left out for a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use witgen_serve::origin::{HealthSettings, OutlierSettings, Pool, PoolSettings};

use crate::backend::{Backend, Behaviour};
use crate::{Changes, ejecting, get, settings, until, usable};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_server_with_failures_in_a_row_is_ejected() {
    let backends = [Backend::start().await, Backend::start().await];
    let changes = Changes::default();
    let pool = Pool::builder(PoolSettings {
        outliers: ejecting(3, HOUR),
        ..settings(&backends)
    })
    .observer(Arc::new(changes.clone()))
    .build();
    // Two, and a success.
    for status in [502, 503, 404, 504, 503] {
        backends[0].set(Behaviour::Respond(status));
        get(&pool).await.unwrap();
        get(&pool).await.unwrap();
    }
    assert_eq!(usable(&pool), [true, true]);
    get(&pool).await.unwrap();
    assert_eq!(usable(&pool), [false, true]);
    let text = "is ejected for 300s: 3 requests failed, the last one: status 503";
    assert_eq!(changes.all(), [text]);
    let before = backends[0].requests();
    for _ in 0..20 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
    assert_eq!(backends[0].requests(), before);
    assert_eq!(pool.status().servers[0].ejections, 1);
}

#[tokio::test]
async fn an_ejected_server_returns_and_is_ejected_again_at_its_first_failure() {
    let backends = [
        Backend::with(Behaviour::Respond(503)).await,
        Backend::start().await,
    ];
    let changes = Changes::default();
    let base = Duration::from_millis(1500);
    let pool = Pool::builder(PoolSettings {
        outliers: ejecting(2, base),
        ..settings(&backends)
    })
    .observer(Arc::new(changes.clone()))
    .build();
    for time in [base, 2 * base] {
        let (before, begun) = (changes.all().len(), Instant::now());
        while changes.all().len() == before {
            get(&pool).await.unwrap();
        }
        until("it returns", || changes.all().len() == before + 2).await;
        assert_eq!(usable(&pool), [true, true]);
        assert!(begun.elapsed() >= time);
    }
    assert_eq!(
        changes.all(),
        [
            "is ejected for 1.5s: 2 requests failed, the last one: status 503",
            "is used again: its ejection has ended",
            "is ejected for 3s: 2 requests failed, the last one: status 503",
            "is used again: its ejection has ended",
        ]
    );
}

#[tokio::test]
async fn no_more_than_a_share_is_ejected() {
    for (servers, percent, ejected) in
        [(4, 50, 2), (3, 50, 1), (2, 100, 2), (1, 100, 0), (3, 10, 0)]
    {
        let mut backends = Vec::new();
        for _ in 0..servers {
            backends.push(Backend::with(Behaviour::Respond(503)).await);
        }
        let pool = Pool::builder(PoolSettings {
            outliers: Some(OutlierSettings {
                failures: 1,
                base: HOUR,
                max: HOUR,
                max_percent: percent,
            }),
            ..settings(&backends)
        })
        .build();
        for _ in 0..20 {
            get(&pool).await.unwrap();
        }
        let count = usable(&pool).iter().filter(|is_usable| !**is_usable).count();
        assert_eq!(count, ejected, "{percent}% of {servers}");
    }
}

fn all_may_be_ejected() -> Option<OutlierSettings> {
    Some(OutlierSettings {
        failures: 1,
        base: HOUR,
        max: HOUR,
        max_percent: 100,
    })
}

#[tokio::test]
async fn if_no_server_is_usable_all_are_tried_and_those_that_respond_are_used_again() {
    let backends = [
        Backend::with(Behaviour::Respond(503)).await,
        Backend::with(Behaviour::Respond(503)).await,
    ];
    let pool = Pool::builder(PoolSettings {
        outliers: all_may_be_ejected(),
        ..settings(&backends)
    })
    .build();
    for _ in 0..4 {
        assert_eq!(get(&pool).await.unwrap(), 503);
    }
    assert_eq!(usable(&pool), [false, false]);
    let requests = backends.each_ref().map(Backend::requests);
    assert_eq!(requests, [2, 2]);
    backends[0].set(Behaviour::Respond(200));
    get(&pool).await.unwrap();
    assert_eq!(usable(&pool), [true, false]);
    for _ in 0..10 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
}

#[tokio::test]
async fn a_request_that_the_usable_servers_fail_goes_to_the_others() {
    let mut backends = [
        Backend::with(Behaviour::Respond(503)).await,
        Backend::start().await,
    ];
    let pool = Pool::builder(PoolSettings {
        outliers: all_may_be_ejected(),
        ..settings(&backends)
    })
    .build();
    while usable(&pool) != [false, true] {
        get(&pool).await.unwrap();
    }
    backends[0].set(Behaviour::Respond(200));
    backends[1].kill().await;
    for _ in 0..10 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
    assert_eq!(usable(&pool), [true, false]);
}

#[tokio::test]
async fn a_check_ends_an_ejection_only_if_no_connection_could_be_made() {
    let mut backends = [
        Backend::start().await,
        Backend::start().await,
        Backend::start().await,
        Backend::start().await,
    ];
    let pool = Pool::builder(PoolSettings {
        outliers: all_may_be_ejected(),
        health: Some(HealthSettings {
            path: "/healthz".parse().unwrap(),
            interval: Duration::from_millis(50),
            // The checks alone leave out no server.
            unhealthy_after: u32::MAX,
            ..HealthSettings::default()
        }),
        ..settings(&backends)
    })
    .build();
    pool.start();
    until("all are checked", || {
        backends.iter().all(|backend| backend.checks().len() > 1)
    })
    .await;
    backends[0].kill().await;
    backends[1].set(Behaviour::Respond(503));
    backends[2].set(Behaviour::Close);
    while usable(&pool) != [false, false, false, true] {
        get(&pool).await.unwrap();
    }
    backends[0].serve();
    let expected = [true, false, false, true];
    until("it is used again", || usable(&pool) == expected).await;
    for other in &backends[1..3] {
        let checks = other.checks().len();
        until("another one is checked", || {
            other.checks().len() > checks + 2
        })
        .await;
    }
    assert_eq!(usable(&pool), expected);
    // A check that fails and succeeds again shows that the server has recovered.
    let checks = backends[1].checks().len();
    backends[1].set_health(Behaviour::Respond(503));
    until("a check fails", || backends[1].checks().len() > checks + 1).await;
    backends[1].set_health(Behaviour::Respond(200));
    until("it is used again", || {
        usable(&pool) == [true, true, false, true]
    })
    .await;
}
