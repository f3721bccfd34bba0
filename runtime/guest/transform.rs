//! Content that is changed while it is forwarded, and the fields of a response that describe the content.

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body::Body as _;

use super::{Body, Error, ErrorCode, Response, fields};

/// Fields with a digest of the content (RFC 9530, sections 2 and 3), two of them of older specifications (RFC 1864, RFC 3230).
const DIGESTS: [&str; 4] = ["content-digest", "repr-digest", "content-md5", "digest"];

/// Changes the content of responses, as a proxy may (RFC 9110, section 7.7).
///
/// ```ignore
/// let response = origin::handle(request).await?;
/// Ok(response.transform(|piece| Ok(piece.unwrap_or_default().to_ascii_uppercase())))
/// ```
///
/// A function receives the content as it was sent. If the response has a `Content-Encoding`, the function has to know this coding;
/// a proxy that can't read codings removes `Accept-Encoding` from its requests.
pub trait ResponseExt: Sized {
    /// Whether [`transform`](ResponseExt::transform) changes this response. It doesn't if
    ///
    /// - `Cache-Control` has the directive `no-transform` (RFC 9110, section 7.7; RFC 9111, section 5.2.2.6),
    /// - the content is a part of the whole (RFC 9110, section 15.3.7),
    /// - the content is empty, according to `Content-Length`.
    fn is_transformable(&self) -> bool;

    /// Passes the content through a function, as [`Body::transform`] does, if the response [is
    /// transformable](ResponseExt::is_transformable).
    ///
    /// The fields that don't apply to the changed content are removed: `Content-Length`, `Accept-Ranges`, `Content-Digest`,
    /// `Repr-Digest` and `Content-MD5`. A strong `ETag` becomes a weak one (RFC 9110, section 8.8.1). Remove the `ETag` if
    /// content can change without a change of what the origin sends.
    ///
    /// A response to a HEAD request has the fields of a response to GET (RFC 9110, section 9.3.2), and a response with status 304
    /// has its `ETag` (section 15.4.5). The fields of both are changed, and the function isn't called. Responses that can't have
    /// content also lose `Content-Encoding`.
    #[must_use]
    fn transform<B: Into<Bytes> + Send>(
        self,
        change: impl FnMut(Option<Bytes>) -> Result<B, Error> + Send + 'static,
    ) -> Self;
}

impl ResponseExt for Response {
    fn is_transformable(&self) -> bool {
        let headers = self.headers();
        let is_part =
            self.status() == StatusCode::PARTIAL_CONTENT || headers.contains_key(CONTENT_RANGE);
        !is_part && !forbids_transforms(headers) && fields::content_length(headers) != Some(0)
    }

    fn transform<B: Into<Bytes> + Send>(
        mut self,
        change: impl FnMut(Option<Bytes>) -> Result<B, Error> + Send + 'static,
    ) -> Self {
        if !self.is_transformable() {
            return self;
        }
        // RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5
        let cannot_have_content = [
            StatusCode::NO_CONTENT,
            StatusCode::RESET_CONTENT,
            StatusCode::NOT_MODIFIED,
        ]
        .contains(&self.status());
        let headers = self.headers_mut();
        headers.remove(CONTENT_LENGTH);
        headers.remove(ACCEPT_RANGES);
        remove_digests(headers);
        weaken_etag(headers);
        if cannot_have_content {
            headers.remove(CONTENT_ENCODING);
            return self;
        }
        self.map(|body| match body.size_hint().exact() {
            // The response to a HEAD request.
            Some(0) => body,
            _ => body.transform(change),
        })
    }
}

impl Body {
    /// Returns the body with its content passed through a function, such as an encoder: with each piece, and with `None` at
    /// the end. The trailers stay, except for digests. If the function returns an error, the message ends as incomplete.
    ///
    /// The fields of the message stay as they are: [`ResponseExt::transform`] corrects those of a response.
    ///
    /// ```ignore
    /// let mut count = 0;
    /// let body = body.transform(move |piece| {
    ///     count += piece.as_ref().map_or(0, Bytes::len);
    ///     Ok(piece.unwrap_or_else(|| format!("\n{count} bytes\n").into()))
    /// });
    /// ```
    #[must_use]
    pub fn transform<B: Into<Bytes> + Send>(
        mut self,
        mut change: impl FnMut(Option<Bytes>) -> Result<B, Error> + Send + 'static,
    ) -> Self {
        let mut change = move |piece| change(piece).map_err(ErrorCode::from);
        Body::stream(async move |mut writer| {
            let mut trailers = None;
            while let Some(frame) = self.frame().await {
                match frame?.into_data() {
                    Ok(piece) => writer.write(change(Some(piece))?).await,
                    Err(frame) => trailers = frame.into_trailers().ok(),
                }
            }
            writer.write(change(None)?).await;
            if let Some(mut trailers) = trailers {
                remove_digests(&mut trailers);
                writer.write_trailers(trailers).await;
            }
            Ok(())
        })
    }
}

fn forbids_transforms(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    let mut directives = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    directives.any(|directive| directive.trim_ascii().eq_ignore_ascii_case(b"no-transform"))
}

fn remove_digests(fields: &mut HeaderMap) {
    for name in DIGESTS {
        fields.remove(name);
    }
}

/// Makes a strong entity tag weak.
fn weaken_etag(headers: &mut HeaderMap) {
    let Some(tag) = headers.get_mut(ETAG) else {
        return;
    };
    if tag.as_bytes().starts_with(b"\"") {
        let weak = [b"W/", tag.as_bytes()].concat();
        if let Ok(weak) = HeaderValue::from_bytes(&weak) {
            *tag = weak;
        }
    }
}
