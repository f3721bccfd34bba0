//! Requests, and what each proxy makes of them and of the origin's responses, in both forms.

use std::io::Read as _;

use flate2::read::GzDecoder;
use http::Request;
use pretty_assertions::assert_eq;
use testkit::toolchain::wasip2_is_installed;
use testkit_serve::serve::{Served, client};

use super::{FORMS, serve_before};
use crate::origin::Origin;

/// A request to a proxy, and its response.
struct Exchange {
    /// The method, the target and the fields, a line each.
    request: &'static str,
    /// The head and the content of the origin's response; `None` if the origin isn't to be asked.
    origin: Option<(&'static str, &'static str)>,
    /// The status code and the fields of the response by name, without those that the connection needs; and the content,
    /// decompressed.
    response: (&'static str, &'static str),
}

const fn exchange(
    request: &'static str,
    origin: Option<(&'static str, &'static str)>,
    response: (&'static str, &'static str),
) -> Exchange {
    Exchange {
        request,
        origin,
        response,
    }
}

const OK: Option<(&str, &str)> = Some(("200 OK", "content"));

const BEARER: &[Exchange] = &[
    exchange(
        "GET / | authorization: Bearer secret",
        OK,
        ("200", "content"),
    ),
    exchange(
        "GET / | authorization: Bearer other",
        None,
        (
            "401 | content-length: 15 | www-authenticate: Bearer",
            "token required\n",
        ),
    ),
    exchange(
        "POST /",
        None,
        (
            "401 | content-length: 15 | www-authenticate: Bearer",
            "token required\n",
        ),
    ),
];

const PAGE: &str = "<a href=\"/a\">a</a><a href=\"/b\" rel=\"nofollow\">b</a><a href=\"/c\" rel=\"NoOpener\">c</a><a>d</a>";

const CHANGED_PAGE: &str = "<a href=\"/a\" rel=\"noopener\">a</a><a href=\"/b\" rel=\"nofollow noopener\">b</a><a href=\"/c\" rel=\"NoOpener\">c</a><a>d</a>";

const HTML: &[Exchange] = &[
    exchange(
        "GET / | accept-encoding: gzip",
        Some(("200 OK | content-type: Text/HTML; charset=utf-8", PAGE)),
        ("200 | content-type: Text/HTML; charset=utf-8", CHANGED_PAGE),
    ),
    exchange(
        "GET /",
        Some((
            "200 OK | content-type: text/html | content-length: 7 | etag: \"a\" | accept-ranges: bytes | repr-digest: sha-256=:AA==:",
            "<a>b</a",
        )),
        ("200 | content-type: text/html | etag: W/\"a\"", "<a>b</a"),
    ),
    exchange(
        "HEAD /",
        Some((
            "200 OK | content-type: text/html | content-length: 7 | etag: \"a\"",
            "",
        )),
        ("200 | content-type: text/html | etag: W/\"a\"", ""),
    ),
    exchange(
        "GET /",
        Some((
            "200 OK | content-type: text/html | cache-control: max-age=1, No-Transform | etag: \"a\"",
            PAGE,
        )),
        (
            "200 | cache-control: max-age=1, No-Transform | content-type: text/html | etag: \"a\"",
            PAGE,
        ),
    ),
    exchange(
        "GET / | range: bytes=0-1",
        Some((
            "206 Partial Content | content-type: text/html | content-range: bytes 0-1/7 | content-length: 2 | etag: \"a\"",
            "<a",
        )),
        (
            "206 | content-length: 2 | content-range: bytes 0-1/7 | content-type: text/html | etag: \"a\"",
            "<a",
        ),
    ),
    exchange(
        "GET /",
        Some(("200 OK | content-type: text/plain", PAGE)),
        ("200 | content-type: text/plain", PAGE),
    ),
];

