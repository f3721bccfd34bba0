//! A proxy that changes nothing.

mod proxy;
use proxy::{ErrorCode, Handler, Request, Response, origin};

struct Pass;

impl Handler for Pass {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        origin::handle(request).await
    }
}

proxy::export!(Pass);

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::testing;

    #[test]
    fn it_reads_neither_body() {
        let (sent, sent_reads) = testing::counted("question");
        let response = testing::with()
            .origin(async |request| Ok(Response::new(request.into_body())))
            .run(Pass::handle(Request::new(sent)))
            .unwrap();
        assert_eq!(sent_reads.count(), 0);
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "question");
    }
}
