//! Answers GET requests from memory for as long as the origin allows (RFC 9111).

mod proxy;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{AGE, AUTHORIZATION, CACHE_CONTROL, SET_COOKIE, VARY};
use http::{Method, StatusCode, response};
use http_body::Body as _;
use proxy::{ErrorCode, Handler, Request, Response, origin};

const MAX_BYTES: u64 = 1 << 20;
const MAX_ENTRIES: usize = 32;

/// By URI: the head, the content, when they arrived, and until when they are fresh.
static CACHE: Mutex<BTreeMap<String, (response::Parts, Bytes, Instant, Instant)>> =
    Mutex::new(BTreeMap::new());

struct Cached;

impl Handler for Cached {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let uri = request.uri().to_string();
        if !request.method().is_safe() {
            CACHE.lock().unwrap().remove(&uri);
        }
        let is_private = [AUTHORIZATION, CACHE_CONTROL]
            .iter()
            .any(|name| request.headers().contains_key(name));
        if request.method() != Method::GET || is_private {
            return origin::handle(request).await;
        }
        CACHE
            .lock()
            .unwrap()
            .retain(|_, (.., end)| Instant::now() < *end);
        if let Some((mut head, content, begin, _)) = CACHE.lock().unwrap().get(&uri).cloned() {
            head.headers.insert(AGE, begin.elapsed().as_secs().into());
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
        let mut cache = CACHE.lock().unwrap();
        if cache.len() < MAX_ENTRIES {
            let begin = Instant::now();
            let end = begin + Duration::from_secs(seconds);
            cache.insert(uri, (head.clone(), content.clone(), begin, end));
        }
        Ok(Response::from_parts(head, content.into()))
    }
}

/// Returns for how many seconds a cache may give a response to all clients.
fn lifetime(response: &Response) -> Option<u64> {
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
    Some(seconds.min(86_400)).filter(|seconds| *seconds > 0)
}

proxy::export!(Cached);

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;
    use proxy::testing;

    /// The number of requests that reach an origin with this header, of two requests.
    fn requests(path: &str, control: &'static str) -> usize {
        let count = Rc::new(Cell::new(0));
        for _ in 0..2 {
            let counted = count.clone();
            let mut request = Request::default();
            *request.uri_mut() = format!("http://example.com{path}").parse().unwrap();
            let response = testing::with().origin(move |_| {
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
        }
        count.get()
    }

    #[test]
    fn fresh_responses_are_stored_and_others_are_not() {
        assert_eq!(requests("/fresh", "public, max-age=60"), 1);
        assert_eq!(requests("/stale", "max-age=0"), 2);
        assert_eq!(requests("/private", "private, max-age=60"), 2);
        assert_eq!(requests("/other", "max-age=60, No-Store"), 2);
        assert_eq!(requests("/year", "max-age=31536000"), 1);
    }
}
