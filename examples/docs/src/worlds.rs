//! Components of the package's worlds.

// ANCHOR: proxy
use crate::proxy::{self, ErrorCode, Handler, Request, Response, origin};

struct Stamp;

impl Handler for Stamp {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let mut response = origin::handle(request).await?;
        response
            .headers_mut()
            .insert("x-stamp", "1".parse().unwrap());
        Ok(response)
    }
}

proxy::export!(Stamp);
// ANCHOR_END: proxy