const GZIP: &[Exchange] = &[
    exchange(
        "GET / | accept-encoding: br, gzip; q=0.5",
        Some((
            "200 OK | content-length: 7 | etag: \"a\" | accept-ranges: bytes | content-digest: sha-256=:AA==: | content-md5: AA==",
            "content",
        )),
        (
            "200 | content-encoding: gzip | etag: W/\"a\" | vary: accept-encoding",
            "content",
        ),
    ),
    exchange(
        "GET / | accept-encoding: gzip;q=0, br",
        Some(("200 OK | content-length: 7 | etag: \"a\"", "content")),
        (
            "200 | content-length: 7 | etag: \"a\" | vary: accept-encoding",
            "content",
        ),
    ),
    exchange(
        "GET / | accept-encoding: gzip",
        Some((
            "200 OK | content-length: 7 | cache-control: no-transform",
            "content",
        )),
        (
            "200 | cache-control: no-transform | content-length: 7 | vary: accept-encoding",
            "content",
        ),
    ),
    exchange(
        "GET / | accept-encoding: gzip, br",
        Some((
            "200 OK | content-length: 7 | content-encoding: br",
            "encoded",
        )),
        (
            "200 | content-encoding: br | content-length: 7 | vary: accept-encoding",
            "encoded",
        ),
    ),
    exchange(
        "GET / | accept-encoding: gzip | range: bytes=0-1",
        Some((
            "206 Partial Content | content-range: bytes 0-1/7 | content-length: 2",
            "co",
        )),
        (
            "206 | content-length: 2 | content-range: bytes 0-1/7 | vary: accept-encoding",
            "co",
        ),
    ),
    exchange(
        "GET / | accept-encoding: gzip | if-none-match: W/\"a\"",
        Some(("304 Not Modified | etag: \"a\"", "")),
        ("304 | etag: W/\"a\" | vary: accept-encoding", ""),
    ),
    exchange(
        "HEAD / | accept-encoding: gzip",
        Some(("200 OK | content-length: 7 | etag: \"a\"", "")),
        (
            "200 | content-encoding: gzip | etag: W/\"a\" | vary: accept-encoding",
            "",
        ),
    ),
    exchange(
        "GET / | accept-encoding: gzip",
        Some(("200 OK | content-length: 0", "")),
        ("200 | content-length: 0 | vary: accept-encoding", ""),
    ),
    exchange(
        "GET / | accept-encoding: gzip",
        Some(("404 Not Found | content-length: 7", "nothing")),
        (
            "404 | content-encoding: gzip | vary: accept-encoding",
            "nothing",
        ),
    ),
];

const STORED: Option<(&str, &str)> = Some((
    "200 OK | content-length: 7 | cache-control: max-age=600 | vary: x-a",
    "content",
));

const CACHE: &[Exchange] = &[
    exchange(
        "GET /a",
        STORED,
        (
            "200 | cache-control: max-age=600 | content-length: 7 | vary: x-a",
            "content",
        ),
    ),
    exchange(
        "GET /a | accept: text/html",
        None,
        (
            "200 | age: … | cache-control: max-age=600 | content-length: 7 | vary: x-a",
            "content",
        ),
    ),
    exchange("GET /a | x-a: 1", OK, ("200", "content")),
    exchange("GET /a | cache-control: no-cache", OK, ("200", "content")),
    exchange("GET /b", OK, ("200", "content")),
    exchange("DELETE /a", OK, ("200", "content")),
    exchange("GET /a", OK, ("200", "content")),
    exchange(
        "GET /private",
        Some((
            "200 OK | content-length: 7 | cache-control: Private, max-age=600",
            "content",
        )),
        (
            "200 | cache-control: Private, max-age=600 | content-length: 7",
            "content",
        ),
    ),
    exchange("GET /private", OK, ("200", "content")),
    exchange(
        "GET /cookie",
        Some((
            "200 OK | content-length: 7 | cache-control: max-age=600 | set-cookie: a=1",
            "content",
        )),
        (
            "200 | cache-control: max-age=600 | content-length: 7 | set-cookie: a=1",
            "content",
        ),
    ),
    exchange(
        "GET /cookie | cache-control: max-stale",
        OK,
        ("200", "content"),
    ),
    exchange(
        "GET /credentials | authorization: Bearer a",
        STORED,
        (
            "200 | cache-control: max-age=600 | content-length: 7 | vary: x-a",
            "content",
        ),
    ),
    exchange(
        "GET /credentials | authorization: Bearer a",
        OK,
        ("200", "content"),
    ),
    exchange(
        "GET /shared | authorization: Bearer a",
        Some((
            "200 OK | content-length: 7 | cache-control: s-maxage=600",
            "content",
        )),
        (
            "200 | cache-control: s-maxage=600 | content-length: 7",
            "content",
        ),
    ),
    exchange(
        "GET /shared",
        None,
        (
            "200 | age: … | cache-control: s-maxage=600 | content-length: 7",
            "content",
        ),
    ),
    exchange(
        "GET /unknown-length",
        Some(("200 OK | cache-control: max-age=600", "content")),
        ("200 | cache-control: max-age=600", "content"),
    ),
    exchange("GET /unknown-length", OK, ("200", "content")),
    exchange(
        "GET /gone",
        Some((
            "404 Not Found | content-length: 7 | cache-control: max-age=600",
            "nothing",
        )),
        (
            "404 | cache-control: max-age=600 | content-length: 7",
            "nothing",
        ),
    ),
    exchange(
        "GET /gone",
        None,
        (
            "404 | age: … | cache-control: max-age=600 | content-length: 7",
            "nothing",
        ),
    ),
];

