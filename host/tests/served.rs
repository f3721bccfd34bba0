//! Messages through a component at the network: a client of hyper, the server, a component, an origin of
//! hyper; over HTTP/1.1 and over HTTP/2, with TLS between all.

use std::io;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TE, TRAILER};
use http::{Method, StatusCode};
use http_body::Frame;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use pretty_assertions::assert_eq;
use testkit_serve::builder;
use testkit_serve::network::{Network, Running, scripted, to};
use testkit_serve::over_both;
use witgen_serve::proxy::{Body, Limits};
use witgen_serve::server::{Server, ServerLimits};

over_both! {
    methods_and_targets_go_through_as_they_are
    statuses_go_through_as_they_are
    fields_keep_their_order_and_their_bytes
    many_fields_go_through_where_limits_allow_them
    heads_that_are_too_large_are_refused
    bodies_of_all_sizes_go_both_ways
    every_byte_is_changed_both_ways
    trailers_go_both_ways
    both_bodies_stream_at_the_same_time
    an_answer_may_come_before_the_question_has_ended
    responses_without_content_have_none
    a_response_with_status_204_states_no_length
    a_service_answers_by_itself
}

/// An origin that answers with what it was asked, as it comes.
async fn mirror(network: &Network) -> Running {
    let answer = async |request: http::Request<Incoming>| {
        let (head, body) = request.into_parts();
        let mut response = http::Response::new(Body::new(body));
        let fields = response.headers_mut();
        for (name, value) in &head.headers {
            fields.append(name, value.clone());
        }
        for (name, value) in [
            ("x-method", head.method.as_str()),
            ("x-target", head.uri.path_and_query().unwrap().as_str()),
        ] {
            fields.insert(name, HeaderValue::from_str(value).unwrap());
        }
        Ok(response)
    };
    network.origin(answer).await
}

async fn methods_and_targets_go_through_as_they_are(network: Network) {
    let origin = mirror(&network).await;
    let stamp = builder("stamp").origin(network.upstream()).build().unwrap();
    let served = network.serve(&stamp).await;
    let mut client = network.client(&served).await;
    let methods = [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "PATCH",
        "QUERY",
        "m-search",
        "!#$%&'*+-.^_`|~",
    ];
    for method in methods {
        for target in ["/", "/a/b?c=d&e", "/a//b/../c", "/%20;x=1?q=%ff", "/?"] {
            let mut request = to(&origin, target);
            *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
            let response = client.send(request).await.unwrap();
            assert_eq!(response.version(), network.version);
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["x-method"], method);
            assert_eq!(response.headers()["x-target"], target);
            assert_eq!(response.headers()["x-stamp"], "1");
            response.into_body().collect().await.unwrap();
        }
    }
}

async fn statuses_go_through_as_they_are(network: Network) {
    let answer = async |request: http::Request<Incoming>| {
        let status = request.uri().path()[1..].parse().unwrap();
        let mut response = http::Response::new(Body::empty());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        Ok(response)
    };
    let origin = network.origin(answer).await;
    let stamp = builder("stamp").origin(network.upstream()).build().unwrap();
    let served = network.serve(&stamp).await;
    let mut client = network.client(&served).await;
    for status in [200, 201, 204, 206, 299, 304, 404, 418, 451, 500, 599] {
        let request = to(&origin, &format!("/{status}"));
        let response = client.send(request).await.unwrap();
        assert_eq!(response.status(), status);
        response.into_body().collect().await.unwrap();
    }
    // RFC 9110, section 15: these are invalid.
    for status in [600, 999] {
        let request = to(&origin, &format!("/{status}"));
        let response = client.send(request).await.unwrap();
        assert_eq!(response.status(), 502);
    }
}

async fn fields_keep_their_order_and_their_bytes(network: Network) {
    let origin = mirror(&network).await;
    let pass = builder("pass").origin(network.upstream()).build().unwrap();
    let served = network.serve(&pass).await;
    let mut client = network.client(&served).await;
    let mut request = to(&origin, "/");
    let fields = request.headers_mut();
    fields.append("x-many", "1".parse().unwrap());
    fields.append("x-many", HeaderValue::from_bytes(b"\xff\xfe").unwrap());
    fields.append("x-many", "".parse().unwrap());
    fields.append("x-long", "l".repeat(20_000).parse().unwrap());
    fields.append("cookie", "a=b".parse().unwrap());
    fields.append("cookie", "c=d".parse().unwrap());
    let sent = fields.clone();
    let response = client.send(request).await.unwrap();
    // RFC 9113, section 8.2.3: cookies of HTTP/2 are joined for recipients that use another version.
    let is_joined = network.version == http::Version::HTTP_2;
    let cookies: Vec<_> = response.headers().get_all("cookie").iter().collect();
    if is_joined {
        assert_eq!(cookies, ["a=b; c=d"]);
    } else {
        assert_eq!(cookies, ["a=b", "c=d"]);
    }
    for name in ["x-many", "x-long"] {
        let values =
            |fields: &HeaderMap| -> Vec<_> { fields.get_all(name).iter().cloned().collect() };
        assert_eq!(values(response.headers()), values(&sent), "{name}");
    }
}

