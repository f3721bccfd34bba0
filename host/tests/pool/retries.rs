//! Which requests are repeated at another server.

use std::time::{Duration, Instant};

use http::Method;
use http_body::Frame;
use pretty_assertions::assert_eq;
use testkit_serve::content;
use testkit_serve::network::scripted;
use wasmtime_wasi_http::RequestOptions;
use witgen_serve::origin::{Pool, PoolSettings, RetrySettings, TimeoutSettings};
use witgen_serve::proxy::{Body, ErrorCode, Upstream as _};

use crate::backend::{Backend, Behaviour};
use crate::{get, request, send, settings, until};

/// Returns a pool of a server that does this, and of one that responds; the first request goes to the former.
async fn pool_with(behaviour: Behaviour) -> (Pool, Backend, Backend) {
    let first = Backend::with(behaviour).await;
    let second = Backend::start().await;
    let pool = Pool::builder(settings([&first, &second])).build();
    (pool, first, second)
}

#[tokio::test]
async fn clients_never_see_a_dead_server() {
    for (method, body) in [
        (Method::GET, ""),
        (Method::POST, ""),
        (Method::POST, "content"),
    ] {
        let dead = Backend::dead();
        let alive = [Backend::start().await, Backend::start().await];
        let pool = Pool::builder(PoolSettings {
            outliers: crate::ejecting(5, Duration::from_secs(3600)),
            ..settings([&dead, &alive[0], &alive[1]])
        })
        .build();
        for _ in 0..200 {
            let response = pool.send(request(method.clone(), body)).await.unwrap();
            assert_eq!(response.status(), 200);
        }
        let status = pool.status();
        assert_eq!((status.servers[0].failed, status.retries), (5, 5));
    }
}

#[tokio::test]
async fn idempotent_requests_are_repeated_when_a_connection_ends() {
    for method in [
        Method::GET,
        Method::HEAD,
        Method::OPTIONS,
        Method::PUT,
        Method::DELETE,
    ] {
        let (pool, first, second) = pool_with(Behaviour::Close).await;
        assert_eq!(send(&pool, method.clone()).await.unwrap(), 200, "{method}");
        assert_eq!((first.requests(), second.requests()), (1, 1), "{method}");
    }
}

#[tokio::test]
async fn others_are_not_once_they_were_sent() {
    for method in [Method::POST, Method::PATCH] {
        let (pool, first, second) = pool_with(Behaviour::Close).await;
        let code = send(&pool, method.clone()).await.unwrap_err();
        assert!(
            matches!(code, ErrorCode::HttpResponseIncomplete),
            "{method}: {code}"
        );
        assert_eq!((first.requests(), second.requests()), (1, 0), "{method}");
    }
}

#[tokio::test]
async fn content_that_was_read_is_not_sent_again() {
    let (pool, first, second) = pool_with(Behaviour::CloseAfterContent).await;
    let (pieces, body) = scripted();
    pieces.send(Ok(Frame::data("piece".into()))).await.unwrap();
    pool.send(request(Method::PUT, body)).await.unwrap_err();
    assert_eq!((first.requests(), second.requests()), (1, 0));
}

#[tokio::test]
async fn content_that_was_not_read_is_sent_to_the_other_server() {
    let (pool, first, second) = pool_with(Behaviour::Close).await;
    second.set(Behaviour::Echo);
    let (pieces, body) = scripted();
    let sending = pool.clone();
    let response = tokio::spawn(async move { sending.send(request(Method::PUT, body)).await });
    until("the other server has the request", || {
        second.requests() == 1
    })
    .await;
    pieces.send(Ok(Frame::data("piece".into()))).await.unwrap();
    drop(pieces);
    let response = response.await.unwrap().unwrap();
    assert_eq!(content(response).await, "piece");
    assert_eq!((first.requests(), second.requests()), (1, 1));
}

#[tokio::test]
async fn a_response_is_never_replaced() {
    let (pool, first, second) = pool_with(Behaviour::Respond(503)).await;
    assert_eq!(get(&pool).await.unwrap(), 503);
    assert_eq!((first.requests(), second.requests()), (1, 0));
}

