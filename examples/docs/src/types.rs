//! Examples for the interface `types`.

// ANCHOR: types
// Examples on this page use the bindings alone, without types of the crate `http`:
// `witgen rust --world proxy --guest --no-http --out src/plain`
use crate::plain::http_types::{
    ErrorCode, Fields, HeaderError, Method, Request, RequestOptions,
    RequestOptionsError, Response, Scheme,
};
use crate::plain::{wit_future, wit_stream};
// ANCHOR_END: types

// ANCHOR: types.fields.constructor
fn no_fields() -> Fields {
    Fields::new()
}
// ANCHOR_END: types.fields.constructor

// ANCHOR: types.fields.from-list
fn json_headers() -> Result<Fields, HeaderError> {
    Fields::from_list(&[
        ("content-type".into(), b"application/json".into()),
        ("cache-control".into(), b"no-store".into()),
    ])
}
// ANCHOR_END: types.fields.from-list

// ANCHOR: types.fields.get
/// Returns the only value of a field, if it has exactly one and this is text.
fn single(headers: &Fields, name: &str) -> Option<String> {
    match headers.get(name).as_slice() {
        [value] => String::from_utf8(value.clone()).ok(),
        _ => None,
    }
}
// ANCHOR_END: types.fields.get

// ANCHOR: types.fields.has
fn is_conditional(headers: &Fields) -> bool {
    headers.has("if-none-match") || headers.has("if-modified-since")
}
// ANCHOR_END: types.fields.has

// ANCHOR: types.fields.set
/// Replaces all values that the field had.
fn forbid_caching(headers: &Fields) -> Result<(), HeaderError> {
    headers.set("cache-control", &[b"no-store".to_vec()])
}
// ANCHOR_END: types.fields.set

// ANCHOR: types.fields.delete
fn hide_implementation(headers: &Fields) -> Result<(), HeaderError> {
    headers.delete("server")?;
    headers.delete("x-powered-by")
}
// ANCHOR_END: types.fields.delete

// ANCHOR: types.fields.get-and-delete
/// Takes the credentials out, so that the next hop doesn't see them.
fn take_credentials(headers: &Fields) -> Result<Option<Vec<u8>>, HeaderError> {
    Ok(headers.get_and_delete("authorization")?.pop())
}
// ANCHOR_END: types.fields.get-and-delete

// ANCHOR: types.fields.append
/// Adds a cookie to those that the response sets already.
fn add_cookie(headers: &Fields, cookie: &str) -> Result<(), HeaderError> {
    headers.append("set-cookie", cookie.as_bytes())
}
// ANCHOR_END: types.fields.append

// ANCHOR: types.fields.copy-all
fn log(headers: &Fields) {
    for (name, value) in headers.copy_all() {
        eprintln!("{name}: {}", String::from_utf8_lossy(&value));
    }
}
// ANCHOR_END: types.fields.copy-all

// ANCHOR: types.fields.clone
/// The headers of a received request are immutable, but those of the copy aren't.
fn with_request_id(request: &Request, id: &str) -> Result<Fields, HeaderError> {
    let headers = request.get_headers().clone();
    headers.set("x-request-id", &[id.into()])?;
    Ok(headers)
}
// ANCHOR_END: types.fields.clone

// ANCHOR: types.request.new
/// Makes a request, and a future that writes its body while it is sent.
fn upload(headers: Fields, body: Vec<u8>) -> (Request, impl Future<Output = ()>) {
    let (mut content, contents) = wit_stream::new();
    let (ending, trailers) = wit_future::new(|| Ok(None));
    let (request, _) = Request::new(headers, Some(contents), trailers, None);
    let write = async move {
        content.write_all(body).await;
        drop(content);
        let _ = ending.write(Ok(None)).await;
    };
    (request, write)
}
// ANCHOR_END: types.request.new

// ANCHOR: types.request.get-method
fn is_safe(request: &Request) -> bool {
    matches!(
        request.get_method(),
        Method::Get | Method::Head | Method::Options | Method::Trace
    )
}
// ANCHOR_END: types.request.get-method

