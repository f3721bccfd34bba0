//! A proxy that is written against two worlds, which share one runtime.
//!
//! The component has the imports of both worlds. Its exports are those of `proxy`: two worlds that
//! export the same interface can't both be exported by one component.

mod proxy;
mod service;
use proxy::{ErrorCode, Handler, Request, Response, origin};

struct TwoWorlds;

impl Handler for TwoWorlds {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        if request.headers().contains_key("x-ask") {
            return ask(request).await;
        }
        origin::handle(request).await
    }
}

/// Sends a request of one world through the other.
async fn ask(mut request: service::Request) -> Result<service::Response, service::ErrorCode> {
    *request.uri_mut() = http::Uri::from_static("http://auth.example/");
    service::client::send(request).await
}

proxy::export!(TwoWorlds);

#[cfg(test)]
mod tests {
    use super::*;

    fn answer_of(request: Request) -> String {
        let peers = proxy::testing::with()
            .origin(async |_| Ok(Response::new("origin".into())))
            .and(service::testing::with().client(async |request| {
                assert_eq!(request.uri().host(), Some("auth.example"));
                Ok(service::Response::new(request.into_body()))
            }));
        peers.run(async {
            let response = TwoWorlds::handle(request).await.unwrap();
            let content = response.into_body().bytes(100).await.unwrap();
            String::from_utf8_lossy(&content).into_owned()
        })
    }

    #[test]
    fn a_request_of_one_world_is_one_of_the_other() {
        let mut request = Request::new("question".into());
        assert_eq!(answer_of(Request::new("question".into())), "origin");
        let value = http::HeaderValue::from_static("1");
        request.headers_mut().insert("x-ask", value);
        assert_eq!(answer_of(request), "question");
    }

    /// Implementing `Handler` once is enough for both worlds.
    #[test]
    fn a_handler_of_one_world_is_one_of_the_other() {
        service::export!(TwoWorlds);
        fn is_handler<T: service::Handler>() {}
        is_handler::<TwoWorlds>();
    }

    /// Both worlds import the same client, so it is one peer.
    #[test]
    fn a_peer_of_both_worlds_needs_to_be_added_once() {
        let peers = proxy::testing::with().client(async |_| Ok(Response::new("client".into())));
        let response = peers.run(service::client::send(Request::default()));
        assert!(response.is_ok());
    }
}
