//! The same as `rate-limit`, written by hand on the bindings alone.

mod proxy;
use std::cell::RefCell;
use std::collections::BTreeMap;

use proxy::bindings::wasi::clocks::monotonic_clock;
use proxy::bindings::wasi::http::origin;
use proxy::bindings::wasi::http::types::{ErrorCode, Fields, Request, Response};
use proxy::bindings::{exports, wit_future, wit_stream};

const BURST: u64 = 10;
/// In nanoseconds.
const INTERVAL: u64 = 200_000_000;
const REFUSAL: &[u8] = b"too many requests\n";

thread_local! {
    /// For each API key: when the client may send a whole burst again.
    static RECOVERY: RefCell<BTreeMap<Option<Vec<u8>>, u64>> = RefCell::default();
}

struct RateLimit;

impl exports::wasi::http::handler::Guest for RateLimit {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let keys = request.get_headers().get("x-api-key");
        let key = keys.into_iter().next();
        let now = monotonic_clock::now();
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
            return origin::handle(request).await;
        }
        let fields = [
            ("retry-after".to_owned(), b"1".to_vec()),
            (
                "content-length".to_owned(),
                REFUSAL.len().to_string().into_bytes(),
            ),
        ];
        let Ok(headers) = Fields::from_list(&fields) else {
            return Err(ErrorCode::HttpResponseHeaderSectionSize(None));
        };
        let (mut content, reader) = wit_stream::new();
        wit_bindgen::spawn_local(async move {
            content.write_all(REFUSAL.to_vec()).await;
        });
        let (_, trailers) = wit_future::new(|| Ok(None));
        let (response, _) = Response::new(headers, Some(reader), trailers);
        match response.set_status_code(429) {
            Ok(()) => Ok(response),
            Err(()) => Err(ErrorCode::HttpProtocolError),
        }
    }
}

#[cfg(target_arch = "wasm32")]
proxy::bindings::export!(RateLimit with_types_in proxy::bindings);
