//! Lets each client send ten requests at once, and five per second after that.

mod proxy;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use proxy::{ErrorCode, Handler, Request, Response, origin, time};

const BURST: f64 = 10.0;
const PER_SECOND: f64 = 5.0;

thread_local! {
    /// For each API key: how many requests are left, and since when.
    static BUCKETS: RefCell<BTreeMap<String, (f64, Duration)>> = RefCell::default();
}

struct RateLimit;

impl Handler for RateLimit {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let key = request.headers().get("x-api-key");
        let key = key.map_or("", |key| key.to_str().unwrap_or_default());
        if BUCKETS.with_borrow_mut(|buckets| is_allowed(buckets, key, time::now())) {
            return origin::handle(request).await;
        }
        let mut response = Response::new("too many requests\n".into());
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        Ok(response)
    }
}

fn is_allowed(buckets: &mut BTreeMap<String, (f64, Duration)>, key: &str, now: Duration) -> bool {
    let refilled =
        |(left, since): (f64, Duration)| BURST.min(left + (now - since).as_secs_f64() * PER_SECOND);
    // Full buckets say nothing, and clients come and go.
    buckets.retain(|_, bucket| refilled(*bucket) < BURST);
    let left = buckets.get(key).map_or(BURST, |bucket| refilled(*bucket));
    let is_allowed = left >= 1.0;
    let left = if is_allowed { left - 1.0 } else { left };
    buckets.insert(key.to_owned(), (left, now));
    is_allowed
}

proxy::export!(RateLimit);

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::testing::{self, Clock};

    fn is_let_through(clock: &Clock, key: &'static str) -> bool {
        let mut request = Request::default();
        request
            .headers_mut()
            .insert("x-api-key", HeaderValue::from_static(key));
        let response = testing::with()
            .clock(clock)
            .origin(async |_| Ok(Response::default()))
            .run(RateLimit::handle(request));
        response.unwrap().status().is_success()
    }

    #[test]
    fn a_client_that_sends_too_much_gets_its_rate_and_others_are_free() {
        let clock = Clock::default();
        let allowed = (0..20).filter(|_| is_let_through(&clock, "a")).count();
        assert_eq!(allowed, 10);
        assert!(is_let_through(&clock, "b"));
        clock.advance(Duration::from_millis(199));
        assert!(!is_let_through(&clock, "a"));
        clock.advance(Duration::from_millis(1));
        assert!(is_let_through(&clock, "a"));
        assert!(!is_let_through(&clock, "a"));
    }

    #[test]
    fn a_client_that_goes_on_gets_five_requests_per_second() {
        let clock = Clock::default();
        let allowed = (0..600).filter(|_| {
            clock.advance(Duration::from_millis(100));
            is_let_through(&clock, "a")
        });
        assert_eq!(allowed.count(), 10 + 299);
    }
}
