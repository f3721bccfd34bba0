//! Forwards requests with the right token, and rejects all others.

mod proxy;
use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use proxy::{ErrorCode, Handler, Request, Response, env, origin};

struct Bearer;

impl Handler for Bearer {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let token = env::var("TOKEN").ok().filter(|token| !token.is_empty());
        let expected = token.map(|token| format!("Bearer {token}"));
        let given = request.headers().get(AUTHORIZATION);
        match (expected, given) {
            (Some(expected), Some(given)) if *given == *expected => origin::handle(request).await,
            _ => {
                let mut response = Response::new("token required\n".into());
                *response.status_mut() = StatusCode::UNAUTHORIZED;
                let challenge = HeaderValue::from_static("Bearer");
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
                Ok(response)
            }
        }
    }
}

proxy::export!(Bearer);

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::testing;

    fn status(token: &str, authorization: Option<&'static str>) -> StatusCode {
        let mut request = Request::default();
        if let Some(value) = authorization {
            request
                .headers_mut()
                .insert(AUTHORIZATION, HeaderValue::from_static(value));
        }
        let response = testing::with()
            .var("TOKEN", token)
            .origin(async |_| Ok(Response::default()))
            .run(Bearer::handle(request));
        response.unwrap().status()
    }

    #[test]
    fn only_the_right_token_passes() {
        assert_eq!(status("secret", Some("Bearer secret")), StatusCode::OK);
        assert_eq!(
            status("secret", Some("Bearer wrong")),
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(status("secret", None), StatusCode::UNAUTHORIZED);
        // Without a token, nothing passes.
        assert_eq!(status("", Some("Bearer ")), StatusCode::UNAUTHORIZED);
    }
}
