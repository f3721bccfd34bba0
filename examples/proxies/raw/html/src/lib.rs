//! The same as `html`, written by hand on the bindings alone.

mod proxy;
use std::cell::RefCell;
use std::rc::Rc;

use lol_html::errors::RewritingError;
use lol_html::{HtmlRewriter, Settings, element};
use proxy::bindings::wasi::http::origin;
use proxy::bindings::wasi::http::types::{
    ErrorCode, Fields, HeaderError, Method, Request, Response, Trailers,
};
use proxy::bindings::{exports, wit_future, wit_stream};
use wit_bindgen::{FutureReader, StreamReader, StreamResult, StreamWriter};

const DIGESTS: [&str; 4] = ["content-digest", "repr-digest", "content-md5", "digest"];
const MAX_READ: usize = 64 * 1024;

struct Html;

impl exports::wasi::http::handler::Guest for Html {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let is_head = matches!(request.get_method(), Method::Head);
        let response = origin::handle(without_codings(request)?).await?;
        let status = response.get_status_code();
        let headers = response.get_headers().clone();
        let types = headers.get("content-type");
        let ty = types
            .first()
            .map_or(Vec::new(), |ty| ty.to_ascii_lowercase());
        if !ty.starts_with(b"text/html")
            || headers.has("content-encoding")
            || !is_transformable(status, &headers)
        {
            return Ok(response);
        }
        remove_description(&headers).map_err(|_| ErrorCode::HttpResponseHeaderSectionSize(None))?;
        let (_, taken) = wit_future::new(|| Ok(()));
        let (mut content, mut trailers) = Response::consume_body(response, taken);
        if !is_head && !matches!(status, 204 | 205 | 304) {
            let (rewritten, reader) = wit_stream::new();
            let (ending, ended) = wit_future::new(|| Err(ErrorCode::InternalError(None)));
            wit_bindgen::spawn_local(async move {
                let end = rewrite(content, trailers, rewritten).await;
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

/// Returns the request without `Accept-Encoding`: the page has to arrive in a form that can be read.
fn without_codings(request: Request) -> Result<Request, ErrorCode> {
    let method = request.get_method();
    let scheme = request.get_scheme();
    let authority = request.get_authority();
    let path = request.get_path_with_query();
    let options = request.get_options();
    let headers = request.get_headers().clone();
    if headers.delete("accept-encoding").is_err() {
        return Err(ErrorCode::HttpRequestHeaderSectionSize(None));
    }
    let (_, taken) = wit_future::new(|| Ok(()));
    let (content, trailers) = Request::consume_body(request, taken);
    let (request, _) = Request::new(headers, Some(content), trailers, options);
    request
        .set_method(&method)
        .and_then(|()| request.set_scheme(scheme.as_ref()))
        .and_then(|()| request.set_authority(authority.as_deref()))
        .and_then(|()| request.set_path_with_query(path.as_deref()))
        .map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
    Ok(request)
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

/// Writes the changed page, and returns the trailers.
async fn rewrite(
    mut content: StreamReader<u8>,
    trailers: FutureReader<Result<Option<Trailers>, ErrorCode>>,
    mut rewritten: StreamWriter<u8>,
) -> Result<Option<Trailers>, ErrorCode> {
    let failed = |error: RewritingError| ErrorCode::InternalError(Some(error.to_string()));
    let output = Rc::new(RefCell::new(Vec::new()));
    let sink = output.clone();
    let handler = element!("a[href]:not([rel~=noopener i])", |link| {
        let others = link.get_attribute("rel").unwrap_or_default();
        Ok(link.set_attribute("rel", format!("{others} noopener").trim())?)
    });
    let settings = Settings::new().append_element_content_handler(handler);
    let add = move |piece: &[u8]| sink.borrow_mut().extend_from_slice(piece);
    let mut rewriter = HtmlRewriter::new(settings, add);
    loop {
        let (result, piece) = content.read(Vec::with_capacity(MAX_READ)).await;
        if let StreamResult::Dropped = result {
            break;
        }
        rewriter.write(&piece).map_err(failed)?;
        let rest = rewritten.write_all(output.take()).await;
        if !rest.is_empty() {
            // The reader has gone.
            return Ok(None);
        }
    }
    let trailers = trailers.await?;
    rewriter.end().map_err(failed)?;
    rewritten.write_all(output.take()).await;
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
proxy::bindings::export!(Html with_types_in proxy::bindings);
