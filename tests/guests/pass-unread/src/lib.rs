//! A proxy that changes nothing, and reads nothing.

mod proxy;
use proxy::{ErrorCode, Forwarder, UnreadRequest, UnreadResponse, origin};

struct Pass;

impl Forwarder for Pass {
    async fn forward(request: UnreadRequest) -> Result<UnreadResponse, ErrorCode> {
        origin::forward(request).await
    }
}

proxy::export!(Pass);

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::{Request, Response, testing};

    #[test]
    fn what_comes_goes_on() {
        let mut request = Request::new("question".into());
        *request.uri_mut() = http::Uri::from_static("/a?b");
        let response = testing::with()
            .origin(async |request| {
                assert_eq!(request.uri(), "/a?b");
                Ok(Response::new(request.into_body()))
            })
            .run(Pass::forward(request.try_into().unwrap()))
            .unwrap();
        assert_eq!(response.status().unwrap(), 200);
        let response = response.read().unwrap();
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "question");
    }
}
