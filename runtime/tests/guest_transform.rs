//! Responses whose content a guest changes, and what becomes of their fields.

use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use pretty_assertions::assert_eq;
use witgen_runtime::guest::testing::{block_on, counted};
use witgen_runtime::guest::{Body, Response, ResponseExt as _};

/// A response with status 200, these fields and some content.
fn response(fields: &[(HeaderName, &'static str)]) -> Response {
    let mut response = Response::new("content".into());
    for (name, value) in fields {
        let value = HeaderValue::from_static(value);
        response.headers_mut().append(name.clone(), value);
    }
    response
}

fn name(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

fn shout(response: Response) -> Response {
    response.transform(|piece| Ok(piece.unwrap_or_default().to_ascii_uppercase()))
}

fn content(response: Response) -> String {
    let content = block_on(response.into_body().bytes(100)).unwrap();
    String::from_utf8(content.into()).unwrap()
}

/// The fields of a response that describe the origin's content, and one that doesn't.
fn described() -> Response {
    response(&[
        (CONTENT_LENGTH, "7"),
        (ETAG, "\"a\""),
        (name("accept-ranges"), "bytes"),
        (name("content-digest"), "sha-256=:AA==:"),
        (name("repr-digest"), "sha-256=:AA==:"),
        (name("content-md5"), "AA=="),
        (name("digest"), "sha-256=AA=="),
        (name("last-modified"), "Thu, 01 Jan 1970 00:00:00 GMT"),
    ])
}

/// The fields of a response after a change, by name.
fn fields(response: &Response) -> Vec<(&str, &str)> {
    let fields = response.headers().iter();
    let mut fields: Vec<_> = fields
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    fields.sort();
    fields
}

const CHANGED: [(&str, &str); 2] = [
    ("etag", "W/\"a\""),
    ("last-modified", "Thu, 01 Jan 1970 00:00:00 GMT"),
];

#[test]
fn fields_that_describe_the_content_go_with_it() {
    let changed = shout(described());
    assert_eq!(fields(&changed), CHANGED);
    assert_eq!(content(changed), "CONTENT");
}

#[test]
fn a_weak_tag_stays_and_one_that_is_none_too() {
    for tag in ["W/\"a\"", "a"] {
        let changed = shout(response(&[(ETAG, tag)]));
        assert_eq!(fields(&changed), [("etag", tag)]);
    }
}

#[test]
fn no_transform_is_obeyed() {
    for (lines, is_forbidden) in [
        (&["no-transform"][..], true),
        (&["max-age=60, No-Transform"], true),
        (&["max-age=60", "public ,\tno-transform"], true),
        (&["max-age=60"], false),
        (&["no-transformation"], false),
    ] {
        let lines: Vec<_> = lines.iter().map(|line| (CACHE_CONTROL, *line)).collect();
        let mut given = response(&lines);
        given
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from_static("7"));
        assert_eq!(given.is_transformable(), !is_forbidden, "{lines:?}");
        let changed = shout(given);
        assert_eq!(
            changed.headers().contains_key(CONTENT_LENGTH),
            is_forbidden,
            "{lines:?}"
        );
        let expected = if is_forbidden { "content" } else { "CONTENT" };
        assert_eq!(content(changed), expected, "{lines:?}");
    }
}

#[test]
fn a_directive_after_bytes_that_are_no_text_is_obeyed() {
    let mut given = Response::new("content".into());
    let line = HeaderValue::from_bytes(b"x=\"\xe9\", no-transform").unwrap();
    given.headers_mut().insert(CACHE_CONTROL, line);
    assert!(!given.is_transformable());
}

#[test]
fn parts_stay_as_they_are() {
    let mut part = response(&[(CONTENT_RANGE, "bytes 0-6/20"), (CONTENT_LENGTH, "7")]);
    *part.status_mut() = StatusCode::PARTIAL_CONTENT;
    // Several parts have no `Content-Range` in common.
    let mut parts = response(&[(name("content-type"), "multipart/byteranges; boundary=a")]);
    *parts.status_mut() = StatusCode::PARTIAL_CONTENT;
    for part in [part, parts] {
        let before = part.headers().clone();
        let same = shout(part);
        assert_eq!(*same.headers(), before);
        assert_eq!(content(same), "content");
    }
}

#[test]
fn responses_without_content_have_the_fields_of_those_with_it() {
    let head = described().map(|_| Body::empty());
    let changed = head.transform(|_| -> Result<&str, _> { panic!("there is no content") });
    assert_eq!(fields(&changed), CHANGED);
    assert_eq!(content(changed), "");

    let mut not_modified = described().map(|_| Body::empty());
    *not_modified.status_mut() = StatusCode::NOT_MODIFIED;
    let gzip = HeaderValue::from_static("gzip");
    not_modified.headers_mut().insert(CONTENT_ENCODING, gzip);
    let changed = not_modified.transform(|_| -> Result<&str, _> { panic!("there is no content") });
    assert_eq!(fields(&changed), CHANGED);
}

#[test]
fn content_that_is_known_to_be_empty_stays_empty() {
    let empty = response(&[(CONTENT_LENGTH, "0")]).map(|_| Body::empty());
    assert!(!empty.is_transformable());
    let same = empty.transform(|_| Ok("something"));
    assert_eq!(content(same), "");
}

#[test]
fn the_content_is_read_when_the_change_is() {
    let (body, reads) = counted("content");
    let changed = shout(response(&[]).map(|_| body));
    assert_eq!(reads.count(), 0);
    assert_eq!(content(changed), "CONTENT");
}

#[test]
fn trailers_stay_without_digests() {
    let trailers = HeaderMap::from_iter([
        (name("x-end"), HeaderValue::from_static("1")),
        (
            name("repr-digest"),
            HeaderValue::from_static("sha-256=:AA==:"),
        ),
    ]);
    let given = response(&[]).map(|body| body.with_trailers(trailers));
    let mut body = shout(given).into_body();
    while let Some(frame) = block_on(body.frame()) {
        if let Ok(trailers) = frame.unwrap().into_trailers() {
            assert_eq!(trailers.keys().collect::<Vec<_>>(), ["x-end"]);
            return;
        }
    }
    panic!("no trailers");
}
