//! A component that chooses between two next hops, and counts its requests elsewhere.

mod router;
use router::{Body, ErrorCode, Handler, Request, Response, counter, fallback, primary};

struct Router;

impl Handler for Router {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let mut count = Request::new(Body::empty());
        *count.uri_mut() = http::Uri::from_static("http://counter.example/");
        // A request is handled whether or not it is counted.
        let is_counted = counter::send(count).await.is_ok();
        let is_primary = request.uri().path().starts_with("/primary");
        let mut response = if is_primary {
            primary::handle(request).await?
        } else {
            fallback::handle(request).await?
        };
        let counted = if is_counted { "yes" } else { "no" };
        let headers = response.headers_mut();
        headers.insert("x-counted", http::HeaderValue::from_static(counted));
        Ok(response)
    }
}

router::export!(Router);

#[cfg(test)]
mod tests {
    use super::*;
    use router::testing;

    fn way(path: &'static str) -> Response {
        let mut request = Request::default();
        *request.uri_mut() = http::Uri::from_static(path);
        testing::with()
            .primary(async |_| Ok(Response::new("first".into())))
            .fallback(async |_| Ok(Response::new("second".into())))
            .counter(async |_| Ok(Response::default()))
            .run(Router::handle(request))
            .unwrap()
    }

    #[test]
    fn it_sends_requests_to_the_next_hop_of_their_path() {
        for (path, expected) in [("/primary/a", "first"), ("/other", "second")] {
            let response = way(path);
            assert_eq!(response.headers()["x-counted"], "yes");
            let body = testing::block_on(response.into_body().bytes(100)).unwrap();
            assert_eq!(body, expected);
        }
    }

    #[test]
    fn it_handles_requests_that_are_not_counted() {
        let response = testing::with()
            .fallback(async |_| Ok(Response::default()))
            .counter(async |_| Err(ErrorCode::HttpRequestDenied))
            .run(Router::handle(Request::default()))
            .unwrap();
        assert_eq!(response.headers()["x-counted"], "no");
    }
}
