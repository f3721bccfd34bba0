//! Who is asked by whom: the origin, the side, and nobody.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use http::header::AUTHORIZATION;
use http_body_util::BodyExt as _;
use pretty_assertions::assert_eq;
use testkit_serve::{builder, content};
use witgen_serve::proxy::{Body, Denied, ErrorCode, Request, Response, Upstream};

/// The targets that a peer was asked for.
type Seen = Arc<Mutex<Vec<String>>>;

/// A peer that answers with this status, and remembers what it was asked for.
fn peer(status: u16, text: &'static str) -> (impl Upstream, Seen) {
    let seen = Seen::default();
    let targets = seen.clone();
    let answer = move |request: Request| {
        targets.lock().unwrap().push(request.uri().to_string());
        async move {
            let mut response = Response::new(text.into());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            Ok(response)
        }
    };
    (answer, seen)
}

fn request() -> Request {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = "http://example.com/private".parse().unwrap();
    let credentials = "Bearer 1".parse().unwrap();
    request.headers_mut().insert(AUTHORIZATION, credentials);
    request
}

#[tokio::test]
async fn the_origin_and_the_side_each_see_what_is_theirs() {
    let (origin, asked_origin) = peer(200, "inside");
    let (side, asked_side) = peer(204, "");
    let gate = builder("gate").origin(origin).client(side).build().unwrap();
    let response = gate.handle(request()).await.unwrap();
    assert_eq!(content(response).await, "inside");
    assert_eq!(
        *asked_origin.lock().unwrap(),
        ["http://example.com/private"]
    );
    assert_eq!(*asked_side.lock().unwrap(), ["http://auth.example/check"]);
}

#[tokio::test]
async fn the_origin_is_not_asked_when_the_side_says_no() {
    let (origin, asked_origin) = peer(200, "inside");
    let (side, asked_side) = peer(401, "");
    let gate = builder("gate").origin(origin).client(side).build().unwrap();
    let response = gate.handle(request()).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(asked_origin.lock().unwrap().is_empty());
    assert_eq!(asked_side.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn side_calls_are_denied_where_no_client_is_given() {
    let (origin, asked_origin) = peer(200, "inside");
    let gate = builder("gate").origin(origin).build().unwrap();
    let code = gate.handle(request()).await.unwrap_err();
    assert!(matches!(code, ErrorCode::HttpRequestDenied), "{code}");
    assert!(asked_origin.lock().unwrap().is_empty());
}

/// Its glue for the second world uses the runtime of the first.
#[tokio::test]
async fn a_component_of_two_worlds_passes_requests_from_one_to_the_other() {
    let (origin, asked_origin) = peer(200, "inside");
    let (side, asked_side) = peer(200, "outside");
    let proxy = builder("two-worlds").origin(origin).client(side);
    let proxy = proxy.build().unwrap();
    let response = proxy.handle(request()).await.unwrap();
    assert_eq!(content(response).await, "inside");

    let mut asking = request();
    asking.headers_mut().insert("x-ask", "1".parse().unwrap());
    let response = proxy.handle(asking).await.unwrap();
    assert_eq!(content(response).await, "outside");
    assert_eq!(
        *asked_origin.lock().unwrap(),
        ["http://example.com/private"]
    );
    assert_eq!(*asked_side.lock().unwrap(), ["http://auth.example/"]);
}

#[tokio::test]
async fn an_origin_that_fails_is_seen_through_the_proxy() {
    let codes = [
        ErrorCode::ConnectionRefused,
        ErrorCode::HttpResponseBodySize(Some(7)),
        ErrorCode::InternalError(Some("why".to_owned())),
        ErrorCode::LoopDetected,
    ];
    for code in codes {
        let given = code.clone();
        let origin = move |_| {
            let code = code.clone();
            async move { Err(code) }
        };
        let stamp = builder("stamp").origin(origin).build().unwrap();
        let seen = stamp.handle(request()).await.unwrap_err();
        assert_eq!(format!("{seen:?}"), format!("{given:?}"));
    }
}

#[tokio::test]
async fn a_component_at_work_is_an_upstream_itself() {
    let hello = builder("hello").build().unwrap();
    let inner = builder("stamp").origin(hello).build().unwrap();
    let outer = builder("stamp").origin(inner).client(Denied).build().unwrap();
    let response = outer.handle(request()).await.unwrap();
    assert_eq!(response.headers()["x-stamp"], "1");
    assert_eq!(content(response).await, "hello\n");
}

#[tokio::test]
async fn requests_run_at_the_same_time() {
    let barrier = Arc::new(tokio::sync::Barrier::new(50));
    let origin = move |_| {
        let barrier = barrier.clone();
        async move {
            barrier.wait().await;
            Ok(Response::default())
        }
    };
    let stamp = builder("stamp").origin(origin).build().unwrap();
    let requests = (0..50).map(|_| {
        let stamp = stamp.clone();
        tokio::spawn(async move { stamp.handle(request()).await.unwrap().status() })
    });
    for response in requests.collect::<Vec<_>>() {
        assert_eq!(response.await.unwrap(), StatusCode::OK);
    }
}

/// Returns what `outcome` learns about its request from an origin that does this.
async fn outcome_of_request<A>(is_short: bool, origin: fn(Request) -> A) -> (String, String)
where
    A: Future<Output = Result<Response, ErrorCode>> + Send + 'static,
{
    let outcome = builder("outcome").origin(origin).build().unwrap();
    let mut request = request();
    if is_short {
        let yes = http::HeaderValue::from_static("1");
        request.headers_mut().insert("x-short", yes);
    }
    let response = outcome.handle(request).await.unwrap();
    let header = |name| response.headers()[name].to_str().unwrap().to_owned();
    (header("x-answered"), header("x-transmitted"))
}

#[tokio::test]
async fn how_the_transmission_of_a_request_ended_is_told_when_it_has() {
    let ok = || ("ok".to_owned(), "ok".to_owned());
    let reads = |request: Request| async {
        let read = request.into_body().collect().await.unwrap();
        assert_eq!(read.to_bytes().len(), 10_000);
        Ok(Response::default())
    };
    assert_eq!(outcome_of_request(false, reads).await, ok());
    // Who has seen enough hasn't failed.
    let answers = |_: Request| async { Ok(Response::default()) };
    assert_eq!(outcome_of_request(false, answers).await, ok());
    let refuses = |_: Request| async { Err(ErrorCode::ConnectionRefused) };
    let refused = "ErrorCode::ConnectionRefused".to_owned();
    assert_eq!(
        outcome_of_request(false, refuses).await,
        (refused.clone(), refused)
    );
    let reads_in_vain = |request: Request| async {
        assert!(request.into_body().collect().await.is_err());
        Ok(Response::default())
    };
    let (answered, transmitted) = outcome_of_request(true, reads_in_vain).await;
    assert_eq!(answered, "ok");
    assert!(transmitted.contains("HttpRequestBodySize"), "{transmitted}");
}