#[tokio::test]
async fn a_request_is_repeated_only_as_often_as_is_set() {
    let mut backends = Vec::new();
    for _ in 0..5 {
        backends.push(Backend::with(Behaviour::Close).await);
    }
    for max in [0, 1, 2, 10] {
        let before: usize = backends.iter().map(Backend::requests).sum();
        let pool = Pool::builder(PoolSettings {
            retries: RetrySettings {
                max,
                ..RetrySettings::default()
            },
            ..settings(&backends)
        })
        .build();
        get(&pool).await.unwrap_err();
        let after: usize = backends.iter().map(Backend::requests).sum();
        // Each server gets it once.
        assert_eq!(after - before, (max + 1).min(5));
        assert_eq!(pool.status().retries as usize, max.min(4));
    }
}

#[tokio::test]
async fn the_budget_holds_in_a_total_outage() {
    for behaviour in [Some(Behaviour::Close), None] {
        let mut backends = Vec::new();
        for _ in 0..3 {
            backends.push(match behaviour {
                Some(behaviour) => Backend::with(behaviour).await,
                None => Backend::dead(),
            });
        }
        let pool = Pool::builder(PoolSettings {
            retries: RetrySettings {
                max: 2,
                percent: 20,
                min_per_second: 1,
            },
            ..settings(&backends)
        })
        .build();
        let begun = Instant::now();
        for _ in 0..500 {
            get(&pool).await.unwrap_err();
        }
        let status = pool.status();
        let attempts: u64 = status.servers.iter().map(|server| server.failed).sum();
        assert_eq!(attempts, 500 + status.retries);
        // A fifth of the requests, and 10 for the minimum per second, over 10 s.
        let at_most = 110 + begun.elapsed().as_secs();
        assert!(
            (1..=at_most).contains(&status.retries),
            "{}",
            status.retries
        );
    }
}

#[tokio::test]
async fn a_server_that_does_not_respond_in_time_is_left() {
    let [first, second] = [Backend::with(Behaviour::Hang).await, Backend::start().await];
    let pool = || {
        let settings = PoolSettings {
            timeouts: TimeoutSettings {
                first_byte: Some(Duration::from_millis(200)),
                ..TimeoutSettings::default()
            },
            ..settings([&first, &second])
        };
        Pool::builder(settings).build()
    };
    assert_eq!(get(&pool()).await.unwrap(), 200);
    assert_eq!((first.requests(), second.requests()), (1, 1));
    let code = send(&pool(), Method::POST).await.unwrap_err();
    assert!(matches!(code, ErrorCode::ConnectionReadTimeout), "{code}");
    assert_eq!((first.requests(), second.requests()), (2, 1));
}

#[tokio::test]
async fn the_time_of_the_component_is_never_extended() {
    let (pool, first, second) = pool_with(Behaviour::Hang).await;
    let mut request = request(Method::GET, Body::empty());
    request.extensions_mut().insert(RequestOptions {
        first_byte_timeout: Some(Duration::from_millis(200)),
        ..RequestOptions::default()
    });
    let code = pool.send(request).await.unwrap_err();
    assert!(matches!(code, ErrorCode::ConnectionReadTimeout), "{code}");
    assert_eq!((first.requests(), second.requests()), (1, 0));
}

#[tokio::test]
async fn errors_of_the_request_are_not_repeated_and_not_the_servers() {
    let backends = [
        Backend::with(Behaviour::Hang).await,
        Backend::with(Behaviour::Hang).await,
    ];
    let pool = Pool::builder(PoolSettings {
        outliers: crate::ejecting(1, Duration::from_secs(3600)),
        ..settings(&backends)
    })
    .build();
    for error in [
        ErrorCode::ConnectionTerminated,
        ErrorCode::HttpRequestBodySize(None),
    ] {
        let (pieces, body) = scripted();
        pieces.send(Err(error)).await.unwrap();
        pool.send(request(Method::PUT, body)).await.unwrap_err();
    }
    assert_eq!(crate::usable(&pool), [true, true]);
    assert_eq!(pool.status().retries, 0);
}
