//! A proxy that changes what passes it, down and up: the path, a field, and every byte of the body.

mod proxy;
use http::HeaderValue;
use http::uri::PathAndQuery;
use proxy::{Body, ErrorCode, Handler, Request, Response, origin};

/// What paths begin with outside, and don't inside.
const PREFIX: &str = "/outside";

struct Rewrite;

impl Handler for Rewrite {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let (mut head, body) = request.into_parts();
        let mut target = head.uri.into_parts();
        let path = target
            .path_and_query
            .as_ref()
            .map_or("/", PathAndQuery::as_str);
        let path = PathAndQuery::try_from(path.strip_prefix(PREFIX).unwrap_or(path))
            .map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
        target.path_and_query = Some(path);
        head.uri = http::Uri::from_parts(target).map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
        head.headers
            .insert("x-rewritten", HeaderValue::from_static("down"));
        // With their bodies as they are, messages are handed on unread.
        let keeps = head.headers.contains_key("x-keep-bodies");
        let louder = |body: Body| {
            if keeps {
                body
            } else {
                body.map_data(|piece| piece.to_ascii_uppercase().into())
            }
        };
        let request = Request::from_parts(head, louder(body));

        let mut response = origin::handle(request).await?;
        let up = HeaderValue::from_static("up");
        response.headers_mut().insert("x-rewritten", up);
        Ok(response.map(louder))
    }
}

proxy::export!(Rewrite);

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::testing;

    #[test]
    fn it_changes_what_passes_in_both_directions() {
        let mut request = Request::new("question".into());
        *request.uri_mut() = http::Uri::from_static("http://example.com/outside/a?b");
        let response = testing::with()
            .origin(async |request| {
                assert_eq!(request.uri(), "http://example.com/a?b");
                assert_eq!(request.headers()["x-rewritten"], "down");
                let question = request.into_body().bytes(100).await?;
                assert_eq!(question, "QUESTION");
                Ok(Response::new("answer".into()))
            })
            .run(Rewrite::handle(request))
            .unwrap();
        assert_eq!(response.headers()["x-rewritten"], "up");
        let answer = testing::block_on(response.into_body().bytes(100)).unwrap();
        assert_eq!(answer, "ANSWER");
    }
}
