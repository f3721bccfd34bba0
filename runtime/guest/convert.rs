//! Conversions of messages that enter or leave the component.

use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, StatusCode};

use super::super::message::hop_by_hop;
use super::super::message::target::{self, TargetError};
use super::incoming::{Head, Incoming, Message};
use super::outgoing::Section;
use super::{Body, ErrorCode, Request, RequestOptions, Response, fields, outgoing, wasi};

impl From<TargetError> for ErrorCode {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Invalid => ErrorCode::HttpRequestUriInvalid,
            TargetError::TooManyFields => ErrorCode::HttpProtocolError,
        }
    }
}

/// Converts a received request. `may_forward` is whether the world has a next hop, to which the
/// request may be sent as it is.
pub(super) fn received_request(
    request: wasi::Request,
    may_forward: bool,
) -> Result<Request, ErrorCode> {
    let method = received_method(request.get_method())?;
    let mut headers = fields::map(request.get_headers().copy_all())?;
    let length = fields::content_length(&headers);
    let received_scheme = request.get_scheme();
    let scheme = received_scheme.as_ref().map(|scheme| match scheme {
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
    let head = unchanged_headers(&headers, may_forward)
        .map(|headers| Head::Request(method.clone(), uri.clone(), headers, options));
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

/// Converts a received response to a request with this method. `may_forward` is whether the component
/// may return the response as it is.
pub(super) fn received_response(
    response: wasi::Response,
    method: &Method,
    may_forward: bool,
) -> Result<Response, ErrorCode> {
    let status = StatusCode::from_u16(response.get_status_code())
        .map_err(|_| ErrorCode::HttpProtocolError)?;
    let headers = fields::map(response.get_headers().copy_all())?;
    let length = if has_no_content(method, status) {
        Some(0)
    } else {
        fields::content_length(&headers)
    };
    let head =
        unchanged_headers(&headers, may_forward).map(|headers| Head::Response(status, headers));
    let body = Incoming::new(Message::Response(response), length, head);
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Returns a copy of the headers, by which a message is later found to be unchanged. There is none if
/// the message must not be forwarded as it is.
fn unchanged_headers(headers: &HeaderMap, may_forward: bool) -> Option<HeaderMap> {
    (may_forward && !hop_by_hop::has_fields(headers)).then(|| headers.clone())
}

/// Whether a response has no content, regardless of its `Content-Length` (RFC 9110, section 6.4.1).
fn has_no_content(method: &Method, status: StatusCode) -> bool {
    method == Method::HEAD
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
        || (method == Method::CONNECT && status.is_success())
}

/// Converts a request to send.
pub(super) fn sent_request(request: Request) -> Result<wasi::Request, ErrorCode> {
    let (mut parts, body) = request.into_parts();
    let body = match body.into_unchanged(|head| head.is_of_request(&parts)) {
        Ok(Message::Request(request)) => return Ok(request),
        // Unreachable: a message is of the same kind as its head.
        Ok(Message::Response(_)) => return Err(ErrorCode::InternalError(None)),
        Err(body) => body,
    };
    let authority = target::authority(&parts.uri, &mut parts.headers)?;
    let headers = sent_fields(parts.headers, &body, Section::RequestHeader)?;
    let options = parts.extensions.get().map(sent_options);
    let (content, trailers) = outgoing::contents(body, Section::RequestTrailer);
    // `Message::into_contents` explains why the result of sending isn't awaited.
    let (request, _) = wasi::Request::new(headers, content, trailers, options);
    // Skips defaults of a new request, because each setter is a call of the host.
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
    // The asterisk-form is that of an empty path (RFC 9112, section 3.3), and setters of hosts may reject it.
    let path = path.filter(|path| parts.method != Method::OPTIONS || *path != "*");
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

/// Converts a response to send.
pub(super) fn sent_response(response: Response) -> Result<wasi::Response, ErrorCode> {
    let (parts, body) = response.into_parts();
    let body = match body.into_unchanged(|head| head.is_of_response(&parts)) {
        Ok(Message::Response(response)) => return Ok(response),
        // Unreachable: a message is of the same kind as its head.
        Ok(Message::Request(_)) => return Err(ErrorCode::InternalError(None)),
        Err(body) => body,
    };
    let headers = sent_fields(parts.headers, &body, Section::ResponseHeader)?;
    let (content, trailers) = outgoing::contents(body, Section::ResponseTrailer);
    let (response, _) = wasi::Response::new(headers, content, trailers);
    set_status(&response, parts.status.as_u16())?;
    Ok(response)
}

/// Sets the status code of a new response, whose default is 200.
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
    hop_by_hop::remove_fields(&mut headers);
    // HTTP/1.1 loses trailers after content of a stated length (RFC 9112, section 7.1.2), so for a
    // message with trailers the length is corrected but not added.
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
    // A host may not support one of them; the request is sent without it.
    let _ = sent.set_connect_timeout(nanoseconds(options.connect_timeout));
    let _ = sent.set_first_byte_timeout(nanoseconds(options.first_byte_timeout));
    let _ = sent.set_between_bytes_timeout(nanoseconds(options.between_bytes_timeout));
    sent
}

/// Converts the method of a received request.
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
