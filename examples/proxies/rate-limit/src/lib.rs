//! Lets each client send ten requests at once, and five per second after that.

mod proxy;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use proxy::{ErrorCode, Handler, Request, Response, origin};

const BURST: f64 = 10.0;
const PER_SECOND: f64 = 5.0;

/// For each API key: how many requests are left, and since when.
static BUCKETS: Mutex<BTreeMap<String, (f64, Instant)>> = Mutex::new(BTreeMap::new());

struct RateLimit;

impl Handler for RateLimit {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let key = request.headers().get("x-api-key");
        if is_allowed(
            key.map_or("", |key| key.to_str().unwrap_or_default()),
            Instant::now(),
        ) {
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

fn is_allowed(key: &str, now: Instant) -> bool {
    let mut buckets = BUCKETS.lock().unwrap();
    let refilled =
        |left: f64, since: Instant| BURST.min(left + (now - since).as_secs_f64() * PER_SECOND);
    // Full buckets say nothing, and clients come and go.
    buckets.retain(|_, (left, since)| refilled(*left, *since) < BURST);
    let left = buckets
        .get(key)
        .map_or(BURST, |(left, since)| refilled(*left, *since));
    let is_allowed = left >= 1.0;
    buckets.insert(
        key.to_owned(),
        (if is_allowed { left - 1.0 } else { left }, now),
    );
    is_allowed
}

proxy::export!(RateLimit);

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;
    use proxy::testing;

    fn status(key: &'static str) -> StatusCode {
        let mut request = Request::default();
        request
            .headers_mut()
            .insert("x-api-key", HeaderValue::from_static(key));
        let response = testing::with()
            .origin(async |_| Ok(Response::default()))
            .run(RateLimit::handle(request));
        response.unwrap().status()
    }

    #[test]
    fn a_client_that_sends_too_much_gets_its_rate_and_others_are_free() {
        let allowed = (0..20).filter(|_| status("a").is_success()).count();
        assert!((10..13).contains(&allowed), "{allowed}");
        assert!(status("b").is_success());
        sleep(Duration::from_millis(500));
        assert!(status("a").is_success());

        // Six requests per second for a minute, without a pause; in one test, because all share the buckets.
        let begin = Instant::now();
        let at = |number: u32| begin + Duration::from_secs(60) / 360 * number;
        let allowed = (0..360)
            .filter(|number| is_allowed("c", at(*number)))
            .count();
        assert!((300..=311).contains(&allowed), "{allowed}");
    }
}