// ANCHOR: types.request.set-method
/// Sets a method that has no case of its own.
fn make_propfind(request: &Request) -> Result<(), ErrorCode> {
    let method = Method::Other("PROPFIND".into());
    request
        .set_method(&method)
        .map_err(|()| ErrorCode::HttpRequestMethodInvalid)
}
// ANCHOR_END: types.request.set-method

// ANCHOR: types.request.get-path-with-query
fn path(request: &Request) -> String {
    let target = request.get_path_with_query().unwrap_or_default();
    target.split('?').next().unwrap_or_default().to_owned()
}
// ANCHOR_END: types.request.get-path-with-query

// ANCHOR: types.request.set-path-with-query
/// Removes the prefix `/api` before the request is passed on.
fn strip_prefix(request: &Request) -> Result<(), ErrorCode> {
    let target = request.get_path_with_query().unwrap_or_default();
    let rest = target
        .strip_prefix("/api")
        .filter(|rest| rest.starts_with('/'));
    let set = request.set_path_with_query(rest.or(Some(&target)));
    set.map_err(|()| ErrorCode::HttpRequestUriInvalid)
}
// ANCHOR_END: types.request.set-path-with-query

// ANCHOR: types.request.get-scheme
fn is_encrypted(request: &Request) -> bool {
    matches!(request.get_scheme(), Some(Scheme::Https))
}
// ANCHOR_END: types.request.get-scheme

// ANCHOR: types.request.set-scheme
fn use_https(request: &Request) -> Result<(), ErrorCode> {
    let set = request.set_scheme(Some(&Scheme::Https));
    set.map_err(|()| ErrorCode::HttpRequestUriInvalid)
}
// ANCHOR_END: types.request.set-scheme

// ANCHOR: types.request.get-authority
fn is_for(request: &Request, expected: &str) -> bool {
    let authority = request.get_authority();
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(expected))
}
// ANCHOR_END: types.request.get-authority

// ANCHOR: types.request.set-authority
fn send_to_backend(request: &Request) -> Result<(), ErrorCode> {
    let set = request.set_authority(Some("backend.internal:8080"));
    set.map_err(|()| ErrorCode::HttpRequestUriInvalid)
}
// ANCHOR_END: types.request.set-authority

// ANCHOR: types.request.get-options
/// Returns a copy of the request's options that can be changed.
fn options_of(request: &Request) -> RequestOptions {
    match request.get_options() {
        Some(options) => options.clone(),
        None => RequestOptions::new(),
    }
}
// ANCHOR_END: types.request.get-options

// ANCHOR: types.request.get-headers
fn accepts_html(request: &Request) -> bool {
    let accepted = request.get_headers().get("accept");
    accepted.iter().any(|value| value.starts_with(b"text/html"))
}
// ANCHOR_END: types.request.get-headers

// ANCHOR: types.request.consume-body
/// Reads the whole body, and then whether it was complete.
async fn read(request: Request) -> Result<Vec<u8>, ErrorCode> {
    let (_, received) = wit_future::new(|| Ok(()));
    let (contents, trailers) = Request::consume_body(request, received);
    let body = contents.collect().await;
    trailers.await?;
    Ok(body)
}
// ANCHOR_END: types.request.consume-body

// ANCHOR: types.request-options.constructor
/// Makes a GET request with the default timeouts.
fn get_with_defaults(headers: Fields) -> Request {
    let (_, trailers) = wit_future::new(|| Ok(None));
    let options = RequestOptions::new();
    let (request, _) = Request::new(headers, None, trailers, Some(options));
    request
}
// ANCHOR_END: types.request-options.constructor

// ANCHOR: types.request-options.get-connect-timeout
/// Returns the timeout in nanoseconds, or that of this component.
fn connect_timeout(options: &RequestOptions) -> u64 {
    options.get_connect_timeout().unwrap_or(3_000_000_000)
}
// ANCHOR_END: types.request-options.get-connect-timeout

