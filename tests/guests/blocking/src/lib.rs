//! A proxy that changes nothing, and lets nothing else into its instance until it has the response.

mod proxy;
use proxy::{ErrorCode, Forwarder, UnreadRequest, UnreadResponse, origin};

struct Blocking;

impl Forwarder for Blocking {
    async fn forward(request: UnreadRequest) -> Result<UnreadResponse, ErrorCode> {
        wit_bindgen::block_on(origin::forward(request))
    }
}

proxy::export!(Blocking);
