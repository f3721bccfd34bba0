//! Answers GET requests from memory for as long as the origin allows (RFC 9111).

mod proxy;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AGE, AUTHORIZATION, CACHE_CONTROL, SET_COOKIE, VARY};
use http::{Method, StatusCode, response};
use http_body::Body as _;
use proxy::{ErrorCode, Handler, Request, Response, origin, time};

const MAX_BYTES: u64 = 1 << 20;
const MAX_ENTRIES: usize = 32;

/// The head, the content, when they arrived, and until when they are fresh.
type Entry = (response::Parts, Bytes, Duration, Duration);

thread_local! {
    /// By URI.
    static CACHE: RefCell<BTreeMap<String, Entry>> = RefCell::default();
}

struct Cached;

impl Handler for Cached {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let uri = request.uri().to_string();
        if !request.method().is_safe() {
            CACHE.with_borrow_mut(|cache| cache.remove(&uri));
        }
        let is_private = [AUTHORIZATION, CACHE_CONTROL]
            .iter()
            .any(|name| request.headers().contains_key(name));
        if request.method() != Method::GET || is_private {
            return origin::handle(request).await;
        }
        let now = time::now();
        CACHE.with_borrow_mut(|cache| cache.retain(|_, (.., end)| now < *end));
        let entry = CACHE.with_borrow(|cache| cache.get(&uri).cloned());
        if let Some((mut head, content, begin, _)) = entry {
            head.headers.insert(AGE, (now - begin).as_secs().into());
            return Ok(Response::from_parts(head, content.into()));
        }
        let response = origin::handle(request).await?;
        let size = response.body().size_hint().exact();
        let Some(seconds) =
            lifetime(&response).filter(|_| size.is_some_and(|size| size <= MAX_BYTES))
        else {
            return Ok(response);
        };
        let (head, body) = response.into_parts();
        let content = body.bytes(MAX_BYTES as usize).await?;
        let now = time::now();
        let entry = (head.clone(), content.clone(), now, now + seconds);
        CACHE.with_borrow_mut(|cache| {
            if cache.len() < MAX_ENTRIES {
                cache.insert(uri, entry);
            }
        });
        Ok(Response::from_parts(head, content.into()))
    }
}

/// Returns for how long a cache may give a response to all clients.
fn lifetime(response: &Response) -> Option<Duration> {
    let headers = response.headers();
    if response.status() != StatusCode::OK
        || [AGE, SET_COOKIE, VARY]
            .iter()
            .any(|name| headers.contains_key(name))
    {
        return None;
    }
    let lines = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .map(|value| value.to_str().ok());
    let control = lines
        .collect::<Option<Vec<_>>>()?
        .join(",")
        .to_ascii_lowercase();
    if ["private", "no-", "s-maxage"]
        .iter()
        .any(|directive| control.contains(directive))
    {
        return None;
    }
    let (_, age) = control.split_once("max-age=")?;
    let seconds: u64 = age.split(',').next()?.trim().parse().ok()?;
    (seconds > 0).then(|| Duration::from_secs(seconds.min(86_400)))
}

proxy::export!(Cached);

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;
    use proxy::testing;

    /// The number of requests that reach an origin with this header, of three requests: one each half minute.
    fn requests(path: &str, control: &'static str) -> usize {
        let count = Rc::new(Cell::new(0));
        let clock = testing::Clock::default();
        for _ in 0..3 {
            let counted = count.clone();
            let mut request = Request::default();
            *request.uri_mut() = format!("http://example.com{path}").parse().unwrap();
            let response = testing::with().clock(&clock).origin(move |_| {
                counted.set(counted.get() + 1);
                let mut response = Response::new("content".into());
                response
                    .headers_mut()
                    .insert(CACHE_CONTROL, control.parse().unwrap());
                async { Ok(response) }
            });
            let response = response.run(Cached::handle(request)).unwrap();
            let content = testing::block_on(response.into_body().bytes(100)).unwrap();
            assert_eq!(content, "content");
            clock.advance(Duration::from_secs(30));
        }
        count.get()
    }

    #[test]
    fn fresh_responses_are_stored_and_others_are_not() {
        assert_eq!(requests("/fresh", "public, max-age=61"), 1);
        assert_eq!(requests("/minute", "max-age=60"), 2);
        assert_eq!(requests("/stale", "max-age=0"), 3);
        assert_eq!(requests("/private", "private, max-age=60"), 3);
        assert_eq!(requests("/other", "max-age=60, No-Store"), 3);
        assert_eq!(requests("/year", "max-age=31536000"), 1);
    }
}
