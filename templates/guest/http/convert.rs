//! Messages as they cross the component's border.

use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, StatusCode};

use super::bindings::{{ types }} as wasi;
use super::incoming::{Head, Incoming, Message};
use super::message::connection;
use super::message::target::{self, TargetError};
use super::outgoing::Section;
use super::{Body, ErrorCode, Request, RequestOptions, Response, fields, outgoing};

/// Whether the world has a next hop, so that what is received may be handed on as it is.
const HANDS_ON: bool = {{ hands_on }};

impl From<TargetError> for ErrorCode {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Invalid => ErrorCode::HttpRequestUriInvalid,
            TargetError::TooManyFields => ErrorCode::HttpProtocolError,
        }
    }
}

/// A request that was received.
pub(super) fn received_request(request: wasi::Request) -> Result<Request, ErrorCode> {
    let method = received_method(request.get_method())?;
    let mut headers = fields::map(request.get_headers().copy_all())?;
    let length = fields::content_length(&headers);
    let scheme = request.get_scheme();
    let scheme = scheme.as_ref().map(|scheme| match scheme {
        wasi::Scheme::Http => "http",
        wasi::Scheme::Https => "https",
        wasi::Scheme::Other(other) => other,
    });
    let authority = request.get_authority();
    let path = request.get_path_with_query();
    let uri = target::uri(&method, scheme, authority, path, &mut headers)?;
    let options = request.get_options().map(|options| RequestOptions {
        connect_timeout: options.get_connect_timeout().map(Duration::from_nanos),
        first_byte_timeout: options.get_first_byte_timeout().map(Duration::from_nanos),
        between_bytes_timeout: options
            .get_between_bytes_timeout()
            .map(Duration::from_nanos),
    });
    let head = kept(&headers);
    let head = head.map(|headers| Head::Request(method.clone(), uri.clone(), headers, options));
    let body = Incoming::new(Message::Request(request), length, head);
    let mut request = Request::new(body.into());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    if let Some(options) = options {
        request.extensions_mut().insert(options);
    }
    Ok(request)
}

