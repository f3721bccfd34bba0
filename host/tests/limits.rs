//! What a component can't do to its host, to its callers and to other components: `bad` tries all of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use pretty_assertions::assert_eq;
use testkit_serve::watched::Watched;
use testkit_serve::{builder, content};
use tokio_stream::StreamExt as _;
use witgen_serve::proxy::{
    Body, BuildErrorKind, ErrorCode, HttpUpstream, Limits, Request, Response, Reuse,
};

/// How much longer than its limit anything may take on a slow machine.
const MAX_DELAY: Duration = Duration::from_secs(5);

fn to(path: &str) -> Request {
    let mut request = Request::default();
    *request.uri_mut() = path.parse().unwrap();
    request
}

fn limits() -> Limits {
    Limits {
        memory: 32 << 20,
        resources: 1000,
        response: Duration::from_millis(800),
        post_response: Duration::from_millis(500),
        ..Limits::default()
    }
}

fn one_request_per_instance() -> Reuse {
    Reuse {
        concurrent: 1,
        total: 1,
        ..Reuse::default()
    }
}

/// `bad`, watched.
fn bad(reuse: Reuse, limits: Limits) -> Watched {
    Watched::new(builder("bad").reuse(reuse).limits(limits))
}

/// All of a body, or how it ends.
async fn end(response: Response) -> Result<usize, String> {
    let body = response.into_body().collect().await;
    body.map(|body| body.to_bytes().len()).map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_without_end_ends_in_its_time_and_holds_nobody_up() {
    let limits = Limits {
        response: Duration::from_secs(3),
        cpu: Duration::from_secs(10),
        ..limits()
    };
    let watched = bad(one_request_per_instance(), limits);
    let begin = Instant::now();
    // More of them than there are threads.
    let loops: Vec<_> = (0..6)
        .map(|_| {
            let looping = watched.component.clone();
            tokio::spawn(async move { looping.handle(to("/loop")).await })
        })
        .collect();
    for _ in 0..10 {
        let response = watched.component.handle(to("/")).await.unwrap();
        assert_eq!(content(response).await, "good\n");
    }
    for looping in loops {
        let code = looping.await.unwrap().unwrap_err();
        assert!(matches!(code, ErrorCode::HttpResponseTimeout), "{code}");
    }
    watched.are_gone(MAX_DELAY).await;
    assert!(
        begin.elapsed() < limits.response + MAX_DELAY,
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(watched.failures().len(), 6, "{:?}", watched.failures());
}

/// An instance that takes no further requests is not asked whether it does, and is still not computing while it waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_for_a_slow_body_is_not_computing() {
    let limits = Limits {
        cpu: Duration::from_millis(200),
        response: Duration::from_secs(10),
        post_response: Duration::from_secs(20),
        ..limits()
    };
    let origin = |_| async {
        let pieces = tokio_stream::iter(0..60).then(|_| async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok::<_, ErrorCode>(Frame::data(Bytes::from("x")))
        });
        Ok(Response::new(Body::new(StreamBody::new(Box::pin(pieces)))))
    };
    let rewrite = builder("rewrite")
        .origin(origin)
        .reuse(one_request_per_instance())
        .limits(limits);
    let watched = Watched::new(rewrite);
    let response = watched.component.handle(Request::default()).await.unwrap();
    assert_eq!(end(response).await, Ok(60), "{:?}", watched.failures());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_loops_when_it_has_answered_holds_up_what_has_come_to_it_for_so_long() {
    let limits = Limits {
        cpu: Duration::from_millis(500),
        response: Duration::from_secs(10),
        post_response: Duration::from_secs(20),
        ..limits()
    };
    let watched = bad(Reuse::default(), limits);
    let begin = Instant::now();
    let response = watched.component.handle(to("/loops-later")).await.unwrap();
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    let mut failed = 0;
    for _ in 0..10 {
        match watched.component.handle(to("/")).await {
            Ok(response) => assert_eq!(content(response).await, "good\n"),
            // It had come to the same instance by then.
            Err(ErrorCode::InternalError(_)) => failed += 1,
            Err(code) => panic!("{code}"),
        }
    }
    assert!(failed <= 1, "{failed} failed");
    assert!(
        begin.elapsed() < limits.cpu + MAX_DELAY,
        "{:?}",
        begin.elapsed()
    );
    assert!(body.frame().await.unwrap().is_err());
    let failures = watched.failures();
    assert!(
        failures[0].contains("computed for 500ms without a pause"),
        "{failures:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loops_leave_the_network_and_timers_their_turn() {
    let watched = bad(
        one_request_per_instance(),
        Limits {
            response: Duration::from_secs(3),
            cpu: Duration::from_secs(5),
            ..limits()
        },
    );
    let loops: Vec<_> = (0..4)
        .map(|_| {
            let looping = watched.component.clone();
            tokio::spawn(async move { looping.handle(to("/loop")).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begin = Instant::now();
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Each may wait for a turn of each loop, and not for dozens of them.
    assert!(
        begin.elapsed() < Duration::from_millis(1500),
        "{:?}",
        begin.elapsed()
    );
    for looping in loops {
        assert!(looping.await.unwrap().is_err());
    }
}

#[tokio::test]
async fn a_request_that_nobody_waits_for_cuts_no_other_bodies() {
    let limits = Limits {
        response: Duration::from_millis(600),
        post_response: Duration::from_secs(20),
        ..limits()
    };
    for waits in [Duration::from_millis(20), Duration::from_secs(1)] {
        let watched = bad(Reuse::default(), limits);
        let response = watched.component.handle(to("/endless")).await.unwrap();
        let mut body = response.into_body();
        body.frame().await.unwrap().unwrap();
        let silent = tokio::time::timeout(waits, watched.component.handle(to("/silent"))).await;
        assert!(!matches!(silent, Ok(Ok(_))));
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(1500) {
            body.frame().await.unwrap().unwrap();
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn who_takes_memory_without_end_is_refused_it() {
    let watched = bad(Reuse::default(), limits());
    let code = watched.component.handle(to("/hoard")).await.unwrap_err();
    assert!(matches!(code, ErrorCode::InternalError(_)), "{code}");
    let response = watched.component.handle(to("/")).await.unwrap();
    assert_eq!(content(response).await, "good\n");
    let failures = watched.failures();
    let refused = "the component needs more than its limit of 33554432 bytes of memory";
    assert!(failures[0].contains(refused), "{failures:?}");
}

/// It would be refused memory after some 160 requests.
#[tokio::test]
async fn an_instance_that_loses_memory_is_given_up_before_it_has_none() {
    let watched = bad(Reuse::default(), limits());
    for _ in 0..400 {
        let response = watched.component.handle(to("/lose")).await.unwrap();
        assert_eq!(content(response).await, "lost\n");
    }
    assert_eq!(watched.failures(), [""; 0]);
}

#[tokio::test]
async fn what_the_host_keeps_for_an_instance_is_bounded() {
    let watched = bad(Reuse::default(), limits());
    let code = watched.component.handle(to("/resources")).await.unwrap_err();
    assert!(matches!(code, ErrorCode::InternalError(_)), "{code}");
    assert!(
        watched.failures()[0].contains("resource table"),
        "{:?}",
        watched.failures()
    );
    let response = watched.component.handle(to("/")).await.unwrap();
    assert_eq!(content(response).await, "good\n");
}

#[tokio::test]
async fn who_never_answers_is_given_up_and_goes_away() {
    let watched = bad(Reuse::default(), limits());
    let begin = Instant::now();
    let code = watched.component.handle(to("/silent")).await.unwrap_err();
    assert!(matches!(code, ErrorCode::HttpResponseTimeout), "{code}");
    assert!(begin.elapsed() >= limits().response);
    let response = watched.component.handle(to("/")).await.unwrap();
    assert_eq!(content(response).await, "good\n");
    watched.are_gone(limits().post_response + MAX_DELAY).await;
}

#[tokio::test]
async fn a_body_that_goes_wrong_ends_with_an_error_in_its_time() {
    for path in [
        "/half",
        "/short",
        "/stalls",
        "/panics-later",
        "/loops-later",
        "/endless",
    ] {
        let watched = bad(one_request_per_instance(), limits());
        let begin = Instant::now();
        let response = watched.component.handle(to(path)).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let end = end(response).await;
        assert!(end.is_err(), "{path} looks whole: {end:?}");
        let time = limits().response + limits().post_response + MAX_DELAY;
        assert!(begin.elapsed() < time, "{path}: {:?}", begin.elapsed());
        watched.are_gone(MAX_DELAY).await;
    }
}

#[tokio::test]
async fn a_client_that_goes_away_takes_nothing_with_it() {
    let watched = bad(Reuse::default(), limits());
    // Before there is a response.
    for _ in 0..20 {
        let handled = watched.component.handle(to("/silent"));
        let gone = tokio::time::timeout(Duration::from_millis(1), handled).await;
        assert!(gone.is_err());
    }
    // With a response in its hands, and in the middle of it.
    for _ in 0..20 {
        drop(watched.component.handle(to("/endless")).await.unwrap());
        let response = watched.component.handle(to("/endless")).await.unwrap();
        let mut body = response.into_body();
        body.frame().await.unwrap().unwrap();
    }
    watched.are_gone(limits().response + limits().post_response + MAX_DELAY).await;
}

#[tokio::test]
async fn a_cancelled_request_ends_what_it_waits_for_and_not_its_instance() {
    let calls = Arc::new(());
    let call = calls.clone();
    let origin = move |request: Request| {
        let call = call.clone();
        async move {
            if request.uri().path() == "/silent" {
                std::future::pending::<()>().await;
            }
            drop(call);
            Ok(Response::default())
        }
    };
    let reuse = Reuse {
        idle: Duration::from_secs(60),
        ..Reuse::default()
    };
    let watched = Watched::new(builder("pass").origin(origin).reuse(reuse));
    for _ in 0..30 {
        let handled = watched.component.handle(to("/silent"));
        assert!(tokio::time::timeout(Duration::from_millis(20), handled).await.is_err());
        // The origin's closure has the other reference.
        let begin = Instant::now();
        while Arc::strong_count(&calls) > 2 {
            assert!(begin.elapsed() < MAX_DELAY, "the origin is still asked");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(
            watched.component.handle(to("/")).await.unwrap().status(),
            200
        );
    }
    assert_eq!(watched.instances(), 1);
    assert_eq!(watched.failures(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bad_among_the_good_cost_nobody_but_themselves() {
    let limits = Limits {
        // Six loops at a time leave little for the others.
        response: Duration::from_secs(4),
        cpu: Duration::from_secs(10),
        post_response: Duration::from_secs(4),
        ..limits()
    };
    let watched = bad(one_request_per_instance(), limits);
    let bad = ["/panic", "/loop", "/hoard", "/resources", "/silent"];
    // All requests start before the first one is awaited.
    let requests: Vec<_> = (0..300)
        .map(|n| {
            let path = if n % 10 == 0 {
                bad[n / 10 % bad.len()]
            } else {
                "/"
            };
            let handler = watched.component.clone();
            tokio::spawn(async move {
                let end = match handler.handle(to(path)).await {
                    Ok(response) => content(response).await.escape_ascii().to_string(),
                    Err(ErrorCode::InternalError(_)) => "internal-error".to_owned(),
                    Err(code) => format!("{code:?}"),
                };
                (path, end)
            })
        })
        .collect();
    let mut ends: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for request in requests {
        let (path, end) = request.await.unwrap();
        *ends.entry(path).or_default().entry(end).or_default() += 1;
    }
    let once = |end: &str, count| BTreeMap::from([(end.to_owned(), count)]);
    let expected = BTreeMap::from([
        ("/", once("good\\n", 270)),
        ("/panic", once("internal-error", 6)),
        ("/loop", once("ErrorCode::HttpResponseTimeout", 6)),
        ("/hoard", once("internal-error", 6)),
        ("/resources", once("internal-error", 6)),
        ("/silent", once("ErrorCode::HttpResponseTimeout", 6)),
    ]);
    assert_eq!(ends, expected);
    watched.are_gone(limits.post_response + MAX_DELAY).await;
}

#[test]
fn a_limit_of_nothing_is_refused_by_its_name() {
    let zero = |limits: Limits, reuse: Reuse| {
        let error = builder("hello").limits(limits).reuse(reuse).build().err().unwrap();
        let BuildErrorKind::ZeroLimit(name) = error.kind() else {
            panic!("{error:?}");
        };
        assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        *name
    };
    let (limits, reuse) = (Limits::default(), Reuse::default());
    assert_eq!(
        zero(
            Limits {
                memory: 0,
                ..limits
            },
            reuse
        ),
        "memory"
    );
    assert_eq!(
        zero(
            Limits {
                resources: 0,
                ..limits
            },
            reuse
        ),
        "resources"
    );
    assert_eq!(
        zero(
            Limits {
                fields: 0,
                ..limits
            },
            reuse
        ),
        "fields"
    );
    let none = Duration::ZERO;
    assert_eq!(
        zero(
            Limits {
                response: none,
                ..limits
            },
            reuse
        ),
        "response"
    );
    assert_eq!(
        zero(
            Limits {
                post_response: none,
                ..limits
            },
            reuse
        ),
        "post_response"
    );
    assert_eq!(
        zero(
            limits,
            Reuse {
                concurrent: 0,
                ..reuse
            }
        ),
        "concurrent"
    );
    assert_eq!(zero(limits, Reuse { total: 0, ..reuse }), "total");
}

#[test]
fn an_upstream_that_leads_nowhere_is_refused_with_its_url() {
    for (url, why) in [
        ("/a/path", "isn't an http or https URL"),
        ("ftp://example.com/", "isn't an http or https URL"),
        (
            "http://example.com/?q",
            "has a query, but each request has its own",
        ),
    ] {
        let upstream = HttpUpstream::new(url.parse().unwrap());
        let error = builder("stamp").origin(upstream).build().err().unwrap();
        let BuildErrorKind::InvalidUpstream { method, .. } = error.kind() else {
            panic!("{error:?}");
        };
        assert_eq!(method, "origin");
        assert!(
            error.to_string().contains(&format!("`{url}` {why}")),
            "{error}"
        );
    }
}
