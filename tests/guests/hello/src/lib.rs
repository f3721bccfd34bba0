//! A service that greets.

mod service;
use service::{ErrorCode, Handler, Request, Response};

struct Hello;

impl Handler for Hello {
    async fn handle(_: Request) -> Result<Response, ErrorCode> {
        Ok(Response::new("hello\n".into()))
    }
}

service::export!(Hello);

#[cfg(test)]
mod tests {
    use super::*;
    use service::testing;

    #[test]
    fn it_greets() {
        let response = testing::block_on(Hello::handle(Request::default())).unwrap();
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "hello\n");
    }
}
