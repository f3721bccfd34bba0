{%- match hop %}
{%- when Some with (hop) %}
//! A {{ world }} that adds a header to every response.

mod {{ world }};
use {{ world }}::{Error, Handler, Request, Response, {{ hop }}};

struct Component;

impl Handler<Error> for Component {
    async fn handle(request: Request) -> Result<Response, Error> {
        let mut response = {{ hop }}::handle(request).await?;
        response
            .headers_mut()
            .insert("x-stamp", "1".parse().unwrap());
        Ok(response)
    }
}

{{ world }}::export!(Component);

#[cfg(test)]
mod tests {
    use super::*;
    use {{ world }}::{ErrorCode, testing};

    #[test]
    fn it_adds_a_header_and_leaves_the_rest() {
        let response = testing::with()
            .{{ hop }}(async |_| Ok(Response::new("content".into())))
            .run(Component::handle(Request::default()))
            .unwrap();
        assert_eq!(response.headers()["x-stamp"], "1");
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "content");
    }

    #[test]
    fn an_error_of_the_next_hop_is_passed_on() {
        let error = testing::with()
            .{{ hop }}(async |_| Err(ErrorCode::ConnectionRefused))
            .run(Component::handle(Request::default()))
            .unwrap_err();
        assert!(matches!(error.code(), Some(ErrorCode::ConnectionRefused)));
    }
}
{%- when None %}
//! A {{ world }} that responds with the method and path of the request.

mod {{ world }};
use {{ world }}::{Error, Handler, Request, Response};

struct Component;

impl Handler<Error> for Component {
    async fn handle(request: Request) -> Result<Response, Error> {
        let answer = format!("{} {}\n", request.method(), request.uri().path());
        Ok(Response::new(answer.into()))
    }
}

{{ world }}::export!(Component);

#[cfg(test)]
mod tests {
    use super::*;
    use {{ world }}::testing;

    #[test]
    fn it_answers_with_method_and_path() {
        let mut request = Request::default();
        *request.uri_mut() = "http://example.com/hello?q".parse().unwrap();
        let response = testing::block_on(Component::handle(request)).unwrap();
        let content = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(content, "GET /hello\n");
    }
}
{%- endmatch %}
