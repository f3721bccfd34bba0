//! Messages through components: what goes in comes out, whatever it is.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{HeaderMap, HeaderValue};
use http::{Method, StatusCode, Version};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use pretty_assertions::assert_eq;
use testkit_serve::{builder, content};
use tokio_stream::wrappers::ReceiverStream;
use witgen_serve::proxy::{Body, ErrorCode, Proxy, Request, Response};

/// A proxy before an origin that answers with what it was asked, and remembers it.
fn before_mirror(name: &str) -> (Proxy, Arc<Mutex<Vec<http::request::Parts>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = seen.clone();
    let mirror = move |request: Request| {
        let requests = requests.clone();
        async move {
            let (parts, body) = request.into_parts();
            let mut response = Response::new(body);
            for (name, value) in parts.headers.iter().filter(|(name, _)| name.as_str() != "host") {
                response.headers_mut().append(name, value.clone());
            }
            requests.lock().unwrap().push(parts);
            Ok(response)
        }
    };
    (builder(name).origin(mirror).build().unwrap(), seen)
}

fn get(uri: &str) -> Request {
    let mut request = Request::default();
    *request.uri_mut() = uri.parse().unwrap();
    request
}

/// wasmtime's setter of a path rejects `*`.
#[tokio::test]
async fn a_proxy_can_copy_a_request_about_the_server_as_a_whole() {
    let origin = |request: Request| async move {
        let line = format!("{} {}", request.method(), request.uri());
        Ok(Response::new(line.into()))
    };
    for (name, target, expected) in [
        ("copy", "*", "OPTIONS http://example.com*"),
        ("copy", "/a?b", "OPTIONS http://example.com/a?b"),
        // With witgen's glue.
        ("rewrite", "*", "OPTIONS http://example.com*"),
        ("rewrite", "/a?b", "OPTIONS http://example.com/a?b"),
    ] {
        let proxy = builder(name).origin(origin).build().unwrap();
        let uri = http::Uri::builder().scheme("http").authority("example.com");
        let mut request = Request::new(Body::empty());
        *request.method_mut() = http::Method::OPTIONS;
        *request.uri_mut() = uri.path_and_query(target).build().unwrap();
        request.headers_mut().insert("x-keep-bodies", HeaderValue::from_static("1"));
        let response = proxy.handle(request).await.unwrap();
        assert_eq!(content(response).await, expected);
    }
}

#[tokio::test]
async fn methods_go_through_as_they_are() {
    for guest in ["pass", "pass-unread"] {
        methods_go_through(guest).await;
    }
}

async fn methods_go_through(guest: &str) {
    let (proxy, seen) = before_mirror(guest);
    let methods = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "QUERY", "m-search",
    ];
    for method in methods {
        let mut request = get("http://example.com/a?b=c");
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        proxy.handle(request).await.unwrap();
    }
    let seen = seen.lock().unwrap();
    let seen_methods: Vec<_> = seen.iter().map(|parts| parts.method.as_str()).collect();
    assert_eq!(seen_methods, methods);
}

#[tokio::test]
async fn targets_go_through_as_they_are() {
    for guest in ["pass", "pass-unread"] {
        targets_go_through(guest).await;
    }
}

async fn targets_go_through(guest: &str) {
    let (proxy, seen) = before_mirror(guest);
    let targets = [
        "http://example.com/",
        "https://example.com:8443/a/b?c=d&e",
        "http://[::1]:3000/",
        "coap://example.com/",
        "/only/a/path?q",
        "/",
    ];
    for target in targets {
        proxy.handle(get(target)).await.unwrap();
    }
    let seen = seen.lock().unwrap();
    let seen_targets: Vec<_> = seen.iter().map(|parts| parts.uri.to_string()).collect();
    assert_eq!(seen_targets, targets);
}

#[tokio::test]
async fn host_becomes_the_authority_where_the_target_has_none() {
    let (proxy, seen) = before_mirror("pass");
    let mut request = get("/path");
    request.headers_mut().insert("host", "example.com:81".parse().unwrap());
    proxy.handle(request).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].uri, "http://example.com:81/path");
    assert_eq!(seen[0].headers, HeaderMap::new());
}

