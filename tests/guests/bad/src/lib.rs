//! A service that misbehaves on request: the path says how.

mod service;
use service::{ErrorCode, Handler, Request, Response};

struct Bad;

impl Handler for Bad {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        match request.uri().path() {
            "/panic" => panic!("as the request wants it"),
            "/read" => Ok(Response::new(request.into_body().bytes(1000).await?.into())),
            _ => Ok(Response::new("good\n".into())),
        }
    }
}

service::export!(Bad);

#[cfg(test)]
mod tests {
    use super::*;
    use service::testing;

    fn ask(path: &'static str) -> Result<Response, ErrorCode> {
        let mut request = Request::default();
        *request.uri_mut() = http::Uri::from_static(path);
        testing::block_on(Bad::handle(request))
    }

    #[test]
    fn it_answers() {
        let response = ask("/").unwrap();
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "good\n");
    }

    #[test]
    #[should_panic(expected = "as the request wants it")]
    fn it_panics_on_request() {
        let _ = ask("/panic");
    }
}