/// A request with so many fields.
fn with_fields(origin: &Running, count: u16) -> http::Request<Body> {
    let mut request = to(origin, "/");
    for n in 0..count {
        let name = HeaderName::try_from(format!("x-{n}")).unwrap();
        request.headers_mut().insert(name, HeaderValue::from(n));
    }
    request
}

async fn many_fields_go_through_where_limits_allow_them(network: Network) {
    let origin = mirror(&network).await;
    let limits = Limits {
        fields: 4 << 20,
        ..Limits::default()
    };
    let upstream = network.upstream().head_size(4 << 20);
    let stamp = builder("stamp").origin(upstream).limits(limits);
    let limits = ServerLimits {
        head: 4 << 20,
        fields: 20_000,
        ..ServerLimits::default()
    };
    let server = Server::new(stamp.build().unwrap()).limits(limits);
    let served = network.serve_with(server).await;
    let mut client = network.client(&served).await;
    let response = client.send(with_fields(&origin, 10_000)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-9999"], "9999");
    assert!(response.headers().len() > 10_000);
}

async fn heads_that_are_too_large_are_refused(network: Network) {
    let origin = mirror(&network).await;
    let stamp = builder("stamp").origin(network.upstream()).build().unwrap();
    let served = network.serve(&stamp).await;
    let mut client = network.client(&served).await;
    // More would still be on their way when the answer comes, and the connection ends.
    let response = client.send(with_fields(&origin, 1_800)).await.unwrap();
    assert_eq!(response.status(), 431);

    // An origin whose head is too large for who asks it.
    let answer = async |_: http::Request<Incoming>| {
        let mut response = http::Response::new(Body::empty());
        let long = HeaderValue::try_from("v".repeat(200 << 10)).unwrap();
        response.headers_mut().insert("x-long", long);
        Ok(response)
    };
    let verbose = network.origin(answer).await;
    let mut client = network.client(&served).await;
    let response = client.send(to(&verbose, "/")).await.unwrap();
    assert_eq!(response.status(), 502);
}

/// Bytes of which no two stretches are alike, and none is a lower-case letter.
fn bytes(length: usize) -> Bytes {
    let mut state = 1u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 24) as u8).to_ascii_uppercase()
    };
    std::iter::repeat_with(next).take(length).collect()
}

async fn bodies_of_all_sizes_go_both_ways(network: Network) {
    let origin = mirror(&network).await;
    for guest in ["pass", "stamp", "echo"] {
        let component = builder(guest).origin(network.upstream()).build().unwrap();
        let served = network.serve(&component).await;
        let mut client = network.client(&served).await;
        for length in [0, 1, 65_536, 10_000_000] {
            let sent = bytes(length);
            let mut request = to(&origin, "/").map(|_| Body::from(sent.clone()));
            *request.method_mut() = Method::POST;
            let response = client.send(request).await.unwrap();
            let received = response.into_body().collect().await.unwrap().to_bytes();
            assert!(received == sent, "{length} bytes through {guest}");
        }
    }
}

async fn every_byte_is_changed_both_ways(network: Network) {
    let origin = mirror(&network).await;
    let rewrite = builder("rewrite").origin(network.upstream()).build();
    let served = network.serve(&rewrite.unwrap()).await;
    let mut client = network.client(&served).await;
    let sent = "letters".repeat(100_000);
    let mut request = to(&origin, "/outside/in").map(|_| Body::from(sent.clone()));
    *request.method_mut() = Method::PUT;
    let response = client.send(request).await.unwrap();
    assert_eq!(response.headers()["x-target"], "/in");
    assert_eq!(response.headers()["x-rewritten"], "up");
    let received = response.into_body().collect().await.unwrap().to_bytes();
    assert!(received == sent.to_uppercase(), "{} bytes", received.len());
}

async fn trailers_go_both_ways(network: Network) {
    let origin = mirror(&network).await;
    for guest in ["pass", "stamp", "stamp-unread", "rewrite"] {
        let component = builder(guest).origin(network.upstream()).build().unwrap();
        let served = network.serve(&component).await;
        let mut client = network.client(&served).await;
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", HeaderValue::from_bytes(b"a\xff").unwrap());
        trailers.insert("x-count", "2".parse().unwrap());
        let (pieces, body) = scripted();
        let mut request = to(&origin, "/").map(|_| body);
        *request.method_mut() = Method::POST;
        let fields = request.headers_mut();
        fields.insert(TE, "trailers".parse().unwrap());
        // HTTP/1.1 has them announced, by those who make them as by those who hand them on.
        fields.insert(TRAILER, "x-sum, x-count".parse().unwrap());
        let sent = trailers.clone();
        tokio::spawn(async move {
            pieces.send(Ok(Frame::data("CONTENT".into()))).await.unwrap();
            pieces.send(Ok(Frame::trailers(sent))).await.unwrap();
        });
        let response = client.send(request).await.unwrap();
        let received = response.into_body().collect().await.unwrap();
        assert_eq!(received.trailers(), Some(&trailers), "{guest}");
        assert_eq!(received.to_bytes(), "CONTENT", "{guest}");
    }
}

