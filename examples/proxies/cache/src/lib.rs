//! Responds to GET requests from memory for as long as the origin allows (RFC 9111).

mod proxy;
use std::cell::RefCell;
use std::num::NonZeroUsize;

use bytes::Bytes;
use http::Method;
use http::header::{AGE, CACHE_CONTROL, HeaderMap};
use http_body::Body as _;
use http_cache_semantics::{BeforeRequest, CacheOptions, CachePolicy};
use lru::LruCache;
use proxy::{Body, ErrorCode, Handler, Request, Response, origin, time};

const MAX_BYTES: u64 = 1 << 20;
const MAX_ENTRIES: NonZeroUsize = NonZeroUsize::new(32).unwrap();

thread_local! {
    /// By URI.
    static CACHE: RefCell<LruCache<String, (CachePolicy, http::Response<Bytes>)>> =
        RefCell::new(LruCache::new(MAX_ENTRIES));
}

struct Cached;

impl Handler for Cached {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let uri = request.uri().to_string();
        if request.method() != Method::GET || !is_plain(request.headers()) {
            let result = origin::handle(request).await;
            // It may have changed what is stored.
            CACHE.with_borrow_mut(|cache| cache.pop(&uri));
            return result;
        }
        let (asked, body) = request.into_parts();
        let now = time::system_time();
        let stored = CACHE.with_borrow_mut(|cache| cache.get(&uri).cloned());
        if let Some((policy, mut response)) = stored
            && !policy.is_stale(now)
            && let BeforeRequest::Fresh(_) = policy.before_request(&asked, now)
        {
            let age = policy.age(now).as_secs();
            response.headers_mut().insert(AGE, age.into());
            return Ok(response.map(Body::from));
        }
        let response = origin::handle(Request::from_parts(asked.clone(), body)).await?;
        let now = time::system_time();
        let policy = CachePolicy::new_options(&asked, &response, now, CacheOptions::default());
        let size = response.body().size_hint().exact().unwrap_or(u64::MAX);
        if policy.is_stale(now) || !is_plain(response.headers()) || size > MAX_BYTES {
            return Ok(response);
        }
        let (head, body) = response.into_parts();
        let content = body.bytes(MAX_BYTES as usize).await?;
        let response = http::Response::from_parts(head, content);
        CACHE.with_borrow_mut(|cache| cache.put(uri, (policy, response.clone())));
        Ok(response.map(Body::from))
    }
}

/// Whether `CachePolicy` reads these fields as RFC 9111 does. It compares directives by their case and fields by their first
/// line, and it can't add to every age.
fn is_plain(headers: &HeaderMap) -> bool {
    let mut control = headers.get_all(CACHE_CONTROL).iter();
    headers.len() == headers.keys_len()
        && !headers.contains_key(AGE)
        && control.all(|line| line.to_str().is_ok_and(|text| text == text.to_lowercase()))
}

