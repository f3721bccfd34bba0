//! Generated host glue works for other worlds than `proxy` too, and for several in one program.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use http::{Extensions, StatusCode};
use pretty_assertions::assert_eq;
use testkit_serve::{ENGINE, component, text};
use witgen_serve::proxy::{self, Proxy};
use witgen_serve::runtime::{Body, ErrorCode, Limits, Request, Response, Upstream};
use witgen_worlds::edge::Edge;
use witgen_worlds::middleware::Middleware;
use witgen_worlds::router::Router;
use witgen_worlds::service::Service;
use witgen_worlds::{Region, first, second};

#[tokio::test]
async fn a_service_has_no_origin_to_be_given() {
    let hello = component("hello");
    let hello = Service::builder(&ENGINE, &hello).build().unwrap();
    let response = hello.handle(Request::default()).await.unwrap();
    assert_eq!(text(response.into_body()).await, "hello\n");

    let stamp = component("stamp");
    let error = Service::builder(&ENGINE, &stamp).build();
    let error = error.expect_err("a proxy is no service");
    assert_eq!(
        error.to_string(),
        "the component imports `wasi:http/origin@0.3.1002`, which `wasi:http/service@0.3.1002` does not \
         have; `Builder::link` adds imports that the host implements"
    );
}

#[tokio::test]
async fn the_next_hop_of_a_middleware_is_a_handler() {
    let relay = component("relay");
    let error = Middleware::builder(&ENGINE, &relay).build();
    let error = error.expect_err("it has a next hop");
    assert_eq!(
        error.to_string(),
        "the component imports `wasi:http/handler@0.3.1002`, which has no upstream: \
         set one with `Builder::handler`"
    );
    let relay = Middleware::builder(&ENGINE, &relay)
        .handler(|_| async {
            let mut response = Response::new("next".into());
            *response.status_mut() = StatusCode::ACCEPTED;
            Ok(response)
        })
        .build()
        .unwrap();
    let response = relay.handle(Request::default()).await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert_eq!(response.headers()["x-relayed"], "1");
    assert_eq!(text(response.into_body()).await, "next");
}

#[tokio::test]
async fn a_component_on_another_runtime_may_be_the_next_hop() {
    let hello = component("hello");
    let hello = first::proxy::Proxy::builder(&ENGINE, &hello).build().unwrap();
    let relay = component("relay");
    let relay = Middleware::builder(&ENGINE, &relay)
        .handler(witgen_serve::runtime::upstream(move |request: Request| {
            let hello = hello.clone();
            // Both runtimes have wasmtime's `ErrorCode`.
            async move { hello.handle(request).await }
        }))
        .build()
        .unwrap();
    let response = relay.handle(Request::default()).await.unwrap();
    assert_eq!(response.headers()["x-relayed"], "1");
    assert_eq!(text(response.into_body()).await, "hello\n");
}

/// An upstream that four worlds share.
#[derive(Clone)]
struct Next(Arc<str>);

impl Upstream for Next {
    async fn send(&self, _: Request) -> Result<Response, ErrorCode> {
        Ok(Response::new(Body::from(self.0.to_string())))
    }
}

#[tokio::test]
async fn worlds_on_one_runtime_pass_messages_and_upstreams_to_each_other() {
    let next = Next("next".into());
    let limits = Limits {
        response: Duration::from_secs(20),
        ..Limits::default()
    };
    let (hello, place) = (component("hello"), component("place"));
    let (relay, stamp) = (component("relay"), component("stamp"));
    let service = Service::builder(&ENGINE, &hello).limits(limits).build().unwrap();
    let edge = Edge::builder(&ENGINE, &place)
        .origin(next.clone())
        .limits(limits)
        .build()
        .unwrap();
    let proxy = Proxy::builder(&ENGINE, &stamp).origin(next).limits(limits).build().unwrap();
    // A request that one world has made ready is a request of each of the others, and so is its response.
    let request = proxy::Request::default();
    let relay_to = |upstream: Proxy| {
        Middleware::builder(&ENGINE, &relay).handler(upstream).limits(limits).build()
    };
    let response = relay_to(proxy).unwrap().handle(request).await.unwrap();
    assert_eq!(response.headers()["x-relayed"], "1");
    assert_eq!(text(response.into_body()).await, "next");

    let (sender, mut passed) = tokio::sync::mpsc::channel::<witgen_worlds::middleware::Request>(1);
    let recorder = Middleware::builder(&ENGINE, &relay)
        .handler(move |request| {
            let sender = sender.clone();
            async move {
                sender.send(request).await.expect("the test waits for it");
                Ok(Response::default())
            }
        })
        .build()
        .unwrap();
    let begun = tokio::spawn(async move { recorder.handle(Request::new("content".into())).await });
    let request: witgen_worlds::service::Request = passed.recv().await.unwrap();
    begun.await.unwrap().unwrap();
    let response = service.handle(request).await.unwrap();
    assert_eq!(text(response.into_body()).await, "hello\n");
    assert_eq!(
        edge.handle(Request::default()).await.unwrap().status(),
        StatusCode::OK
    );
}