#[tokio::test]
async fn a_host_that_is_none_is_refused() {
    let (proxy, seen) = before_mirror("pass");
    for hosts in [&["a", "b"][..], &["a b"], &["\u{e9}"]] {
        let mut request = get("/path");
        for host in hosts {
            let host = HeaderValue::from_bytes(host.as_bytes()).unwrap();
            request.headers_mut().append("host", host);
        }
        let code = proxy.handle(request).await.unwrap_err();
        assert!(matches!(code, ErrorCode::HttpRequestUriInvalid), "{code}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn headers_keep_their_order_and_their_bytes() {
    for guest in ["pass", "pass-unread"] {
        headers_go_through(guest).await;
    }
}

async fn headers_go_through(guest: &str) {
    let (proxy, seen) = before_mirror(guest);
    let mut request = get("http://example.com/");
    let fields = request.headers_mut();
    fields.append("x-many", "1".parse().unwrap());
    fields.append("x-many", HeaderValue::from_bytes(b"\xff\xfe").unwrap());
    fields.append("x-many", "".parse().unwrap());
    fields.append("x-long", "l".repeat(20_000).parse().unwrap());
    let sent = fields.clone();
    let response = proxy.handle(request).await.unwrap();
    assert_eq!(seen.lock().unwrap()[0].headers, sent);
    assert_eq!(response.headers(), &sent);
}

#[tokio::test]
async fn what_belongs_to_a_connection_stays_there() {
    let (proxy, seen) = before_mirror("pass");
    let mut request = get("http://example.com/");
    let fields = request.headers_mut();
    fields.insert("connection", "close, x-of-this-hop".parse().unwrap());
    fields.insert("x-of-this-hop", "1".parse().unwrap());
    fields.insert("keep-alive", "timeout=5".parse().unwrap());
    fields.insert("te", "gzip".parse().unwrap());
    fields.insert("x-kept", "1".parse().unwrap());
    let response = proxy.handle(request).await.unwrap();
    let names: Vec<_> = seen.lock().unwrap()[0].headers.keys().cloned().collect();
    assert_eq!(names, ["x-kept"]);
    let names: Vec<_> = response.headers().keys().cloned().collect();
    assert_eq!(names, ["x-kept"]);
}

#[tokio::test]
async fn what_belongs_to_the_connection_to_the_origin_stays_there() {
    let origin = |_| async {
        let mut response = Response::default();
        let fields = response.headers_mut();
        fields.insert("connection", "x-of-this-hop".parse().unwrap());
        fields.insert("x-of-this-hop", "1".parse().unwrap());
        fields.insert("x-kept", "1".parse().unwrap());
        Ok(response)
    };
    let proxy = builder("pass").origin(origin).build().unwrap();
    let response = proxy.handle(Request::default()).await.unwrap();
    let names: Vec<_> = response.headers().keys().cloned().collect();
    assert_eq!(names, ["x-kept"]);
}

#[tokio::test]
async fn status_codes_go_through_as_they_are() {
    for status in [200, 204, 304, 404, 418, 500, 599] {
        let status = StatusCode::from_u16(status).unwrap();
        let origin = move |_| async move {
            let mut response = Response::default();
            *response.status_mut() = status;
            *response.version_mut() = Version::HTTP_2;
            Ok(response)
        };
        let proxy = builder("stamp").origin(origin).build().unwrap();
        let response = proxy.handle(Request::default()).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["x-stamp"], "1");
    }
}

/// Bytes of which no two stretches are alike.
fn bytes(length: usize) -> Bytes {
    let mut state = 1u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[tokio::test]
async fn bodies_of_all_sizes_go_both_ways() {
    for length in [0, 1, 10_000_000] {
        let sent = bytes(length);
        let (proxy, _) = before_mirror("pass");
        let echo = builder("echo").build().unwrap();
        for component in [proxy, echo] {
            let mut request = get("http://example.com/").map(|_| Body::from(sent.clone()));
            *request.method_mut() = Method::POST;
            let response = component.handle(request).await.unwrap();
            assert!(content(response).await == sent, "{length} bytes");
        }
        let length_of = builder("length").build().unwrap();
        let request = get("http://example.com/").map(|_| Body::from(sent.clone()));
        let response = length_of.handle(request).await.unwrap();
        assert_eq!(content(response).await, format!("{length}\n"));
    }
}

/// A body, and where its frames come from.
fn scripted() -> (
    tokio::sync::mpsc::Sender<Result<Frame<Bytes>, ErrorCode>>,
    Body,
) {
    let (sender, frames) = tokio::sync::mpsc::channel(1);
    let body = StreamBody::new(ReceiverStream::new(frames));
    (sender, Body::new(body))
}

#[tokio::test]
async fn echo_answers_before_the_request_has_ended() {
    let echo = builder("echo").build().unwrap();
    let (frames, body) = scripted();
    let response = echo.handle(get("http://example.com/").map(|_| body)).await.unwrap();
    let mut received = response.into_body();
    for piece in ["first", "second"] {
        frames.send(Ok(Frame::data(piece.into()))).await.unwrap();
        let frame = received.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), piece);
    }
    drop(frames);
    assert!(received.frame().await.is_none());
}