/// Sends a request, and returns the response as an exchange has it.
fn send(served: &Served, request: &str) -> (String, String) {
    let mut parts = request.split(" | ");
    let (method, target) = parts.next().unwrap().split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(format!("{}{target}", served.url));
    for field in parts {
        let (name, value) = field.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    let mut response = client().run(request.body(()).unwrap()).unwrap();
    let mut fields: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| !["connection", "date", "transfer-encoding"].contains(&name.as_str()))
        .map(|(name, value)| match name.as_str() {
            // It depends on the time that tests take.
            "age" => "age: …".to_owned(),
            name => format!("{name}: {}", value.to_str().unwrap()),
        })
        .collect();
    fields.sort();
    fields.insert(0, response.status().as_str().to_owned());
    let is_compressed = fields.iter().any(|field| field == "content-encoding: gzip");
    let mut content = response.body_mut().read_to_vec().unwrap();
    if is_compressed && !content.is_empty() {
        let compressed = std::mem::take(&mut content);
        GzDecoder::new(&compressed[..]).read_to_end(&mut content).unwrap();
    }
    (fields.join(" | "), String::from_utf8(content).unwrap())
}

/// Sends the requests to a proxy in both of its forms, one after the other.
fn assert_exchanges(proxy: &str, options: &[&str], exchanges: &[Exchange]) {
    if !wasip2_is_installed() {
        return;
    }
    for form in FORMS {
        let dir = tempfile::tempdir().unwrap();
        let origin = Origin::start();
        let options = [&["--origin", &origin.url], options].concat();
        let served = serve_before(dir.path(), form, proxy, &options);
        for exchange in exchanges {
            let (head, content) = exchange.origin.unwrap_or(("500 Not To Be Asked", ""));
            origin.answer_with(&head.replace(" | ", "\n"), content);
            let (head, content) = send(&served, exchange.request);
            let title = format!("{form}{proxy}: {}", exchange.request);
            assert_eq!((&*head, &*content), exchange.response, "{title}");
            let received = origin.received();
            assert_eq!(received.is_some(), exchange.origin.is_some(), "{title}");
            if proxy == "html" {
                let received = received.unwrap().to_ascii_lowercase();
                assert!(!received.contains("accept-encoding"), "{received}");
            }
        }
    }
}

#[test]
fn a_bearer_token_is_required() {
    assert_exchanges("bearer", &["--env", "bearer:TOKEN=secret"], BEARER);
}

#[test]
fn links_of_pages_are_changed() {
    assert_exchanges("html", &[], HTML);
}

#[test]
fn responses_are_compressed_if_both_sides_allow_it() {
    assert_exchanges("gzip", &[], GZIP);
}

#[test]
fn fresh_responses_come_from_memory() {
    let options = ["--max-instances", "1", "--instance-idle", "1h"];
    assert_exchanges("cache", &options, CACHE);
}