/// How long a component that loops without end is let compute.
async fn time_of_loop<U: Upstream>(looping: U) -> Duration {
    let mut request = Request::default();
    *request.uri_mut() = "/loop".parse().unwrap();
    let begin = Instant::now();
    let code = looping.send(request).await.unwrap_err();
    assert!(matches!(code, ErrorCode::InternalError(_)), "{code}");
    begin.elapsed()
}

const CPU_LIMIT: Duration = Duration::from_millis(800);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worlds_on_one_runtime_have_the_same_limit_on_computing() {
    let bad = component("bad");
    let limits = Limits {
        cpu: CPU_LIMIT,
        ..Limits::default()
    };
    let service = Service::builder(&ENGINE, &bad).limits(limits).build().unwrap();
    let edge = Edge::builder(&ENGINE, &bad).limits(limits).build().unwrap();
    let middleware = Middleware::builder(&ENGINE, &bad).limits(limits).build().unwrap();
    for elapsed in [
        time_of_loop(service).await,
        time_of_loop(edge).await,
        time_of_loop(middleware).await,
    ] {
        assert!(elapsed >= CPU_LIMIT, "{elapsed:?}");
    }
}

/// Each runtime has a clock, and all of them interrupt the components of the engine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_of_other_runtimes_do_not_shorten_the_limit_on_computing() {
    let bad = component("bad");
    let _other = second::proxy::Proxy::builder(&ENGINE, &bad).build().unwrap();
    // Two clocks can tick at the same time. Those of twenty more runtimes don't.
    let (test, is_running) = mpsc::channel::<()>();
    let clocks = thread::spawn(move || {
        let tick = Duration::from_micros(500);
        while is_running.recv_timeout(tick) == Err(RecvTimeoutError::Timeout) {
            ENGINE.increment_epoch();
        }
    });
    let bad = first::proxy::Proxy::builder(&ENGINE, &bad)
        .limits(first::proxy::Limits {
            cpu: CPU_LIMIT,
            ..first::proxy::Limits::default()
        })
        .build()
        .unwrap();
    let looping = witgen_serve::runtime::upstream(move |request: Request| {
        let bad = bad.clone();
        async move { bad.handle(request).await }
    });
    let elapsed = time_of_loop(looping).await;
    drop(test);
    clocks.join().unwrap();
    assert!(elapsed >= CPU_LIMIT, "{elapsed:?}");
}

#[tokio::test]
async fn each_next_hop_and_side_call_of_a_world_has_a_method_by_its_label() {
    let router = component("router");
    let respond =
        |text: &'static str| move |_: Request| async move { Ok(Response::new(text.into())) };
    let error = Router::builder(&ENGINE, &router).primary(respond("first")).build();
    let error = error.expect_err("one of its next hops has no upstream");
    assert_eq!(
        error.to_string(),
        "the component imports `fallback: wasi:http/handler@0.3.1002`, which has no upstream: \
         set one with `Builder::fallback`"
    );
    let builder = || {
        Router::builder(&ENGINE, &router)
            .primary(respond("first"))
            .fallback(respond("second"))
    };
    let counted = builder().counter(respond("counted")).build().unwrap();
    let uncounted = builder().build().unwrap();
    for (router, counted) in [(counted, "yes"), (uncounted, "no")] {
        for (path, expected) in [("/primary", "first"), ("/", "second")] {
            let mut request = Request::default();
            *request.uri_mut() = path.parse().unwrap();
            let response = router.handle(request).await.unwrap();
            assert_eq!(response.headers()["x-counted"], counted);
            assert_eq!(text(response.into_body()).await, expected);
        }
    }
}

#[tokio::test]
async fn what_a_world_imports_besides_is_the_embedders() {
    let place = component("place");
    let place = Edge::builder(&ENGINE, &place)
        .origin(|_| async { Ok(Response::default()) })
        .extensions(|| {
            let mut extensions = Extensions::new();
            extensions.insert(Region("north"));
            extensions
        })
        .build()
        .unwrap();
    let response = place.handle(Request::default()).await.unwrap();
    assert_eq!(response.headers()["x-place"], "north, 1200 km");
}
