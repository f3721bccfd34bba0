//! Chains whose host makes and observes the calls between members, run.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use pretty_assertions::assert_eq;
use testkit_serve::{ENGINE, component, content};
use tokio::sync::Notify;
use wasmtime::component::Component;
use witgen::compose::{Chain, Client, Composition, Member};
use witgen_serve::proxy::{
    Body, CallObserver, ErrorCode, Inbound, Proxy, Request, Response, Reuse,
};

fn member(name: &str) -> Member {
    Member::new(name, &component(name)).unwrap()
}

fn chain(names: &[&str]) -> Chain {
    Chain::new(names.iter().map(|name| member(name)).collect()).unwrap()
}

type Events = Arc<Mutex<Vec<String>>>;

/// Records the calls to a member, and counts how deep they are in a header.
struct Recorder {
    name: String,
    events: Events,
}

struct Depth(usize);

impl CallObserver for Recorder {
    fn begin(&self, _: &HeaderMap, inbound: Option<&Inbound>) -> Extensions {
        let depth = inbound.and_then(|inbound| inbound.get::<Arc<Depth>>());
        let depth = depth.map_or(0, |depth| depth.0 + 1);
        self.events.lock().unwrap().push(format!("{depth} to {}", self.name));
        let mut extensions = Extensions::new();
        extensions.insert(Arc::new(Depth(depth)));
        extensions
    }

    fn header(&self, inbound: &Inbound) -> Option<(HeaderName, HeaderValue)> {
        let depth = inbound.get::<Arc<Depth>>()?.0;
        Some((HeaderName::from_static("x-depth"), HeaderValue::from(depth)))
    }

    fn end(&self, inbound: &Inbound, response: Option<Result<StatusCode, &ErrorCode>>) {
        let depth = inbound.get::<Arc<Depth>>().unwrap().0;
        let outcome = match response {
            Some(Ok(status)) => status.as_u16().to_string(),
            Some(Err(code)) => format!("{code:?}"),
            None => "given up".to_owned(),
        };
        self.events.lock().unwrap().push(format!("{depth} {}: {outcome}", self.name));
    }
}

/// Builds an observed chain. Side calls and requests to the origin that leave it are answered with the depth that they carry.
fn observed(composition: &Composition) -> (Proxy, Events) {
    let events = Events::default();
    let recorder = |name: &str| Recorder {
        name: name.to_owned(),
        events: events.clone(),
    };
    let component = Component::new(&ENGINE, &composition.component).unwrap();
    let answer = |request: Request| async move {
        let depth = request
            .extensions()
            .get::<Inbound>()
            .and_then(|inbound| inbound.get::<Arc<Depth>>());
        let depth = depth.map_or("none".to_owned(), |depth| depth.0.to_string());
        let copied = request.headers().get("x-depth").cloned();
        let mut response = Response::new(Body::from(format!("asked at {depth}")));
        if let Some(copied) = copied {
            response.headers_mut().insert("x-depth", copied);
        }
        Ok::<_, ErrorCode>(response)
    };
    let mut builder = Proxy::builder(&ENGINE, &component)
        .client(answer)
        .origin(answer)
        .observer(recorder(&composition.plan.members[0]));
    for call in &composition.plan.calls {
        if let (Some(import), Some(export)) = (&call.import, &call.export) {
            builder = builder.member_call(import, export, recorder(call.to.name()));
        } else if let (Some(import), false) = (&call.import, call.is_side_call) {
            builder = builder.import_upstream(import, answer);
        }
    }
    (builder.build().unwrap(), events)
}

fn taken(events: &Events) -> Vec<String> {
    std::mem::take(&mut *events.lock().unwrap())
}

#[tokio::test]
async fn each_call_is_observed_with_the_one_that_it_is_made_in() {
    let chain = chain(&["gate", "stamp", "pass"]).leave_open().observe_calls();
    let (proxy, events) = observed(&chain.compose().unwrap());
    let response = proxy.handle(Request::default()).await.unwrap();
    assert!(response.headers().contains_key("x-stamp"));
    assert_eq!(response.headers()["x-depth"], "2");
    assert_eq!(content(response).await, "asked at 2");
    let expected = [
        "0 to gate",
        "1 to stamp",
        "2 to pass",
        "2 pass: 200",
        "1 stamp: 200",
        "0 gate: 200",
    ];
    assert_eq!(taken(&events), expected);
}

