//! A service that reads a request's content and says how long it is.

mod service;
use service::{ErrorCode, Handler, Request, Response};

struct Length;

impl Handler for Length {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let mut body = request.into_body();
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            length += frame?.data_ref().map_or(0, |piece| piece.len());
        }
        Ok(Response::new(format!("{length}\n").into()))
    }
}

service::export!(Length);

#[cfg(test)]
mod tests {
    use super::*;
    use service::testing;

    #[test]
    fn it_counts_bytes() {
        let request = Request::new("zwölf".into());
        let response = testing::block_on(Length::handle(request)).unwrap();
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "6\n");
    }
}
