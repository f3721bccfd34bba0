//! Servers whose requests fail are left out for a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use witgen_serve::origin::{OutlierSettings, Pool, PoolSettings};

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

#[tokio::test]
async fn if_no_server_is_usable_all_are_tried() {
    let backends = [
        Backend::with(Behaviour::Respond(503)).await,
        Backend::with(Behaviour::Respond(503)).await,
    ];
    let pool = Pool::builder(PoolSettings {
        outliers: Some(OutlierSettings {
            failures: 1,
            base: HOUR,
            max: HOUR,
            max_percent: 100,
        }),
        ..settings(&backends)
    })
    .build();
    for _ in 0..4 {
        assert_eq!(get(&pool).await.unwrap(), 503);
    }
    assert_eq!(usable(&pool), [false, false]);
    backends[0].set(Behaviour::Respond(200));
    backends[1].set(Behaviour::Respond(200));
    let before = backends.each_ref().map(Backend::requests);
    for _ in 0..10 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
    let after = backends.each_ref().map(Backend::requests);
    assert_eq!(after, before.map(|requests| requests + 5));
}
