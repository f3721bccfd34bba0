//! Which server gets a request.

use std::time::Duration;

use http_body_util::BodyExt as _;
use pretty_assertions::assert_eq;
use tokio::task::JoinSet;
use witgen_serve::origin::{Balance, Pool, PoolSettings, RetrySettings};
use witgen_serve::proxy::{Body, Upstream as _};

use crate::backend::{Backend, Behaviour};
use crate::{get, request, settings, until, usable};

async fn backends<const N: usize>() -> [Backend; N] {
    let mut backends = Vec::new();
    for _ in 0..N {
        backends.push(Backend::start().await);
    }
    backends.try_into().ok().unwrap()
}

fn requests(backends: &[Backend]) -> Vec<usize> {
    backends.iter().map(Backend::requests).collect()
}

#[tokio::test]
async fn each_server_gets_a_request_in_turn() {
    let backends = backends::<3>().await;
    let pool = Pool::builder(settings(&backends)).build();
    for _ in 0..300 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
    assert_eq!(requests(&backends), [100; 3]);
}

#[tokio::test]
async fn a_failing_server_gets_no_more_than_its_share() {
    for (retries, failed) in [(RetrySettings::default(), 0), (never_permitted(), 5)] {
        let backends = backends::<2>().await;
        backends[0].set(Behaviour::Close);
        let pool = Pool::builder(PoolSettings {
            retries,
            outliers: None,
            ..settings(&backends)
        })
        .build();
        let mut errors = 0;
        for _ in 0..10 {
            errors += usize::from(get(&pool).await.is_err());
        }
        assert_eq!((errors, backends[0].requests()), (failed, 5));
    }
}

/// Requests may be repeated, but the budget never permits it.
fn never_permitted() -> RetrySettings {
    RetrySettings {
        percent: 0,
        min_per_second: 0,
        ..RetrySettings::default()
    }
}

#[tokio::test]
async fn the_share_of_an_unusable_server_is_distributed_evenly() {
    let backends = backends::<4>().await;
    let mut settings = settings(&backends);
    settings.outliers = crate::ejecting(1, Duration::from_secs(3600));
    let pool = Pool::builder(settings).build();
    backends[1].set(Behaviour::Respond(503));
    while usable(&pool) == [true; 4] {
        let _ = get(&pool).await;
    }
    let before = requests(&backends);
    for _ in 0..300 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
    let after = requests(&backends);
    let more: Vec<_> = before.iter().zip(after).map(|(before, after)| after - before).collect();
    assert_eq!(more, [100, 0, 100, 100]);
}

#[tokio::test]
async fn servers_with_fewer_requests_are_preferred() {
    let backends = backends::<3>().await;
    backends[1].set(Behaviour::RespondAfter(Duration::from_millis(300)));
    let pool = Pool::builder(PoolSettings {
        balance: Balance::LeastRequests,
        ..settings(&backends)
    })
    .build();
    let mut clients = JoinSet::new();
    for _ in 0..6 {
        let pool = pool.clone();
        clients.spawn(async move {
            for _ in 0..50 {
                assert_eq!(get(&pool).await.unwrap(), 200);
            }
        });
    }
    clients.join_all().await;
    let requests = requests(&backends);
    assert_eq!(requests.iter().sum::<usize>(), 300);
    // In turn, it would be a third.
    assert!(requests[1] <= 30, "the slow server got {requests:?}");
}

#[tokio::test]
async fn servers_with_as_many_requests_get_one_in_turn() {
    let backends = backends::<3>().await;
    let pool = Pool::builder(PoolSettings {
        balance: Balance::LeastRequests,
        ..settings(&backends)
    })
    .build();
    for _ in 0..300 {
        assert_eq!(get(&pool).await.unwrap(), 200);
    }
    assert_eq!(requests(&backends), [100; 3]);
}

#[tokio::test]
async fn a_request_counts_until_its_response_is_received() {
    let backends = backends::<2>().await;
    let pool = Pool::builder(PoolSettings {
        balance: Balance::LeastRequests,
        ..settings(&backends)
    })
    .build();
    let in_flight = || -> usize {
        let status = pool.status();
        status.servers.iter().map(|server| server.in_flight).sum()
    };
    let first = pool.send(request(http::Method::GET, Body::empty())).await.unwrap();
    let second = pool.send(request(http::Method::GET, Body::empty())).await.unwrap();
    assert_eq!(in_flight(), 2);
    drop(first);
    assert_eq!(in_flight(), 1);
    let mut content = second.into_body();
    while let Some(piece) = content.frame().await {
        piece.unwrap();
    }
    assert_eq!(
        in_flight(),
        0,
        "the response is received, though its body isn't dropped"
    );
}

#[tokio::test]
async fn cancelled_requests_no_longer_count() {
    let backend = Backend::with(Behaviour::Hang).await;
    let other = Backend::with(Behaviour::Hang).await;
    for backends in [vec![&backend], vec![&backend, &other]] {
        let pool = Pool::builder(settings(backends)).build();
        let sending = pool.clone();
        let task = tokio::spawn(async move { get(&sending).await });
        until("a request has been sent", || {
            pool.status().servers.iter().any(|server| server.in_flight == 1)
        })
        .await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        let status = pool.status();
        assert!(status.servers.iter().all(|server| server.in_flight == 0));
        let ended = status.servers.iter().map(|server| (server.cancelled, server.failed));
        assert_eq!(ended.max(), Some((1, 0)));
    }
}

#[tokio::test]
async fn a_server_has_its_own_host_only_if_that_is_set() {
    let backend = Backend::start().await;
    let pool = Pool::builder(settings([&backend])).build();
    let asks = |path: &'static str| {
        let mut request = request(http::Method::GET, Body::empty());
        *request.uri_mut() = http::Uri::builder()
            .scheme("http")
            .authority("example.com")
            .path_and_query(path)
            .build()
            .unwrap();
        request
    };
    pool.send(asks("/healthz")).await.unwrap();
    pool.clone().own_host().send(asks("/healthz")).await.unwrap();
    let hosts: Vec<_> = backend.checks().iter().map(|head| head.headers["host"].clone()).collect();
    assert_eq!(hosts, ["example.com", &backend.address()]);
}
