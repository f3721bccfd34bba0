//! Requests that leave by the network.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use http::header::{HOST, HeaderValue};
use http::uri::{PathAndQuery, Scheme};
use http::{Method, StatusCode, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use wasmtime_wasi_http::p3::bindings::http::types::DnsErrorPayload;

use super::{Body, ErrorCode, Request, Response, Upstream};

/// An upstream that is reached by HTTP/1.1 over TCP; connections are kept and reused.
///
/// It doesn't speak TLS: a request for `https` fails with `TLS-protocol-error`.
#[derive(Clone, Debug)]
pub struct HttpUpstream {
    client: Client<HttpConnector, Body>,
    server: Option<Uri>,
}

impl HttpUpstream {
    /// Sends every request to one server, whichever its target: the origin at the end of a chain.
    ///
    /// The path of `server` goes before that of each request. `Host` stays the authority that the
    /// request is for, so that the server knows which site is meant; it is the server's own where the
    /// request names none.
    pub fn new(server: Uri) -> Self {
        HttpUpstream {
            server: Some(server),
            ..HttpUpstream::to_target()
        }
    }

    /// Sends every request to the server that its own URI names: for side calls.
    pub fn to_target() -> Self {
        let mut connector = HttpConnector::new();
        // A body in small pieces would wait for acknowledgements otherwise.
        connector.set_nodelay(true);
        HttpUpstream {
            client: Client::builder(TokioExecutor::new())
                // Without a timer, idle connections would be kept for good.
                .pool_timer(TokioTimer::new())
                .build(connector),
            server: None,
        }
    }
}

impl Upstream for HttpUpstream {
    async fn send(&self, mut request: Request) -> Result<Response, ErrorCode> {
        // RFC 9110, section 9.3.6: CONNECT asks for a tunnel, and a component has no use for one.
        if request.method() == Method::CONNECT {
            return Err(ErrorCode::HttpRequestMethodInvalid);
        }
        if let Some(server) = &self.server {
            if let Some(authority) = request.uri().authority() {
                let host = HeaderValue::from_str(authority.as_str());
                let host = host.map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
                request.headers_mut().insert(HOST, host);
            }
            *request.uri_mut() = at_server(server, request.uri())?;
        }
        let uri = request.uri();
        match uri.scheme() {
            _ if uri.authority().is_none() => return Err(ErrorCode::HttpRequestUriInvalid),
            Some(scheme) if *scheme == Scheme::HTTP => {}
            Some(scheme) if *scheme == Scheme::HTTPS => return Err(ErrorCode::TlsProtocolError),
            _ => return Err(ErrorCode::HttpProtocolError),
        }
        match self.client.request(request).await {
            // Nobody asked for another protocol: `Upgrade` doesn't leave a component.
            Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                Err(ErrorCode::HttpProtocolError)
            }
            Ok(response) => Ok(response.map(Body::new)),
            Err(error) => Err(of_client(&error)),
        }
    }
}

/// A request's target, at another server.
fn at_server(server: &Uri, target: &Uri) -> Result<Uri, ErrorCode> {
    let mut parts = server.clone().into_parts();
    let target = target.path_and_query().map_or("/", PathAndQuery::as_str);
    let prefix = server.path().trim_end_matches('/');
    let path = if target.starts_with('/') {
        PathAndQuery::try_from([prefix, target].concat())
    } else {
        PathAndQuery::try_from(target)
    };
    parts.path_and_query = Some(path.map_err(|_| ErrorCode::HttpRequestUriInvalid)?);
    Uri::from_parts(parts).map_err(|_| ErrorCode::HttpRequestUriInvalid)
}

/// What a component is told of a request that got no response.
fn of_client(error: &Error) -> ErrorCode {
    let of_cause = |cause: &(dyn StdError + 'static)| {
        if let Some(wasmtime_wasi_http::Error::HttpRequestBodySize(size)) = cause.downcast_ref() {
            return Some(ErrorCode::HttpRequestBodySize(*size));
        }
        cause.downcast_ref().and_then(of_io)
    };
    if let Some(code) = causes(error).find_map(of_cause) {
        return code;
    }
    if error.is_connect() {
        // A name that isn't found is an error of the resolver, and has no kind of its own.
        return if causes(error).any(|cause| cause.to_string().starts_with("dns error")) {
            ErrorCode::DnsError(DnsErrorPayload {
                rcode: None,
                info_code: None,
            })
        } else {
            ErrorCode::DestinationUnavailable
        };
    }
    let mut of_hyper = causes(error).filter_map(|cause| cause.downcast_ref().map(of_hyper));
    of_hyper.next().unwrap_or(ErrorCode::ConnectionTerminated)
}

fn causes(error: &Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause: &&(dyn StdError + 'static)| {
        (*cause).source()
    })
}

fn of_io(error: &io::Error) -> Option<ErrorCode> {
    Some(match error.kind() {
        ErrorKind::ConnectionRefused => ErrorCode::ConnectionRefused,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => ErrorCode::ConnectionTerminated,
        ErrorKind::TimedOut => ErrorCode::ConnectionTimeout,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            ErrorCode::DestinationIpUnroutable
        }
        _ => return None,
    })
}

/// What hyper says of a message, as a component is told.
pub(super) fn of_hyper(error: &hyper::Error) -> ErrorCode {
    if error.is_timeout() {
        ErrorCode::HttpResponseTimeout
    } else if error.is_incomplete_message() {
        ErrorCode::HttpResponseIncomplete
    } else if error.is_closed() || error.is_canceled() {
        ErrorCode::ConnectionTerminated
    } else {
        // A body that is cut off has an error of the connection for its cause.
        let cause = error.source().and_then(|cause| cause.downcast_ref());
        match cause.map(io::Error::kind) {
            Some(ErrorKind::UnexpectedEof) => ErrorCode::HttpResponseIncomplete,
            _ => cause
                .and_then(of_io)
                .unwrap_or(ErrorCode::HttpProtocolError),
        }
    }
}
