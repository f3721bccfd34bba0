//! A proxy that adds a header to every response.

mod proxy;
use proxy::{ErrorCode, Handler, Request, Response, origin};

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

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::testing;

    #[test]
    fn it_adds_a_header_and_leaves_the_rest() {
        let response = testing::with()
            .origin(async |_| Ok(Response::new("content".into())))
            .run(Stamp::handle(Request::default()))
            .unwrap();
        assert_eq!(response.headers()["x-stamp"], "1");
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "content");
    }

    #[test]
    fn a_failing_origin_is_no_response() {
        let error = testing::with()
            .origin(async |_| Err(ErrorCode::ConnectionRefused))
            .run(Stamp::handle(Request::default()))
            .unwrap_err();
        assert!(matches!(error, ErrorCode::ConnectionRefused));
    }
}
