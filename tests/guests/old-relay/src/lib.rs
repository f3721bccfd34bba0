//! A middleware of the released wasi:http 0.3.2.

mod middleware;
use middleware::{ErrorCode, Handler, Request, Response, handler};

struct OldRelay;

impl Handler for OldRelay {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let mut response = handler::handle(request).await?;
        response
            .headers_mut()
            .insert("x-old-relay", "1".parse().unwrap());
        Ok(response)
    }
}

middleware::export!(OldRelay);

#[cfg(test)]
mod tests {
    use super::*;
    use middleware::testing;

    #[test]
    fn it_adds_a_header() {
        let response = testing::with()
            .handler(async |_| Ok(Response::default()))
            .run(OldRelay::handle(Request::default()))
            .unwrap();
        assert_eq!(response.headers()["x-old-relay"], "1");
    }
}
