//! HTTP's own rules for messages, in process: what has content, how long it is, what is a response (RFC 9110).

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use pretty_assertions::assert_eq;
use testkit_serve::builder;
use wasmtime_wasi_http::Error;
use witgen_serve::proxy::{Body, ErrorCode, Request, Response};

fn ask(method: Method, content: &'static str) -> Request {
    let mut request = Request::new(Body::from(content));
    *request.method_mut() = method;
    *request.uri_mut() = "http://example.com/".parse().unwrap();
    request
}

/// An origin that answers everything with this status and this content.
fn answering(
    status: u16,
    content: &'static str,
    length: Option<u64>,
) -> impl witgen_serve::proxy::Upstream {
    move |_: Request| async move {
        let mut response = Response::new(Body::from(content));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        if let Some(length) = length {
            let length = HeaderValue::from(length);
            response.headers_mut().insert(CONTENT_LENGTH, length);
        }
        Ok(response)
    }
}

#[tokio::test]
async fn what_has_no_content_loses_what_an_upstream_gives_it() {
    for (method, status) in [
        (Method::HEAD, 200),
        (Method::GET, 204),
        (Method::GET, 304),
        (Method::CONNECT, 200),
    ] {
        for guest in ["pass", "stamp", "stamp-unread", "rewrite"] {
            let component =
                builder(guest).origin(answering(status, "content", None)).build().unwrap();
            let response = component.handle(ask(method.clone(), "")).await.unwrap();
            let content = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(content, "", "{method} {status} {guest}");
        }
    }
    // A refused tunnel has content.
    let component = builder("pass").origin(answering(403, "no", None)).build().unwrap();
    let refused = component.handle(ask(Method::CONNECT, "")).await;
    let content = refused.unwrap().into_body().collect().await.unwrap();
    assert_eq!(content.to_bytes(), "no");
}

#[tokio::test]
async fn what_a_service_says_to_head_has_no_content() {
    for guest in ["hello", "bad"] {
        let service = builder(guest).build().unwrap();
        let response = service.handle(ask(Method::HEAD, "")).await.unwrap();
        assert_eq!(response.status(), 200);
        let content = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(content, "", "{guest}");
    }
}

#[tokio::test]
async fn an_interim_response_is_no_response() {
    for status in [100, 101, 103] {
        for guest in ["pass", "stamp"] {
            let component = builder(guest).origin(answering(status, "", None)).build().unwrap();
            let code = component.handle(ask(Method::GET, "")).await.unwrap_err();
            assert!(matches!(code, ErrorCode::HttpProtocolError), "{code}");
        }
    }
    let mut request = ask(Method::GET, "");
    *request.uri_mut() = "http://example.com/early-hints".parse().unwrap();
    let bad = builder("bad").build().unwrap();
    let code = bad.handle(request).await.unwrap_err();
    assert!(matches!(code, ErrorCode::HttpProtocolError), "{code}");
}

#[tokio::test]
async fn a_component_sees_that_a_response_is_longer_or_shorter_than_it_says() {
    for (content, length) in [("", 5), ("four", 5), ("sixsix", 5)] {
        for guest in ["pass", "rewrite"] {
            let origin = answering(200, content, Some(length));
            let component = builder(guest).origin(origin).build().unwrap();
            let response = component.handle(ask(Method::GET, "")).await.unwrap();
            let error = response.into_body().collect().await.unwrap_err();
            let error = error.to_string();
            assert!(error.contains("body size"), "{guest}: {error}");
        }
    }
}

#[tokio::test]
async fn a_component_sees_that_a_request_is_longer_or_shorter_than_it_says() {
    for (content, length) in [("", 5), ("four", 5), ("sixsix", 5)] {
        let request = || {
            let mut request = ask(Method::POST, content);
            let length = HeaderValue::from(length);
            request.headers_mut().insert(CONTENT_LENGTH, length);
            request
        };
        // One that reads it itself.
        let length = builder("length").build().unwrap();
        let code = length.handle(request()).await.unwrap_err();
        let is_size = matches!(code, ErrorCode::HttpRequestBodySize(_));
        assert!(is_size, "{content:?}: {code}");
        // One that has its origin read it.
        let reads = |request: Request| async move {
            match request.into_body().collect().await {
                Ok(body) => Ok(Response::new(Body::from(body.to_bytes()))),
                Err(Error::HttpRequestBodySize(size)) => Err(ErrorCode::HttpRequestBodySize(size)),
                Err(error) => panic!("{error}"),
            }
        };
        let pass = builder("pass").origin(reads).build().unwrap();
        let code = pass.handle(request()).await.unwrap_err();
        let is_size = matches!(code, ErrorCode::HttpRequestBodySize(_));
        assert!(is_size, "{content:?}: {code}");
    }
}

#[tokio::test]
async fn a_length_that_is_right_stays() {
    let origin = |request: Request| async move {
        let length = request.headers()[CONTENT_LENGTH].clone();
        let mut response = Response::new(request.into_body());
        response.headers_mut().insert(CONTENT_LENGTH, length);
        Ok(response)
    };
    for guest in ["pass", "stamp", "stamp-unread", "rewrite"] {
        let component = builder(guest).origin(origin).build().unwrap();
        let mut request = ask(Method::POST, "CONTENT");
        let length = HeaderValue::from(7);
        request.headers_mut().insert(CONTENT_LENGTH, length);
        let response = component.handle(request).await.unwrap();
        assert_eq!(response.headers()[CONTENT_LENGTH], "7", "{guest}");
        let content = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(content, Bytes::from("CONTENT"), "{guest}");
    }
}
