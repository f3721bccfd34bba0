//! A proxy that adds a header to every response; what it doesn't change, it doesn't read.

mod proxy;
use proxy::{ErrorCode, Forwarder, UnreadRequest, UnreadResponse, origin};

struct Stamp;

impl Forwarder for Stamp {
    async fn forward(request: UnreadRequest) -> Result<UnreadResponse, ErrorCode> {
        let mut response = origin::forward(request).await?;
        response.insert("x-stamp", "1")?;
        Ok(response)
    }
}

proxy::export!(Stamp);

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::{Request, Response, testing};

    #[test]
    fn it_adds_a_header_and_leaves_the_rest() {
        let response = testing::with()
            .origin(async |_| {
                let mut response = Response::new("content".into());
                let old = http::HeaderValue::from_static("old");
                response.headers_mut().insert("x-stamp", old);
                Ok(response)
            })
            .run(Stamp::forward(Request::default().try_into().unwrap()))
            .unwrap();
        assert_eq!(response.header("X-Stamp").as_deref(), Some(&b"1"[..]));
        let response = response.read().unwrap();
        assert_eq!(response.headers()["x-stamp"], "1");
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "content");
    }
}
