//! Gives every link in HTML `rel="noopener"`, while the page passes.

mod proxy;
use std::sync::mpsc::channel;

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use lol_html::element;
use lol_html::send::{HtmlRewriter, Settings};
use proxy::{ErrorCode, Handler, Request, Response, ResponseExt as _, origin};

struct Html;

impl Handler for Html {
    async fn handle(mut request: Request) -> Result<Response, ErrorCode> {
        // The page has to arrive in a form that can be read.
        request.headers_mut().remove(ACCEPT_ENCODING);
        let response = origin::handle(request).await?;
        let ty = response.headers().get(CONTENT_TYPE);
        let ty = ty.map_or(Vec::new(), |ty| ty.as_bytes().to_ascii_lowercase());
        if !ty.starts_with(b"text/html") || response.headers().contains_key(CONTENT_ENCODING) {
            return Ok(response);
        }
        let (sink, output) = channel();
        let handler = element!("a[href]:not([rel~=noopener i])", |link| {
            let others = link.get_attribute("rel").unwrap_or_default();
            Ok(link.set_attribute("rel", format!("{others} noopener").trim())?)
        });
        let settings = Settings::new_send().append_element_content_handler(handler);
        let add = move |piece: &[u8]| _ = sink.send(piece.to_vec());
        let mut rewriter = Some(HtmlRewriter::new(settings, add));
        Ok(response.transform(move |piece| {
            match (&mut rewriter, piece) {
                (Some(rewriter), Some(piece)) => rewriter.write(&piece)?,
                _ => rewriter.take().map_or(Ok(()), HtmlRewriter::end)?,
            }
            Ok(output.try_iter().flatten().collect::<Vec<u8>>())
        }))
    }
}

proxy::export!(Html);

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::testing;

    const PAGE: &str = r#"<p>see <a href="/a" rel="nofollow">here</a>"#;

    fn content(name: &'static str, value: &'static str) -> String {
        let origin = move |_| async move {
            let mut response = Response::new(PAGE.into());
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, "Text/HTML; charset=utf-8".parse().unwrap());
            headers.insert(name, value.parse().unwrap());
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
        assert_eq!(content("x-any", "1"), changed);
        assert_eq!(content("content-type", "text/plain"), PAGE);
        assert_eq!(content("content-encoding", "br"), PAGE);
        assert_eq!(content("cache-control", "no-transform"), PAGE);
    }
}