async fn both_bodies_stream_at_the_same_time(network: Network) {
    let origin = mirror(&network).await;
    for guest in ["pass", "rewrite", "echo"] {
        let component = builder(guest).origin(network.upstream()).build().unwrap();
        let served = network.serve(&component).await;
        let mut client = network.client(&served).await;
        let (pieces, body) = scripted();
        let mut request = to(&origin, "/").map(|_| body);
        *request.method_mut() = Method::POST;
        let response = client.send(request).await.unwrap();
        let mut received = response.into_body();
        for n in 0..100 {
            let piece = format!("PIECE {n}");
            let frame = Frame::data(piece.clone().into());
            pieces.send(Ok(frame)).await.unwrap();
            // It may come in parts.
            let mut answer = Vec::new();
            while answer.len() < piece.len() {
                let frame = received.frame().await.unwrap().unwrap();
                answer.extend_from_slice(frame.data_ref().unwrap());
            }
            assert_eq!(answer, piece.as_bytes(), "{guest}");
        }
        drop(pieces);
        let rest = received.collect().await.unwrap();
        assert_eq!(rest.to_bytes(), "", "{guest}");
    }
}

async fn an_answer_may_come_before_the_question_has_ended(network: Network) {
    let answer = async |request: http::Request<Incoming>| {
        drop(request);
        let mut response = http::Response::new(Body::from("too much"));
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        Ok(response)
    };
    let origin = network.origin(answer).await;
    for guest in ["pass", "rewrite"] {
        let component = builder(guest).origin(network.upstream()).build().unwrap();
        let served = network.serve(&component).await;
        let mut client = network.client(&served).await;
        let (pieces, body) = scripted();
        pieces.send(Ok(Frame::data("BEGIN".into()))).await.unwrap();
        let mut request = to(&origin, "/").map(|_| body);
        *request.method_mut() = Method::POST;
        let response = client.send(request).await.unwrap();
        assert_eq!(response.status(), 413, "{guest}");
        let received = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(received.to_ascii_lowercase(), b"too much", "{guest}");
        // The rest of it is in nobody's way.
        drop(pieces);
        let mut other = network.client(&served).await;
        let response = other.send(to(&origin, "/")).await.unwrap();
        assert_eq!(response.status(), 413, "{guest}");
    }
}

async fn responses_without_content_have_none(network: Network) {
    let answer = async |request: http::Request<Incoming>| -> io::Result<_> {
        let status = match request.uri().path() {
            "/204" => StatusCode::NO_CONTENT,
            "/304" => StatusCode::NOT_MODIFIED,
            _ => StatusCode::OK,
        };
        let mut response = http::Response::new(Body::empty());
        if status != StatusCode::NO_CONTENT {
            let length = HeaderValue::from_static("100");
            response.headers_mut().insert(CONTENT_LENGTH, length);
        }
        *response.status_mut() = status;
        Ok(response)
    };
    let origin = network.origin(answer).await;
    for guest in ["pass", "stamp", "rewrite"] {
        let component = builder(guest).origin(network.upstream()).build().unwrap();
        let served = network.serve(&component).await;
        let mut client = network.client(&served).await;
        for (method, path) in [
            (Method::HEAD, "/"),
            (Method::GET, "/204"),
            (Method::GET, "/304"),
        ] {
            let mut request = to(&origin, path);
            *request.method_mut() = method;
            let response = client.send(request).await.unwrap();
            // hyper sends none with 304 in HTTP/1.1.
            if path == "/" {
                assert_eq!(response.headers()[CONTENT_LENGTH], "100", "{guest} {path}");
            }
            let content = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(content, "", "{guest} {path}");
        }
    }
}

async fn a_response_with_status_204_states_no_length(network: Network) {
    let bad = builder("bad").build().unwrap();
    let served = network.serve(&bad).await;
    let mut client = network.client(&served).await;
    for method in [Method::GET, Method::HEAD] {
        let mut request = to(&served, "/no-content");
        *request.method_mut() = method.clone();
        let response = client.send(request).await.unwrap();
        assert_eq!(response.status(), 204);
        assert!(!response.headers().contains_key(CONTENT_LENGTH), "{method}");
        let content = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(content, "", "{method}");
    }
}

async fn a_service_answers_by_itself(network: Network) {
    let hello = builder("hello").build().unwrap();
    let served = network.serve(&hello).await;
    let mut client = network.client(&served).await;
    for _ in 0..100 {
        let response = client.send(to(&served, "/")).await.unwrap();
        let content = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(content, "hello\n");
    }
}
