//! Compresses responses piece by piece.

mod proxy;
use std::io::Write as _;
use std::mem;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, HeaderValue, VARY};
use http::{Method, StatusCode};
use proxy::{Body, Error, ErrorCode, Handler, Request, Response, origin};

struct Gzip;

impl Handler for Gzip {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let accepted = request.headers().get(ACCEPT_ENCODING).cloned();
        let has_content = request.method() != Method::HEAD;
        let mut response = origin::handle(request).await?;
        let is_whole = response.status() == StatusCode::OK && has_content;
        let headers = response.headers_mut();
        headers.append(VARY, HeaderValue::from_static("accept-encoding"));
        if is_whole && accepted.is_some_and(accepts_gzip) && !headers.contains_key(CONTENT_ENCODING)
        {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            headers.remove(CONTENT_LENGTH);
            headers.remove(ETAG);
            return Ok(response.map(compressed));
        }
        Ok(response)
    }
}

/// Whether a list of codings contains gzip with a weight above 0 (RFC 9110, section 12.5.3).
fn accepts_gzip(accepted: HeaderValue) -> bool {
    let is_gzip = |coding: &str| {
        let (name, weight) = coding.split_once(";q=").unwrap_or((coding, "1"));
        let is_refused = weight
            .trim()
            .parse::<f32>()
            .is_ok_and(|weight| weight == 0.0);
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    };
    accepted
        .to_str()
        .is_ok_and(|list| list.split(',').any(is_gzip))
}

fn compressed(body: Body) -> Body {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    body.transform(move |piece| {
        let result = match piece {
            // What has been encoded is sent at once.
            Some(piece) => encoder.write_all(&piece).and_then(|()| encoder.flush()),
            None => encoder.try_finish(),
        };
        result.map_err(Error::from)?;
        Ok(mem::take(encoder.get_mut()))
    })
}

proxy::export!(Gzip);

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;
    use proxy::testing;

    fn response(accepted: &'static str) -> Response {
        let mut request = Request::default();
        request
            .headers_mut()
            .insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        let origin = async |_| Ok(Response::new("content ".repeat(10_000).into()));
        testing::with()
            .origin(origin)
            .run(Gzip::handle(request))
            .unwrap()
    }

    #[test]
    fn clients_that_accept_it_receive_less() {
        let response = response("br, gzip");
        assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
        let content = testing::block_on(response.into_body().bytes(10_000)).unwrap();
        let mut text = String::new();
        GzDecoder::new(&content[..])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "content ".repeat(10_000));
    }

    #[test]
    fn a_weight_of_0_is_a_refusal() {
        for (accepted, expected) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("xgzip", false),
        ] {
            assert_eq!(
                accepts_gzip(HeaderValue::from_static(accepted)),
                expected,
                "{accepted}"
            );
        }
    }

    #[test]
    fn other_clients_receive_what_the_origin_sends() {
        let response = response("identity");
        assert!(!response.headers().contains_key(CONTENT_ENCODING));
        let content = testing::block_on(response.into_body().bytes(80_000)).unwrap();
        assert_eq!(content.len(), 80_000);
    }
}