#[tokio::test]
async fn trailers_go_both_ways() {
    let (pass, _) = before_mirror("pass");
    for component in [pass, builder("echo").build().unwrap()] {
        let (frames, body) = scripted();
        let mut trailers = HeaderMap::new();
        trailers.append("x-sum", "1".parse().unwrap());
        trailers.append("x-sum", HeaderValue::from_bytes(b"\xff").unwrap());
        let sent = trailers.clone();
        tokio::spawn(async move {
            frames.send(Ok(Frame::data("content".into()))).await.unwrap();
            frames.send(Ok(Frame::trailers(sent))).await.unwrap();
        });
        let response = component.handle(get("http://example.com/").map(|_| body)).await.unwrap();
        let received = response.into_body().collect().await.unwrap();
        assert_eq!(received.trailers(), Some(&trailers));
        assert_eq!(received.to_bytes(), "content");
    }
}

#[tokio::test]
async fn a_body_that_fails_does_not_look_complete() {
    let (pass, _) = before_mirror("pass");
    let (frames, body) = scripted();
    tokio::spawn(async move {
        frames.send(Ok(Frame::data("content".into()))).await.unwrap();
        frames.send(Err(ErrorCode::ConnectionTerminated)).await.unwrap();
    });
    let response = pass.handle(get("http://example.com/").map(|_| body)).await.unwrap();
    let error = response.into_body().collect().await.unwrap_err();
    assert!(
        matches!(error, wasmtime_wasi_http::Error::ConnectionTerminated),
        "{error:?}"
    );
}

#[tokio::test]
async fn connection_cannot_take_the_host_away() {
    let (proxy, seen) = before_mirror("pass");
    let mut request = get("/a");
    let headers = request.headers_mut();
    headers.insert("host", "example.com".parse().unwrap());
    headers.insert("connection", "close, host".parse().unwrap());
    headers.append("te", "trailers".parse().unwrap());
    headers.append("te", "gzip".parse().unwrap());
    proxy.handle(request).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].uri, "http://example.com/a");
    assert!(!seen[0].headers.contains_key("te"), "{:?}", seen[0].headers);
}

#[tokio::test]
async fn a_response_without_content_may_say_how_long_it_would_be() {
    let origin = |request: Request| async move {
        let status = if request.method() == "HEAD" { 200 } else { 304 };
        let response = http::Response::builder().status(status).header("content-length", "100");
        Ok::<_, ErrorCode>(response.body(Body::empty()).unwrap())
    };
    let proxy = builder("stamp").origin(origin).build().unwrap();
    for method in ["HEAD", "GET"] {
        let mut request = get("http://example.com/");
        *request.method_mut() = method.parse().unwrap();
        let response = proxy.handle(request).await.unwrap();
        assert_eq!(response.headers()["content-length"], "100", "{method}");
        assert_eq!(content(response).await, "", "{method}");
    }
}