#[tokio::test]
async fn side_calls_to_a_linked_service_are_observed() {
    let auth = Client::linked(member("hello")).unwrap();
    let line = vec![member("gate"), member("echo")];
    let chain = Chain::new(line).unwrap().client("gate", auth).unwrap().observe_calls();
    let (proxy, events) = observed(&chain.compose().unwrap());
    let response = proxy.handle(Request::default()).await.unwrap();
    assert_eq!(response.status(), 200);
    let expected = [
        "0 to gate",
        "1 to hello",
        "1 hello: 200",
        "1 to echo",
        "1 echo: 200",
        "0 gate: 200",
    ];
    assert_eq!(taken(&events), expected);
}

#[tokio::test]
async fn bodies_and_trailers_pass_as_in_a_chain_that_is_not_observed() {
    let pieces = 64;
    let piece = vec![7_u8; 64 << 10];
    for is_observed in [false, true] {
        let chain = chain(&["stamp", "pass", "echo"]);
        let chain = if is_observed {
            chain.observe_calls()
        } else {
            chain
        };
        let (proxy, _) = observed(&chain.compose().unwrap());
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", "1".parse().unwrap());
        let frames = (0..pieces).map({
            let piece = piece.clone();
            move |_| Ok::<_, ErrorCode>(Frame::data(piece.clone().into()))
        });
        let frames = frames.chain([Ok(Frame::trailers(trailers))]);
        let request = http::Request::post("http://example.com/");
        let request = request.body(StreamBody::new(tokio_stream::iter(frames))).unwrap();
        let collected = proxy.handle(request).await.unwrap().into_body().collect().await.unwrap();
        assert_eq!(collected.trailers().unwrap()["x-sum"], "1", "{is_observed}");
        assert_eq!(
            collected.to_bytes().len(),
            pieces * piece.len(),
            "{is_observed}"
        );
    }
}

#[tokio::test]
async fn the_error_of_a_member_is_that_of_its_caller() {
    let chain = chain(&["stamp", "gate"]).leave_open().observe_calls();
    let composition = chain.compose().unwrap();
    let events = Events::default();
    let component = Component::new(&ENGINE, &composition.component).unwrap();
    let recorder = |name: &str| Recorder {
        name: name.to_owned(),
        events: events.clone(),
    };
    let refuse = |_: Request| async { Err(ErrorCode::ConnectionRefused) };
    let proxy = Proxy::builder(&ENGINE, &component)
        .observer(recorder("stamp"))
        .member_call("stamp-origin", "gate-handler", recorder("gate"))
        .import_upstream("gate-origin", refuse)
        .client(refuse)
        .build()
        .unwrap();
    let error = proxy.handle(Request::default()).await.unwrap_err();
    assert!(matches!(error, ErrorCode::ConnectionRefused), "{error:?}");
    let expected = [
        "0 to stamp",
        "1 to gate",
        "1 gate: ErrorCode::ConnectionRefused",
        "0 stamp: ErrorCode::ConnectionRefused",
    ];
    assert_eq!(taken(&events), expected);
}

#[tokio::test]
async fn concurrent_requests_of_an_instance_keep_their_own_calls() {
    let chain = chain(&["stamp", "gate", "pass"]).leave_open().observe_calls();
    let (proxy, events) = observed(&chain.compose().unwrap());
    let requests = (0..200).map(|_| {
        let proxy = proxy.clone();
        tokio::spawn(async move {
            let response = proxy.handle(Request::default()).await.unwrap();
            (
                response.headers()["x-depth"].clone(),
                content(response).await,
            )
        })
    });
    for request in requests.collect::<Vec<_>>() {
        let (depth, content) = request.await.unwrap();
        assert_eq!(
            (depth.to_str().unwrap(), &*content),
            ("2", &b"asked at 2"[..])
        );
    }
    let all = taken(&events);
    for event in [
        "0 to stamp",
        "1 to gate",
        "2 to pass",
        "2 pass: 200",
        "1 gate: 200",
        "0 stamp: 200",
    ] {
        assert_eq!(
            all.iter().filter(|known| *known == event).count(),
            200,
            "{event}"
        );
    }
}

