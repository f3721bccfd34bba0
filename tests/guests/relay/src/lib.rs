//! A middleware: its next hop is a `handler`, as its own front is.

mod middleware;
use middleware::{ErrorCode, Handler, Request, Response, handler};

struct Relay;

impl Handler for Relay {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let mut response = handler::handle(request).await?;
        response
            .headers_mut()
            .insert("x-relayed", "1".parse().unwrap());
        Ok(response)
    }
}

middleware::export!(Relay);

#[cfg(test)]
mod tests {
    use super::*;
    use middleware::testing;

    #[test]
    fn it_adds_a_header() {
        let response = testing::with()
            .handler(async |_| Ok(Response::default()))
            .run(Relay::handle(Request::default()))
            .unwrap();
        assert_eq!(response.headers()["x-relayed"], "1");
    }
}