proxy::export!(Cached);

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::Duration;

    use super::*;
    use proxy::testing::{self, Clock};

    /// What a test sends, and what the origin answers with.
    #[derive(Clone, Copy)]
    struct Exchange<'a> {
        path: &'a str,
        method: &'a str,
        asked: &'a [(&'static str, &'static str)],
        answered: &'a [(&'static str, &'static str)],
    }

    const GET: Exchange = Exchange {
        path: "/",
        method: "GET",
        asked: &[],
        answered: &[("cache-control", "max-age=60")],
    };

    /// Sends a request, and returns the response's age if it came from memory.
    fn age(clock: &Clock, exchange: Exchange) -> Option<u64> {
        let is_asked = Rc::new(Cell::new(false));
        let asked = is_asked.clone();
        let mut request = http::Request::builder()
            .method(exchange.method)
            .uri(format!("http://example.com{}", exchange.path));
        for (name, value) in exchange.asked {
            request = request.header(*name, *value);
        }
        let mut answer = http::Response::builder();
        for (name, value) in exchange.answered {
            answer = answer.header(*name, *value);
        }
        let answer = Cell::new(Some(answer.body("content".into()).unwrap()));
        let host = testing::with().clock(clock).origin(move |_| {
            asked.set(true);
            let answer = answer.take();
            async { Ok(answer.unwrap()) }
        });
        let request = request.body(Body::empty()).unwrap();
        let response = host.run(Cached::handle(request)).unwrap();
        let age = response.headers().get(AGE).cloned();
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "content");
        (!is_asked.get()).then(|| age.unwrap().to_str().unwrap().parse().unwrap())
    }

    /// The ages of the responses to three requests, one each half minute.
    fn ages(exchange: Exchange) -> [Option<u64>; 3] {
        let clock = Clock::default();
        CACHE.with_borrow_mut(LruCache::clear);
        [(); 3].map(|()| {
            let age = age(&clock, exchange);
            clock.advance(Duration::from_secs(30));
            age
        })
    }

    #[test]
    fn fresh_responses_are_stored_and_others_are_not() {
        for (control, expected) in [
            ("public, max-age=61", [None, Some(30), Some(60)]),
            ("max-age=60", [None, Some(30), None]),
            ("max-age=0, s-maxage=60", [None, Some(30), None]),
            ("max-age=31536000", [None, Some(30), Some(60)]),
            ("max-age=0", [None; 3]),
            ("private, max-age=60", [None; 3]),
            ("max-age=60, No-Store", [None; 3]),
            ("Private, max-age=60", [None; 3]),
            ("private=\"a, b\", max-age=60", [None; 3]),
            ("no-cache, max-age=60", [None; 3]),
            ("", [None; 3]),
        ] {
            let answered = &[("cache-control", control)];
            assert_eq!(ages(Exchange { answered, ..GET }), expected, "{control}");
        }
    }

    #[test]
    fn other_fields_than_cache_control_count_too() {
        let expires = ("expires", "Thu, 01 Jan 1970 00:01:00 GMT");
        for (field, expected) in [
            (expires, [None, Some(30), None]),
            (("expires", "0"), [None; 3]),
        ] {
            let answered = &[field, ("cache-control", "public")];
            assert_eq!(ages(Exchange { answered, ..GET }), expected, "{field:?}");
        }
        let answered = &[("cache-control", "max-age=60"), ("age", "1")];
        assert_eq!(ages(Exchange { answered, ..GET }), [None; 3]);
    }

    #[test]
    fn responses_for_one_client_are_not_stored() {
        let asked = &[("authorization", "Bearer a")];
        assert_eq!(ages(Exchange { asked, ..GET }), [None; 3]);
        let cookie = [("cache-control", "max-age=60"), ("set-cookie", "a=1")];
        let answered = &cookie;
        assert_eq!(ages(Exchange { answered, ..GET }), [None; 3]);
        // Nor are they given to clients that accept stale ones.
        let asked = &[("cache-control", "max-stale")];
        let exchange = Exchange {
            asked,
            answered,
            ..GET
        };
        assert_eq!(ages(exchange), [None; 3]);
    }

    #[test]
    fn a_response_is_for_requests_with_the_fields_that_it_varies_with() {
        let clock = Clock::default();
        let answered = &[("cache-control", "max-age=60"), ("vary", "x-a, Cookie")];
        let with = |asked| Exchange {
            asked,
            answered,
            ..GET
        };
        let one = with(&[("x-a", "1"), ("x-b", "1")]);
        assert_eq!(age(&clock, one), None);
        let same = with(&[("x-a", "1"), ("x-b", "2")]);
        assert_eq!(age(&clock, same), Some(0));
        assert_eq!(age(&clock, with(&[("x-a", "2")])), None);
        assert_eq!(age(&clock, with(&[])), None);
        // HTTP/2 may split cookies (RFC 9113, section 8.2.3).
        let split = with(&[("cookie", "a=1"), ("cookie", "b=1")]);
        assert_eq!(age(&clock, split), None);
        let other = with(&[("cookie", "a=1"), ("cookie", "b=2")]);
        assert_eq!(age(&clock, other), None);
        let answered = &[("cache-control", "max-age=60"), ("vary", "*")];
        assert_eq!(ages(Exchange { answered, ..GET }), [None; 3]);
    }

    #[test]
    fn clients_can_ask_the_origin() {
        let clock = Clock::default();
        assert_eq!(age(&clock, GET), None);
        assert_eq!(age(&clock, GET), Some(0));
        let asked = &[("cache-control", "no-cache")];
        assert_eq!(age(&clock, Exchange { asked, ..GET }), None);
        let head = Exchange {
            method: "HEAD",
            ..GET
        };
        assert_eq!(age(&clock, head), None);
    }

    #[test]
    fn a_change_removes_what_is_stored() {
        let clock = Clock::default();
        let other = Exchange {
            path: "/other",
            ..GET
        };
        assert_eq!([GET, other].map(|get| age(&clock, get)), [None, None]);
        let put = Exchange {
            method: "PUT",
            ..GET
        };
        assert_eq!(age(&clock, put), None);
        assert_eq!([GET, other].map(|get| age(&clock, get)), [None, Some(0)]);
    }
}