/// A response that was received to a request of this method.
pub(super) fn received_response(
    response: wasi::Response,
    method: &Method,
) -> Result<Response, ErrorCode> {
    let status = StatusCode::from_u16(response.get_status_code());
    let status = status.map_err(|_| ErrorCode::HttpProtocolError)?;
    let headers = fields::map(response.get_headers().copy_all())?;
    let length = if has_no_content(method, status) {
        Some(0)
    } else {
        fields::content_length(&headers)
    };
    let head = kept(&headers).map(|headers| Head::Response(status, headers));
    let body = Incoming::new(Message::Response(response), length, head);
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The fields to know an unchanged message by, in a component that hands messages on; none if some of them
/// must not be handed on.
fn kept(headers: &HeaderMap) -> Option<HeaderMap> {
    (HANDS_ON && !connection::has_fields(headers)).then(|| headers.clone())
}

/// RFC 9110, section 6.4.1: what has no content, whatever `Content-Length` says of it.
fn has_no_content(method: &Method, status: StatusCode) -> bool {
    method == Method::HEAD
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
        || (method == Method::CONNECT && status.is_success())
}

/// A request that leaves.
pub(super) fn sent_request(request: Request) -> Result<wasi::Request, ErrorCode> {
    let (mut parts, body) = request.into_parts();
    let body = match body.into_unchanged(|head| head.is_of_request(&parts)) {
        Ok(Message::Request(request)) => return Ok(request),
        // Its head is of a request, and so is the message.
        Ok(Message::Response(_)) => return Err(ErrorCode::InternalError(None)),
        Err(body) => body,
    };
    let authority = target::authority(&parts.uri, &mut parts.headers)?;
    let headers = sent_fields(parts.headers, &body, Section::RequestHeader)?;
    let options = parts.extensions.get().map(sent_options);
    let (content, trailers) = outgoing::contents(body, Section::RequestTrailer);
    // The result of sending it is not waited for: `incoming` says why.
    let (request, _) = wasi::Request::new(headers, content, trailers, options);
    // What a new request has anyway isn't set: each of these is a call of the host.
    let uri = &parts.uri;
    if parts.method != Method::GET {
        let method = request.set_method(&sent_method(&parts.method));
        method.map_err(|()| ErrorCode::HttpRequestMethodInvalid)?;
    }
    let scheme = uri.scheme_str().map(|scheme| match scheme {
        "http" => wasi::Scheme::Http,
        "https" => wasi::Scheme::Https,
        other => wasi::Scheme::Other(other.to_owned()),
    });
    let path = uri.path_and_query().map(|path| path.as_str());
    let set = [
        scheme.map(|scheme| request.set_scheme(Some(&scheme))),
        authority.map(|authority| request.set_authority(Some(&authority))),
        path.map(|path| request.set_path_with_query(Some(path))),
    ];
    if set.contains(&Some(Err(()))) {
        return Err(ErrorCode::HttpRequestUriInvalid);
    }
    Ok(request)
}

/// A response that leaves.
pub(super) fn sent_response(response: Response) -> Result<wasi::Response, ErrorCode> {
    let (parts, body) = response.into_parts();
    let body = match body.into_unchanged(|head| head.is_of_response(&parts)) {
        Ok(Message::Response(response)) => return Ok(response),
        // Its head is of a response, and so is the message.
        Ok(Message::Request(_)) => return Err(ErrorCode::InternalError(None)),
        Err(body) => body,
    };
    let headers = sent_fields(parts.headers, &body, Section::ResponseHeader)?;
    let (content, trailers) = outgoing::contents(body, Section::ResponseTrailer);
    let (response, _) = wasi::Response::new(headers, content, trailers);
    set_status(&response, parts.status.as_u16())?;
    Ok(response)
}

/// Sets the status code of a new response, which has 200.
pub(super) fn set_status(response: &wasi::Response, code: u16) -> Result<(), ErrorCode> {
    if code == 200 {
        return Ok(());
    }
    let set = response.set_status_code(code);
    set.map_err(|()| ErrorCode::HttpProtocolError)
}

fn sent_fields(
    mut headers: HeaderMap,
    body: &Body,
    section: Section,
) -> Result<wasi::Fields, ErrorCode> {
    connection::remove_fields(&mut headers);
    // Trailers after content of a stated length are lost in HTTP/1.1 (RFC 9112, section 7.1.2), so
    // with trailers a length is corrected but none is added.
    if let Some(length) = body.content_length()
        && (!body.has_more_trailers() || headers.contains_key(CONTENT_LENGTH))
        && headers.try_insert(CONTENT_LENGTH, length.into()).is_err()
    {
        return Err(ErrorCode::HttpProtocolError);
    }
    outgoing::new_fields(&headers, section)
}

fn sent_options(options: &RequestOptions) -> wasi::RequestOptions {
    let nanoseconds = |timeout: Option<Duration>| {
        timeout.map(|timeout| u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX))
    };
    let sent = wasi::RequestOptions::new();
    // A host that doesn't keep one of them says so; the request is no worse for it.
    let _ = sent.set_connect_timeout(nanoseconds(options.connect_timeout));
    let _ = sent.set_first_byte_timeout(nanoseconds(options.first_byte_timeout));
    let _ = sent.set_between_bytes_timeout(nanoseconds(options.between_bytes_timeout));
    sent
}

pub(super) fn received_method(method: wasi::Method) -> Result<Method, ErrorCode> {
    Ok(match method {
        wasi::Method::Get => Method::GET,
        wasi::Method::Head => Method::HEAD,
        wasi::Method::Post => Method::POST,
        wasi::Method::Put => Method::PUT,
        wasi::Method::Delete => Method::DELETE,
        wasi::Method::Connect => Method::CONNECT,
        wasi::Method::Options => Method::OPTIONS,
        wasi::Method::Trace => Method::TRACE,
        wasi::Method::Patch => Method::PATCH,
        wasi::Method::Other(other) => match Method::from_bytes(other.as_bytes()) {
            Ok(method) => method,
            Err(_) => return Err(ErrorCode::HttpRequestMethodInvalid),
        },
    })
}

fn sent_method(method: &Method) -> wasi::Method {
    match method.as_str() {
        "GET" => wasi::Method::Get,
        "HEAD" => wasi::Method::Head,
        "POST" => wasi::Method::Post,
        "PUT" => wasi::Method::Put,
        "DELETE" => wasi::Method::Delete,
        "CONNECT" => wasi::Method::Connect,
        "OPTIONS" => wasi::Method::Options,
        "TRACE" => wasi::Method::Trace,
        "PATCH" => wasi::Method::Patch,
        other => wasi::Method::Other(other.to_owned()),
    }
}