#[tokio::test]
async fn calls_end_if_the_client_disconnects() {
    let chain = chain(&["stamp", "pass"]).leave_open().observe_calls();
    let composition = chain.compose().unwrap();
    let events = Events::default();
    let component = Component::new(&ENGINE, &composition.component).unwrap();
    let recorder = |name: &str| Recorder {
        name: name.to_owned(),
        events: events.clone(),
    };
    let proxy = Proxy::builder(&ENGINE, &component)
        .observer(recorder("stamp"))
        .member_call("stamp-origin", "pass-handler", recorder("pass"))
        .import_upstream("pass-origin", |_: Request| {
            std::future::pending::<Result<Response, ErrorCode>>()
        })
        .build()
        .unwrap();
    let waiting = tokio::time::timeout(
        std::time::Duration::from_millis(200),
        proxy.handle(Request::default()),
    );
    assert!(waiting.await.is_err());
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        if events.lock().unwrap().iter().any(|event| event.starts_with("1 pass: ")) {
            break;
        }
    }
    let all = taken(&events);
    assert!(all.contains(&"0 stamp: given up".to_owned()), "{all:?}");
    assert!(
        all.iter().any(|event| event.starts_with("1 pass: ")),
        "{all:?}"
    );
}

/// Returns content that never ends, and whose reader holds a token.
fn endless(token: Arc<()>) -> impl http_body::Body<Data = Bytes, Error = ErrorCode> + Send {
    let frame = move || {
        let _held = &token;
        Some(Ok(Frame::data(Bytes::from_static(&[7; 1000]))))
    };
    StreamBody::new(tokio_stream::iter(std::iter::from_fn(frame)))
}

/// Lets `timely` cancel a call to another member, and returns how many requests the upstream of that member received. Content that
/// is kept is a failure. If the request `is_sent`, the upstream responds after the call was cancelled.
async fn cancel(callee: &str, path: &str, is_sent: bool) -> usize {
    let chain = chain(&["timely", callee]).leave_open().observe_calls();
    let component = Component::new(&ENGINE, &chain.compose().unwrap().component).unwrap();
    let events = Events::default();
    let recorder = Recorder {
        name: "next".to_owned(),
        events: events.clone(),
    };
    let (sent, received) = (Arc::new(()), Arc::new(()));
    let (held, calls) = (received.clone(), Arc::new(AtomicUsize::new(0)));
    let (called, cancelled) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let upstream = {
        let (calls, called, cancelled) = (calls.clone(), called.clone(), cancelled.clone());
        move |_: Request| {
            calls.fetch_add(1, Ordering::Relaxed);
            called.notify_one();
            let (held, cancelled) = (held.clone(), cancelled.clone());
            async move {
                cancelled.notified().await;
                Ok::<_, ErrorCode>(Response::new(Body::new(endless(held))))
            }
        }
    };
    let proxy = Proxy::builder(&ENGINE, &component)
        .member_call("timely-origin", &format!("{callee}-handler"), recorder)
        .import_upstream(&format!("{callee}-origin"), upstream)
        // An instance that ends would drop everything.
        .reuse(Reuse {
            idle: Duration::from_secs(60),
            ..Reuse::default()
        })
        .build()
        .unwrap();
    let request = http::Request::post(format!("http://example.com{path}"));
    let request = request.body(endless(sent.clone())).unwrap();
    let error = proxy.handle(request).await.unwrap_err();
    assert!(matches!(error, ErrorCode::HttpResponseTimeout), "{error:?}");
    assert_eq!(taken(&events), ["0 to next", "0 next: given up"], "{path}");
    if is_sent {
        called.notified().await;
        cancelled.notify_one();
    }
    // Of what is received, the test and the upstream hold one each.
    let mut holders = (0, 0);
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        holders = (Arc::strong_count(&sent), Arc::strong_count(&received));
        if holders == (1, 2) {
            break;
        }
    }
    assert_eq!(holders, (1, 2), "{path}");
    calls.load(Ordering::Relaxed)
}

#[tokio::test]
async fn messages_of_a_call_that_a_member_cancels_are_dropped() {
    // Content that passes unread, and content that the members write.
    for (callee, path) in [("pass", "/within/100"), ("rewrite", "/within/100/louder")] {
        assert_eq!(cancel(callee, path, true).await, 1, "{path}");
    }
}

#[tokio::test]
async fn a_call_that_is_cancelled_at_once_is_not_made() {
    for path in ["/within/0", "/within/0/louder"] {
        assert_eq!(cancel("pass", path, false).await, 0, "{path}");
    }
}

#[tokio::test]
async fn a_call_to_an_export_that_is_missing_is_an_error_of_the_builder() {
    let composition = chain(&["stamp", "hello"]).observe_calls().compose().unwrap();
    let component = Component::new(&ENGINE, &composition.component).unwrap();
    let recorder = || Recorder {
        name: String::new(),
        events: Events::default(),
    };
    let builder = Proxy::builder(&ENGINE, &component);
    let error = builder
        .member_call("stamp-origin", "other-handler", recorder())
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("other-handler"), "{error}");
}
