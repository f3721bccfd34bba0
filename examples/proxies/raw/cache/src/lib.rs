//! The same as `cache`, written by hand on the bindings alone.

mod proxy;
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::time::{Duration, SystemTime};

use http::header::{AGE, CACHE_CONTROL, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use http::{StatusCode, request, response};
use http_cache_semantics::{BeforeRequest, CacheOptions, CachePolicy};
use lru::LruCache;
use proxy::bindings::wasi::clocks::system_clock;
use proxy::bindings::wasi::http::origin;
use proxy::bindings::wasi::http::types::{ErrorCode, Fields, Method, Request, Response, Scheme};
use proxy::bindings::{exports, wit_future, wit_stream};
use wit_bindgen::StreamResult;

const MAX_BYTES: usize = 1 << 20;
const MAX_ENTRIES: NonZeroUsize = NonZeroUsize::new(32).unwrap();
const MAX_READ: usize = 64 * 1024;

type Entry = (CachePolicy, response::Parts, Vec<u8>);

thread_local! {
    /// By URI.
    static CACHE: RefCell<LruCache<String, Entry>> = RefCell::new(LruCache::new(MAX_ENTRIES));
}

struct Cached;

impl exports::wasi::http::handler::Guest for Cached {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let uri = uri(&request);
        let headers = header_map(&request.get_headers())?;
        if !matches!(request.get_method(), Method::Get) || !is_plain(&headers) {
            let result = origin::handle(request).await;
            // It may have changed what is stored.
            CACHE.with_borrow_mut(|cache| cache.pop(&uri));
            return result;
        }
        let asked = request_head(&uri, headers)?;
        let now = now();
        let stored = CACHE.with_borrow_mut(|cache| cache.get(&uri).cloned());
        if let Some((policy, mut head, content)) = stored
            && !policy.is_stale(now)
            && let BeforeRequest::Fresh(_) = policy.before_request(&asked, now)
        {
            head.headers.insert(AGE, policy.age(now).as_secs().into());
            return whole_response(&head, content);
        }
        let response = origin::handle(request).await?;
        let head = response_head(&response)?;
        let now = self::now();
        let policy = CachePolicy::new_options(&asked, &head, now, CacheOptions::default());
        let size = content_length(&head).unwrap_or(usize::MAX);
        if policy.is_stale(now) || !is_plain(&head.headers) || size > MAX_BYTES {
            return Ok(response);
        }
        let content = content(response).await?;
        let entry = (policy, head.clone(), content.clone());
        CACHE.with_borrow_mut(|cache| cache.put(uri, entry));
        whole_response(&head, content)
    }
}

fn now() -> SystemTime {
    let now = system_clock::now();
    let seconds = Duration::from_secs(now.seconds.try_into().unwrap_or(0));
    SystemTime::UNIX_EPOCH + seconds + Duration::from_nanos(now.nanoseconds.into())
}

fn uri(request: &Request) -> String {
    let scheme = match request.get_scheme() {
        Some(Scheme::Https) => "https",
        Some(Scheme::Http) | None => "http",
        Some(Scheme::Other(other)) => &other.clone(),
    };
    let authority = request.get_authority().unwrap_or_default();
    let path = request.get_path_with_query().unwrap_or_default();
    format!("{scheme}://{authority}{path}")
}

fn header_map(fields: &Fields) -> Result<HeaderMap, ErrorCode> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields.copy_all() {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(&value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(ErrorCode::HttpProtocolError);
        };
        headers.append(name, value);
    }
    Ok(headers)
}

/// Returns the head of a GET request.
fn request_head(uri: &str, headers: HeaderMap) -> Result<request::Parts, ErrorCode> {
    let request = http::Request::get(uri).body(());
    let request = request.map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
    let (mut head, ()) = request.into_parts();
    head.headers = headers;
    Ok(head)
}

fn response_head(response: &Response) -> Result<response::Parts, ErrorCode> {
    let (mut head, ()) = http::Response::new(()).into_parts();
    head.status = StatusCode::from_u16(response.get_status_code())
        .map_err(|_| ErrorCode::HttpProtocolError)?;
    head.headers = header_map(&response.get_headers())?;
    Ok(head)
}

/// Returns the length of the content, if the response states it.
fn content_length(head: &response::Parts) -> Option<usize> {
    match head.status {
        StatusCode::NO_CONTENT => Some(0),
        _ => head
            .headers
            .get(CONTENT_LENGTH)?
            .to_str()
            .ok()?
            .parse()
            .ok(),
    }
}

/// Reads the content.
async fn content(response: Response) -> Result<Vec<u8>, ErrorCode> {
    let (_, taken) = wit_future::new(|| Ok(()));
    let (mut stream, trailers) = Response::consume_body(response, taken);
    let mut content = Vec::new();
    loop {
        let (result, piece) = stream.read(Vec::with_capacity(MAX_READ)).await;
        if let StreamResult::Dropped = result {
            trailers.await?;
            return Ok(content);
        }
        content.extend(piece);
        if content.len() > MAX_BYTES {
            return Err(ErrorCode::HttpResponseBodySize(None));
        }
    }
}

fn whole_response(head: &response::Parts, content: Vec<u8>) -> Result<Response, ErrorCode> {
    let fields = head.headers.iter();
    let fields: Vec<_> = fields
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .collect();
    let Ok(headers) = Fields::from_list(&fields) else {
        return Err(ErrorCode::HttpResponseHeaderSectionSize(None));
    };
    let (mut stream, reader) = wit_stream::new();
    wit_bindgen::spawn_local(async move {
        stream.write_all(content).await;
    });
    let (_, trailers) = wit_future::new(|| Ok(None));
    let (response, _) = Response::new(headers, Some(reader), trailers);
    match response.set_status_code(head.status.as_u16()) {
        Ok(()) => Ok(response),
        Err(()) => Err(ErrorCode::HttpProtocolError),
    }
}

/// Whether `CachePolicy` reads these fields as RFC 9111 does. It compares directives by their case and fields by their first
/// line, and it can't add to every age.
fn is_plain(headers: &HeaderMap) -> bool {
    let mut control = headers.get_all(CACHE_CONTROL).iter();
    headers.len() == headers.keys_len()
        && !headers.contains_key(AGE)
        && control.all(|line| line.to_str().is_ok_and(|text| text == text.to_lowercase()))
}

#[cfg(target_arch = "wasm32")]
proxy::bindings::export!(Cached with_types_in proxy::bindings);
