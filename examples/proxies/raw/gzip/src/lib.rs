//! The same as `gzip`, written by hand on the bindings alone.

mod proxy;
use std::io::{self, Write as _};
use std::mem;

use flate2::{Compression, write::GzEncoder};
use proxy::bindings::wasi::http::origin;
use proxy::bindings::wasi::http::types::{
    ErrorCode, Fields, HeaderError, Method, Request, Response, Trailers,
};
use proxy::bindings::{exports, wit_future, wit_stream};
use wit_bindgen::{FutureReader, StreamReader, StreamResult, StreamWriter};

const DIGESTS: [&str; 4] = ["content-digest", "repr-digest", "content-md5", "digest"];
const MAX_READ: usize = 64 * 1024;

struct Gzip;

impl exports::wasi::http::handler::Guest for Gzip {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let lists = request.get_headers().get("accept-encoding");
        let mut lists = lists.iter().filter_map(|list| str::from_utf8(list).ok());
        let is_accepted = lists.any(|list| list.split(',').any(is_gzip));
        let is_head = matches!(request.get_method(), Method::Head);
        let response = origin::handle(request).await?;
        let status = response.get_status_code();
        let headers = response.get_headers().clone();
        let is_encoded = headers.has("content-encoding");
        let is_changed = is_accepted && !is_encoded && is_transformable(status, &headers);
        let may_have_content = !matches!(status, 204 | 205 | 304);
        change_headers(&headers, is_changed, may_have_content)
            .map_err(|_| ErrorCode::HttpResponseHeaderSectionSize(None))?;
        let (_, taken) = wit_future::new(|| Ok(()));
        let (mut content, mut trailers) = Response::consume_body(response, taken);
        if is_changed && may_have_content && !is_head {
            let (compressed, reader) = wit_stream::new();
            let (ending, ended) = wit_future::new(|| Err(ErrorCode::InternalError(None)));
            wit_bindgen::spawn_local(async move {
                let end = compress(content, trailers, compressed).await;
                let _ = ending.write(end).await;
            });
            (content, trailers) = (reader, ended);
        }
        let (response, _) = Response::new(headers, Some(content), trailers);
        match response.set_status_code(status) {
            Ok(()) => Ok(response),
            Err(()) => Err(ErrorCode::HttpProtocolError),
        }
    }
}

fn change_headers(
    headers: &Fields,
    is_changed: bool,
    may_have_content: bool,
) -> Result<(), HeaderError> {
    headers.append("vary", b"accept-encoding")?;
    if is_changed {
        remove_description(headers)?;
        if may_have_content {
            headers.append("content-encoding", b"gzip")?;
        }
    }
    Ok(())
}

/// Whether an accepted coding is gzip, with a weight above 0 (RFC 9110, section 12.5.3).
fn is_gzip(coding: &str) -> bool {
    let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
    name.trim().eq_ignore_ascii_case("gzip") && weight.contains(|c| ('1'..='9').contains(&c))
}

/// Whether the content may be changed (RFC 9110, section 7.7), and is there as a whole.
fn is_transformable(status: u16, headers: &Fields) -> bool {
    let is_forbidden = headers.get("cache-control").iter().any(|line| {
        let mut directives = line.split(|byte| *byte == b',');
        directives.any(|name| name.trim_ascii().eq_ignore_ascii_case(b"no-transform"))
    });
    let is_part = status == 206 || headers.has("content-range");
    !is_forbidden && !is_part && headers.get("content-length") != [b"0"]
}

/// Removes the fields that describe the content, and makes a strong entity tag weak.
fn remove_description(headers: &Fields) -> Result<(), HeaderError> {
    for name in ["content-length", "accept-ranges"].iter().chain(&DIGESTS) {
        headers.delete(name)?;
    }
    let tags = headers.get("etag");
    match tags.first() {
        Some(tag) if tag.starts_with(b"\"") => headers.set("etag", &[[b"W/", &tag[..]].concat()]),
        _ => Ok(()),
    }
}

/// Writes the compressed content, and returns the trailers.
async fn compress(
    mut content: StreamReader<u8>,
    trailers: FutureReader<Result<Option<Trailers>, ErrorCode>>,
    mut compressed: StreamWriter<u8>,
) -> Result<Option<Trailers>, ErrorCode> {
    let failed = |error: io::Error| ErrorCode::InternalError(Some(error.to_string()));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    loop {
        let (result, piece) = content.read(Vec::with_capacity(MAX_READ)).await;
        if let StreamResult::Dropped = result {
            break;
        }
        // Encoded content is sent at once.
        let written = encoder.write_all(&piece).and_then(|()| encoder.flush());
        written.map_err(failed)?;
        let rest = compressed.write_all(mem::take(encoder.get_mut())).await;
        if !rest.is_empty() {
            // The reader has gone.
            return Ok(None);
        }
    }
    let trailers = trailers.await?;
    let end = encoder.finish().map_err(failed)?;
    compressed.write_all(end).await;
    let Some(trailers) = trailers else {
        return Ok(None);
    };
    let trailers = trailers.clone();
    for name in DIGESTS {
        let deleted = trailers.delete(name);
        deleted.map_err(|_| ErrorCode::InternalError(None))?;
    }
    Ok(Some(trailers))
}

#[cfg(target_arch = "wasm32")]
proxy::bindings::export!(Gzip with_types_in proxy::bindings);
