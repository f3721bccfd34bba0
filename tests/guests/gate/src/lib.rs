//! A proxy that asks a side service before it lets a request through.

mod proxy;
use http::StatusCode;
use http::header::AUTHORIZATION;
use proxy::{Body, ErrorCode, Handler, Request, Response, client, origin};

struct Gate;

impl Handler for Gate {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        if is_allowed(&request).await? {
            return origin::handle(request).await;
        }
        let mut response = Response::new("forbidden\n".into());
        *response.status_mut() = StatusCode::FORBIDDEN;
        Ok(response)
    }
}

async fn is_allowed(request: &Request) -> Result<bool, ErrorCode> {
    let mut question = Request::new(Body::empty());
    *question.uri_mut() = http::Uri::from_static("http://auth.example/check");
    if let Some(credentials) = request.headers().get(AUTHORIZATION) {
        question
            .headers_mut()
            .insert(AUTHORIZATION, credentials.clone());
    }
    Ok(client::send(question).await?.status().is_success())
}

proxy::export!(Gate);

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::testing;

    fn among_peers(request: Request) -> Result<Response, ErrorCode> {
        testing::with()
            .origin(async |_| Ok(Response::new("inside".into())))
            .client(async |question| {
                assert_eq!(question.uri().host(), Some("auth.example"));
                let mut answer = Response::default();
                if question.headers().get(AUTHORIZATION).is_none() {
                    *answer.status_mut() = StatusCode::UNAUTHORIZED;
                }
                Ok(answer)
            })
            .run(Gate::handle(request))
    }

    #[test]
    fn it_lets_in_whom_the_side_service_knows() {
        let mut request = Request::default();
        request
            .headers_mut()
            .insert(AUTHORIZATION, "Bearer 1".parse().unwrap());
        assert_eq!(among_peers(request).unwrap().status(), StatusCode::OK);
    }

    #[test]
    fn it_keeps_out_everybody_else() {
        let response = among_peers(Request::default()).unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
    }

    #[test]
    fn nobody_gets_in_where_side_calls_are_denied() {
        let error = testing::with()
            .origin(async |_| Ok(Response::new("inside".into())))
            .client(async |_| Err(ErrorCode::HttpRequestDenied))
            .run(Gate::handle(Request::default()))
            .unwrap_err();
        assert!(matches!(error, ErrorCode::HttpRequestDenied));
    }
}
