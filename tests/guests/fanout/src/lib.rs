//! A proxy that asks many at the same time, and answers with what they say, in the order of its questions.

mod proxy;
use futures_util::future::join_all;
use proxy::{Body, ErrorCode, Handler, Request, Response, client, origin};

struct Fanout;

impl Handler for Fanout {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let asked = request.headers().get("x-ask").cloned();
        let Some(asked) = asked.as_ref().and_then(|asked| asked.to_str().ok()) else {
            return origin::handle(request).await;
        };
        let answers = join_all(asked.split(',').map(|host| ask(host.trim()))).await;
        Ok(Response::new(answers.join("\n").into()))
    }
}

/// What somebody says, or why they don't.
async fn ask(host: &str) -> String {
    let mut question = Request::new(Body::empty());
    match format!("http://{host}/").parse() {
        Ok(uri) => *question.uri_mut() = uri,
        Err(error) => return error.to_string(),
    }
    let answer = async { client::send(question).await?.into_body().bytes(1000).await };
    match answer.await {
        Ok(answer) => String::from_utf8_lossy(&answer).into_owned(),
        Err(code) => code.to_string(),
    }
}

proxy::export!(Fanout);

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::testing;

    #[test]
    fn it_answers_with_what_all_say() {
        let mut request = Request::default();
        let asked = http::HeaderValue::from_static("a, b,c");
        request.headers_mut().insert("x-ask", asked);
        let response = testing::with()
            .client(async |question: Request| {
                let host = question.uri().host().unwrap_or_default().to_owned();
                match host.as_str() {
                    "b" => Err(ErrorCode::ConnectionRefused),
                    _ => Ok(Response::new(host.into())),
                }
            })
            .run(Fanout::handle(request))
            .unwrap();
        let answers = testing::block_on(response.into_body().bytes(1000)).unwrap();
        let answers = String::from_utf8_lossy(&answers).into_owned();
        let lines: Vec<&str> = answers.lines().collect();
        assert_eq!((lines[0], lines[2]), ("a", "c"));
    }
}
