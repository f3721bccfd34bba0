//! A service that answers with the request's own body, streamed.

mod service;
use http::header::CONTENT_TYPE;
use service::{ErrorCode, Handler, Request, Response};

struct Echo;

impl Handler for Echo {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let (parts, body) = request.into_parts();
        let mut response = Response::new(body);
        if let Some(value) = parts.headers.get(CONTENT_TYPE) {
            response.headers_mut().insert(CONTENT_TYPE, value.clone());
        }
        Ok(response)
    }
}

service::export!(Echo);

#[cfg(test)]
mod tests {
    use super::*;
    use service::testing;

    #[test]
    fn it_sends_the_body_back_without_reading_it() {
        let (body, reads) = testing::counted("what?");
        let response = testing::block_on(Echo::handle(Request::new(body))).unwrap();
        assert_eq!(reads.count(), 0);
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "what?");
    }
}
