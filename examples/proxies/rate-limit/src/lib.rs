//! Lets each client send ten requests at once, and five per second after that.

mod proxy;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use http::header::{HeaderValue, RETRY_AFTER};
use proxy::{Error, Handler, Request, Response, origin, time};

const BURST: u32 = 10;
const INTERVAL: Duration = Duration::from_millis(200);

thread_local! {
    /// For each API key: when the client may send a whole burst again.
    static RECOVERY: RefCell<BTreeMap<Option<HeaderValue>, Duration>> = RefCell::default();
}

struct RateLimit;

impl Handler<Error> for RateLimit {
    async fn handle(request: Request) -> Result<Response, Error> {
        let key = request.headers().get("x-api-key").cloned();
        let now = time::now();
        let is_allowed = RECOVERY.with_borrow_mut(|recovery| {
            // Clients that may send a whole burst are as good as new.
            recovery.retain(|_, end| *end > now);
            let end = recovery.entry(key).or_insert(now);
            let is_allowed = *end + INTERVAL <= now + INTERVAL * BURST;
            if is_allowed {
                *end += INTERVAL;
            }
            is_allowed
        });
        if is_allowed {
            return Ok(origin::handle(request).await?);
        }
        // The next request is allowed after an interval, and this field has seconds.
        let response = http::Response::builder().status(429).header(RETRY_AFTER, 1);
        Ok(response.body("too many requests\n".into())?)
    }
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
