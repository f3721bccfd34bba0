//! Gives every link in HTML `rel="noopener"`, while the page passes.

mod proxy;
use std::sync::mpsc::channel;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use lol_html::element;
use lol_html::send::{HtmlRewriter, Settings};
use proxy::{Body, ErrorCode, Handler, Request, Response, origin};

struct Html;

impl Handler for Html {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let mut response = origin::handle(request).await?;
        let ty = response.headers().get(CONTENT_TYPE);
        if !ty.is_some_and(|ty| ty.as_bytes().starts_with(b"text/html")) {
            return Ok(response);
        }
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().remove(ETAG);
        Ok(response.map(rewritten))
    }
}

fn rewritten(body: Body) -> Body {
    let (sink, output) = channel();
    let settings = Settings::new_send()
        .append_element_content_handler(element!("a[href]", |link| Ok(
            link.set_attribute("rel", "noopener")?
        )));
    let add = move |piece: &[u8]| _ = sink.send(piece.to_vec());
    let mut rewriter = Some(HtmlRewriter::new(settings, add));
    body.transform(move |piece| {
        let result = match (&mut rewriter, piece) {
            (Some(rewriter), Some(piece)) => rewriter.write(&piece),
            _ => rewriter.take().map_or(Ok(()), HtmlRewriter::end),
        };
        result.map_err(|error| ErrorCode::InternalError(Some(error.to_string())))?;
        Ok(output.try_iter().flatten().collect::<Vec<u8>>())
    })
}

proxy::export!(Html);

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::testing;

    fn content(ty: &'static str) -> String {
        let origin = move |_| async move {
            let page = r#"<p>see <a href="/a">here</a>"#;
            let mut response = Response::new(page.into());
            response
                .headers_mut()
                .insert(CONTENT_TYPE, ty.parse().unwrap());
            Ok(response)
        };
        let response = testing::with()
            .origin(origin)
            .run(Html::handle(Request::default()));
        let body = response.unwrap().into_body();
        String::from_utf8(testing::block_on(body.bytes(1000)).unwrap().into()).unwrap()
    }

    #[test]
    fn links_of_pages_are_changed_and_nothing_else() {
        let changed = r#"<p>see <a href="/a" rel="noopener">here</a>"#;
        assert_eq!(content("text/html; charset=utf-8"), changed);
        let same = r#"<p>see <a href="/a">here</a>"#;
        assert_eq!(content("text/plain"), same);
    }
}