// ANCHOR: types.request-options.set-connect-timeout
fn connect_within(
    options: &RequestOptions,
    seconds: u64,
) -> Result<(), RequestOptionsError> {
    options.set_connect_timeout(Some(seconds * 1_000_000_000))
}
// ANCHOR_END: types.request-options.set-connect-timeout

// ANCHOR: types.request-options.get-first-byte-timeout
fn may_wait_for_ever(options: &RequestOptions) -> bool {
    options.get_first_byte_timeout().is_none()
}
// ANCHOR_END: types.request-options.get-first-byte-timeout

// ANCHOR: types.request-options.set-first-byte-timeout
/// Sets a timeout of two seconds, if the host knows this timeout.
fn respond_soon(options: &RequestOptions) -> Result<(), RequestOptionsError> {
    match options.set_first_byte_timeout(Some(2_000_000_000)) {
        Err(RequestOptionsError::NotSupported) => Ok(()),
        result => result,
    }
}
// ANCHOR_END: types.request-options.set-first-byte-timeout

// ANCHOR: types.request-options.get-between-bytes-timeout
fn between_bytes_in_seconds(options: &RequestOptions) -> Option<u64> {
    let nanoseconds = options.get_between_bytes_timeout()?;
    Some(nanoseconds / 1_000_000_000)
}
// ANCHOR_END: types.request-options.get-between-bytes-timeout

// ANCHOR: types.request-options.set-between-bytes-timeout
/// Lets the server of a stream of events be silent for as long as it likes.
fn allow_pauses(options: &RequestOptions) -> Result<(), RequestOptionsError> {
    options.set_between_bytes_timeout(None)
}
// ANCHOR_END: types.request-options.set-between-bytes-timeout

// ANCHOR: types.request-options.clone
/// Halves the connect timeout for a retry. The options of a request are immutable.
fn for_retry(
    request: &Request,
) -> Result<Option<RequestOptions>, RequestOptionsError> {
    let Some(options) = request.get_options() else {
        return Ok(None);
    };
    let changed = options.clone();
    changed.set_connect_timeout(
        options.get_connect_timeout().map(|timeout| timeout / 2),
    )?;
    Ok(Some(changed))
}
// ANCHOR_END: types.request-options.clone

// ANCHOR: types.response.new
/// Makes a response without a body and without trailers.
fn empty(headers: Fields) -> Response {
    let (_, trailers) = wit_future::new(|| Ok(None));
    let (response, _) = Response::new(headers, None, trailers);
    response
}
// ANCHOR_END: types.response.new

// ANCHOR: types.response.get-status-code
fn may_retry(response: &Response) -> bool {
    matches!(response.get_status_code(), 502..=504)
}
// ANCHOR_END: types.response.get-status-code

// ANCHOR: types.response.set-status-code
fn not_found(response: &Response) -> Result<(), ErrorCode> {
    response
        .set_status_code(404)
        .map_err(|()| ErrorCode::InternalError(None))
}
// ANCHOR_END: types.response.set-status-code

// ANCHOR: types.response.get-headers
/// Returns the length that the response declares, if it is a number.
fn declared_length(response: &Response) -> Option<u64> {
    let values = response.get_headers().get("content-length");
    std::str::from_utf8(values.first()?).ok()?.parse().ok()
}
// ANCHOR_END: types.response.get-headers

// ANCHOR: types.response.consume-body
/// Replaces the headers of a response. The body is passed on without being read.
fn with_headers(response: Response, headers: Fields) -> Result<Response, ErrorCode> {
    let status = response.get_status_code();
    let (_, received) = wit_future::new(|| Ok(()));
    let (contents, trailers) = Response::consume_body(response, received);
    let (changed, _) = Response::new(headers, Some(contents), trailers);
    changed
        .set_status_code(status)
        .map_err(|()| ErrorCode::InternalError(None))?;
    Ok(changed)
}
// ANCHOR_END: types.response.consume-body
