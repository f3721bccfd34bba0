//! Tests the requests that the forwarder sends.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt as _, StreamBody};
use pretty_assertions::assert_eq;
use testkit_serve::{ENGINE, component, content};
use wasmtime::component::Component;
use witgen::compose::{Chain, Client, Member};
use witgen_serve::proxy::{Body, ErrorCode, Proxy, Request, Response};

/// What the client of a chain received.
#[derive(Debug, PartialEq, Eq)]
struct Sent {
    line: String,
    /// The length of the body, if it is known.
    length: Option<u64>,
    content: Bytes,
    trailers: Option<HeaderMap>,
}

/// `members` in a line whose next hop leads to a server. Side calls are recorded, and responded to with 201, a body and a
/// trailer; those to `/fail` fail.
fn chain(members: &[&str], server: &str) -> (Proxy, Arc<Mutex<Vec<Sent>>>) {
    let members = members.iter().map(|name| Member::new(*name, &component(name)).unwrap());
    let composition = Chain::new(members.collect())
        .unwrap()
        // This applies to members only.
        .other_clients(Client::Denied)
        .origin(&server.parse().unwrap())
        .unwrap()
        .compose()
        .unwrap();
    assert_eq!(composition.world, "wasi:http/service@0.3.1002");
    let component = Component::new(&ENGINE, &composition.component).unwrap();
    let sent = Arc::new(Mutex::new(Vec::new()));
    let record = sent.clone();
    let proxy = Proxy::builder(&ENGINE, &component)
        .client(move |request: Request| {
            let record = record.clone();
            async move {
                let line = format!("{} {}", request.method(), request.uri());
                if request.uri().path().ends_with("/fail") {
                    return Err(ErrorCode::ConnectionRefused);
                }
                let length = request.body().size_hint().exact();
                let body = request
                    .into_body()
                    .collect()
                    .await
                    .map_err(|_| ErrorCode::HttpProtocolError)?;
                record.lock().unwrap().push(Sent {
                    line,
                    length,
                    trailers: body.trailers().cloned(),
                    content: body.to_bytes(),
                });
                let mut response = Response::new(trailed("response"));
                *response.status_mut() = http::StatusCode::CREATED;
                Ok(response)
            }
        })
        .on_failure(|error| eprintln!("{error:?}"))
        .build()
        .unwrap();
    (proxy, sent)
}

fn trailers() -> HeaderMap {
    HeaderMap::from_iter([("x-end".parse().unwrap(), HeaderValue::from_static("1"))])
}

/// A body of unknown length, with trailers.
fn trailed(content: &'static str) -> Body {
    let frames = [
        Ok::<_, ErrorCode>(Frame::data(Bytes::from_static(content.as_bytes()))),
        Ok(Frame::trailers(trailers())),
    ];
    Body::new(StreamBody::new(tokio_stream::iter(frames)))
}

fn request(method: Method, target: &str, body: Body) -> Request {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = target.parse().unwrap();
    request
}

#[tokio::test]
async fn requests_are_sent_to_the_server() {
    for (server, target, expected) in [
        (
            "http://backend:81",
            "http://example.com/a?b",
            "http://backend:81/a?b",
        ),
        (
            "https://backend/base/",
            "http://example.com/a?b",
            "https://backend/base/a?b",
        ),
        (
            "https://backend/base",
            "http://example.com?b",
            "https://backend/base/?b",
        ),
        (
            "http://[::1]:81/",
            "https://example.com:82/",
            "http://[::1]:81/",
        ),
        (
            "https://BACKEND:443",
            "http://example.com/%2f//",
            "https://backend/%2f//",
        ),
    ] {
        for members in [&["pass-unread"][..], &["stamp", "pass"]] {
            let (proxy, sent) = chain(members, server);
            let get = request(Method::GET, target, Body::empty());
            assert_eq!(proxy.handle(get).await.unwrap().status(), 201);
            assert_eq!(sent.lock().unwrap()[0].line, format!("GET {expected}"));
        }
    }
}

#[tokio::test]
async fn only_the_request_target_changes() {
    let (proxy, sent) = chain(&["pass-unread"], "http://backend");
    for body in [Body::empty(), Body::from("content"), trailed("content")] {
        let post = request(Method::POST, "http://example.com/", body);
        let response = proxy.handle(post).await.unwrap();
        assert_eq!(response.status(), 201);
        let body = response.into_body().collect().await.unwrap();
        assert_eq!(body.trailers(), Some(&trailers()));
        assert_eq!(body.to_bytes(), "response");
    }
    let sent = sent.lock().unwrap();
    let parts = |sent: &Sent| (sent.length, sent.content.clone(), sent.trailers.clone());
    let content = Bytes::from_static(b"content");
    assert_eq!(parts(&sent[0]), (Some(0), Bytes::new(), None));
    assert_eq!(parts(&sent[1]), (Some(7), content.clone(), None));
    assert_eq!(parts(&sent[2]), (None, content, Some(trailers())));
}

#[tokio::test]
async fn requests_about_the_server_as_a_whole_are_forwarded() {
    let (proxy, sent) = chain(&["pass-unread"], "http://backend/base");
    let mut options = request(Method::OPTIONS, "http://example.com/", Body::empty());
    *options.uri_mut() = http::Uri::builder()
        .scheme("http")
        .authority("example.com")
        .path_and_query("*")
        .build()
        .unwrap();
    assert_eq!(proxy.handle(options).await.unwrap().status(), 201);
    assert_eq!(sent.lock().unwrap()[0].line, "OPTIONS http://backend*");
}

#[tokio::test]
async fn errors_of_the_client_are_those_of_the_next_hop() {
    let (proxy, _) = chain(&["stamp"], "http://backend");
    let get = request(Method::GET, "http://example.com/fail", Body::empty());
    let error = proxy.handle(get).await.unwrap_err();
    assert!(matches!(error, ErrorCode::ConnectionRefused), "{error:?}");
}

#[tokio::test]
async fn an_instance_forwards_several_requests_at_a_time() {
    let (proxy, sent) = chain(&["pass-unread"], "http://backend");
    let requests = (0..20).map(|number| {
        let target = format!("http://example.com/{number}");
        let proxy = proxy.clone();
        async move {
            let response = proxy.handle(request(Method::GET, &target, Body::empty())).await;
            content(response.unwrap()).await
        }
    });
    let mut running: tokio::task::JoinSet<_> = requests.collect();
    while let Some(content) = running.join_next().await {
        assert_eq!(content.unwrap(), "response");
    }
    assert_eq!(sent.lock().unwrap().len(), 20);
}
