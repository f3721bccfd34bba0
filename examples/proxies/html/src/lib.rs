//! Gives every link in HTML `rel="noopener"`, while the page passes.

mod proxy;
use std::sync::mpsc::channel;

use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
};
use lol_html::element;
use lol_html::send::{HtmlRewriter, Settings};
use proxy::{Body, ErrorCode, Handler, Request, Response, origin};

struct Html;

impl Handler for Html {
    async fn handle(mut request: Request) -> Result<Response, ErrorCode> {
        // The page has to arrive in a form that can be read.
        request.headers_mut().remove(ACCEPT_ENCODING);
        let mut response = origin::handle(request).await?;
        let ty = response.headers().get(CONTENT_TYPE);
        let is_html = ty.is_some_and(|ty| ty.as_bytes().starts_with(b"text/html"));
        let is_part = response.headers().contains_key(CONTENT_RANGE);
        if !is_html || is_part || response.headers().contains_key(CONTENT_ENCODING) {
            return Ok(response);
        }
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().remove(ETAG);
        Ok(response.map(rewritten))
    }
}

fn rewritten(body: Body) -> Body {
    let (sink, output) = channel();
    let handler = element!("a[href]", |link| {
        let others = link.get_attribute("rel").unwrap_or_default();
        Ok(link.set_attribute("rel", format!("{others} noopener").trim())?)
    });
    let settings = Settings::new_send().append_element_content_handler(handler);
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
            let page = r#"<p>see <a href="/a" rel="nofollow">here</a>"#;
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
        let changed = r#"<p>see <a href="/a" rel="nofollow noopener">here</a>"#;
        assert_eq!(content("text/html; charset=utf-8"), changed);
        let same = r#"<p>see <a href="/a" rel="nofollow">here</a>"#;
        assert_eq!(content("text/plain"), same);
    }
}
