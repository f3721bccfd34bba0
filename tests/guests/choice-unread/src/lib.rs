//! A component that chooses between two next hops by the path, and reads nothing else.

mod choice;
use choice::{ErrorCode, Forwarder, UnreadRequest, UnreadResponse, fallback, primary};

struct Choice;

impl Forwarder for Choice {
    async fn forward(request: UnreadRequest) -> Result<UnreadResponse, ErrorCode> {
        let path = request.path_with_query();
        if path.is_some_and(|path| path.starts_with("/primary")) {
            primary::forward(request).await
        } else {
            fallback::forward(request).await
        }
    }
}

choice::export!(Choice);

#[cfg(test)]
mod tests {
    use super::*;
    use choice::{Request, Response, testing};

    #[test]
    fn requests_go_to_the_next_hop_of_their_path() {
        for (path, expected) in [("/primary/a", "first"), ("/other", "second")] {
            let mut request = Request::default();
            *request.uri_mut() = http::Uri::from_static(path);
            let response = testing::with()
                .primary(async |_| Ok(Response::new("first".into())))
                .fallback(async |_| Ok(Response::new("second".into())))
                .run(Choice::forward(request.try_into().unwrap()))
                .unwrap();
            let response = response.read().unwrap();
            let body = testing::block_on(response.into_body().bytes(100)).unwrap();
            assert_eq!(body, expected);
        }
    }
}
