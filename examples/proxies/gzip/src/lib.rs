//! Compresses responses piece by piece.

mod proxy;
use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue, VARY};
use proxy::{ErrorCode, Handler, Request, Response, ResponseExt as _, origin};

struct Gzip;

impl Handler for Gzip {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let lists = request.headers().get_all(ACCEPT_ENCODING).iter();
        let mut lists = lists.filter_map(|list| list.to_str().ok());
        let is_accepted = lists.any(|list| list.split(',').any(is_gzip));
        let mut response = origin::handle(request).await?;
        let is_transformable = response.is_transformable();
        let headers = response.headers_mut();
        headers.append(VARY, HeaderValue::from_static("accept-encoding"));
        if !is_accepted || !is_transformable || headers.contains_key(CONTENT_ENCODING) {
            return Ok(response);
        }
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        Ok(response.transform(move |piece| {
            match piece {
                // Encoded content is sent at once.
                Some(piece) => encoder.write_all(&piece).and_then(|()| encoder.flush())?,
                None => encoder.try_finish()?,
            }
            Ok(std::mem::take(encoder.get_mut()))
        }))
    }
}

/// Whether an accepted coding is gzip, with a weight above 0 (RFC 9110, section 12.5.3).
fn is_gzip(coding: &str) -> bool {
    let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
    name.trim().eq_ignore_ascii_case("gzip") && weight.contains(|c| ('1'..='9').contains(&c))
}

proxy::export!(Gzip);

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use http::HeaderName;
    use http::header::{CACHE_CONTROL, ETAG};

    use super::*;
    use proxy::testing;

    /// Returns the response to a client that accepts these codings, from an origin that adds a field.
    fn response(accepted: &[&'static str], field: (HeaderName, &'static str)) -> Response {
        let mut request = Request::default();
        for list in accepted {
            let list = HeaderValue::from_static(list);
            request.headers_mut().append(ACCEPT_ENCODING, list);
        }
        let origin = move |_| {
            let mut response = Response::new("content ".repeat(10_000).into());
            let value = HeaderValue::from_static(field.1);
            response.headers_mut().insert(&field.0, value);
            async { Ok(response) }
        };
        let host = testing::with().origin(origin);
        host.run(Gzip::handle(request)).unwrap()
    }

    fn is_compressed(response: &Response) -> bool {
        let coding = response.headers().get(CONTENT_ENCODING);
        coding.is_some_and(|coding| coding == "gzip")
    }

    #[test]
    fn clients_that_accept_it_receive_less() {
        let response = response(&["br, gzip"], (ETAG, "\"a\""));
        assert!(is_compressed(&response));
        assert_eq!(response.headers()[VARY], "accept-encoding");
        assert_eq!(response.headers()[ETAG], "W/\"a\"");
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
            (&["gzip"][..], true),
            (&["br, GZIP;q=0.5"], true),
            (&["br", "gzip ; q=0.001"], true),
            (&["gzip;q=0"], false),
            (&["gzip; q=0.000"], false),
            (&["xgzip"], false),
            (&["identity"], false),
            (&[], false),
        ] {
            let response = response(accepted, (ETAG, "\"a\""));
            assert_eq!(is_compressed(&response), expected, "{accepted:?}");
        }
    }

    #[test]
    fn other_responses_stay_as_the_origin_sends_them() {
        for field in [(CACHE_CONTROL, "no-transform"), (CONTENT_ENCODING, "br")] {
            let response = response(&["gzip"], field);
            assert!(!is_compressed(&response));
            let content = testing::block_on(response.into_body().bytes(80_000)).unwrap();
            assert_eq!(content.len(), 80_000);
        }
    }
}
