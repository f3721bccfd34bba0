//! Sends requests over the network.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, HOST, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Uri};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::GaiResolver;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use rustls::crypto::ring;
use wasmtime_wasi_http::RequestOptions;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::addresses::{Addresses, Resolver};
use super::body::{Body, Request, Response};
use super::connections::{ConnectionLimit, Usage};
use super::error_code::from_client_error;
use super::timeouts::{self, RequestBody, ResponseBody, TimedConnector};
use super::unsent::Unsent;
use super::upstream::Upstream;

/// An upstream that sends requests over the network, and reuses connections.
///
/// It supports HTTP/1.1, and TLS for `https` URLs, trusting the Mozilla root certificates. If requests go to the servers
/// of their own URIs, it also supports HTTP/2 over TLS. It sends neither the user of a URI nor the content of a TRACE
/// request (RFC 9110, sections 4.2.4 and 9.3.8). It applies the timeouts that a component sets in `request-options`:
///
/// | timeout | from | to | then |
/// |---|---|---|---|
/// | connect | a connection is needed | it is made, TLS and all | `connection-timeout` |
/// | first byte | the request has been sent | the response's head | `connection-read-timeout` |
/// | between bytes | a piece of the body | the next | the body ends with `connection-read-timeout` |
///
/// ```ignore
/// builder.client(HttpUpstream::to_target())
/// ```
#[derive(Clone)]
pub struct HttpUpstream {
    client: NetworkClient,
    server: Option<Uri>,
    has_own_host: bool,
    config: ConnectionConfig,
}

type NetworkClient = Client<TimedConnector<HttpsConnector<HttpConnector<Resolver>>>, RequestBody>;

/// Options of connections.
#[derive(Clone)]
struct ConnectionConfig {
    tls: ClientConfig,
    /// The maximum size of a response's head in bytes, if it was set.
    max_head: Option<u32>,
    addresses: Addresses,
    limit: Option<ConnectionLimit>,
}

impl HttpUpstream {
    /// Sends every request to one server, regardless of its target: the origin at the end of a chain.
    ///
    /// The path of `server` is put before that of each request. `Host` stays the authority of the request's target, so
    /// that the server can select a site by it; if the target has no authority, it is the server's.
    ///
    /// [`Builder::build`](super::Builder::build) fails if `server` is no URL of `http` or `https` with a
    /// host.
    ///
    /// ```ignore
    /// let upstream = HttpUpstream::new("https://example.com/base".parse()?);
    /// ```
    pub fn new(server: Uri) -> Self {
        HttpUpstream::with(Some(server))
    }

    /// Sends every request to the server of its own URI, as side calls require.
    ///
    /// ```ignore
    /// let response = HttpUpstream::to_target().send(request).await?;
    /// ```
    pub fn to_target() -> Self {
        HttpUpstream::with(None)
    }

    /// Sets `Host` to the authority of the server of [`HttpUpstream::new`] in every request. Use this if the server only
    /// responds to its own host name.
    ///
    /// ```ignore
    /// let upstream = HttpUpstream::new("https://example.com".parse()?).own_host();
    /// ```
    pub fn own_host(self) -> Self {
        HttpUpstream {
            has_own_host: true,
            ..self
        }
    }

    /// Sets the configuration of TLS, instead of one that trusts the Mozilla root certificates. Its ALPN protocols are
    /// replaced.
    ///
    /// ```ignore
    /// let config = rustls::ClientConfig::builder()
    ///     .with_root_certificates(roots)
    ///     .with_no_client_auth();
    /// let upstream = HttpUpstream::to_target().tls(config);
    /// ```
    pub fn tls(self, config: ClientConfig) -> Self {
        self.configure(|connections| connections.tls = config)
    }

    /// Sets the maximum size of a response's head in bytes, at least 8,192; 131,072 by default. For a larger one, the
    /// component receives `HTTP-response-header-section-size`. In HTTP/1.1 this also allows one header per 64 bytes; 100
    /// headers by default.
    ///
    /// ```ignore
    /// let upstream = HttpUpstream::to_target().head_size(16 << 10);
    /// ```
    pub fn head_size(self, bytes: u32) -> Self {
        self.configure(|config| config.max_head = Some(bytes.max(8 << 10)))
    }

    /// Restricts connections to some addresses, both in URLs and of resolved host names. For other addresses, the component
    /// receives `destination-IP-prohibited`.
    ///
    /// ```ignore
    /// let upstream = HttpUpstream::to_target().addresses(|address| !address.is_loopback());
    /// ```
    pub fn addresses(self, allowed: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        self.configure(|config| config.addresses = Addresses(Some(Arc::new(allowed))))
    }

    /// Limits the number of connections, together with other upstreams that have the same limit. Without a limit, an
    /// upstream makes as many as it needs, and keeps up to 256 for further requests to each server.
    ///
    /// ```ignore
    /// let limit = ConnectionLimit::new(1000);
    /// let upstream = HttpUpstream::to_target().connection_limit(&limit);
    /// ```
    pub fn connection_limit(self, limit: &ConnectionLimit) -> Self {
        self.configure(|config| config.limit = Some(limit.clone()))
    }

    fn with(server: Option<Uri>) -> Self {
        let config = ConnectionConfig::default();
        HttpUpstream {
            client: client(config.clone(), server.is_none()),
            server,
            has_own_host: false,
            config,
        }
    }

    /// Changes the options of connections.
    fn configure(mut self, change: impl FnOnce(&mut ConnectionConfig)) -> Self {
        change(&mut self.config);
        self.client = client(self.config.clone(), self.server.is_none());
        self
    }
}

impl Default for ConnectionConfig {
    fn default() -> Self {
        ConnectionConfig {
            tls: default_tls(),
            max_head: None,
            addresses: Addresses::default(),
            limit: None,
        }
    }
}

/// The default maximum size of a response's head in bytes.
const MAX_HEAD_SIZE: u32 = 128 << 10;
/// The size of a small header in bytes, from which the maximum number of headers follows.
const MIN_HEADER_SIZE: u32 = 64;
/// How many connections to a server are kept for further requests.
const MAX_IDLE_PER_SERVER: usize = 256;
/// The interval and the timeout of pings on HTTP/2 connections.
const H2_KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Returns a TLS configuration that trusts the Mozilla root certificates.
fn default_tls() -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports the default versions")
        .with_webpki_roots()
        .with_no_client_auth()
}

fn client(config: ConnectionConfig, uses_http2: bool) -> NetworkClient {
    let ConnectionConfig {
        mut tls,
        max_head,
        addresses,
        limit,
    } = config;
    let system = GaiResolver::new();
    let mut connector = HttpConnector::new_with_resolver(Resolver { system, addresses });
    // Otherwise small pieces of a body would wait for acknowledgements.
    connector.set_nodelay(true);
    connector.enforce_http(false);
    tls.alpn_protocols.clear();
    let builder = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1();
    let connector = if uses_http2 {
        builder.enable_http2().wrap_connector(connector)
    } else {
        // In HTTP/2, `Host` can't differ from the authority that the connection is made to.
        builder.wrap_connector(connector)
    };
    let bytes = max_head.unwrap_or(MAX_HEAD_SIZE);
    let mut client = Client::builder(TokioExecutor::new());
    if max_head.is_some() {
        client.http1_max_headers((bytes / MIN_HEADER_SIZE) as usize);
    }
    client
        // Without a timer, idle connections would be kept forever.
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(MAX_IDLE_PER_SERVER)
        .timer(TokioTimer::new())
        // All requests to a server share one connection: an unread response must not use up the connection's window,
        // and a dead connection must not be kept.
        .http2_initial_connection_window_size((1 << 31) - 1)
        .http2_initial_stream_window_size(256 << 10)
        .http2_keep_alive_interval(H2_KEEP_ALIVE)
        .http2_keep_alive_timeout(H2_KEEP_ALIVE)
        .http2_max_header_list_size(bytes)
        .http1_max_buf_size(bytes as usize)
        .build(TimedConnector { connector, limit })
}

impl Upstream for HttpUpstream {
    async fn send(&self, mut request: Request) -> Result<Response, ErrorCode> {
        // RFC 9110, section 9.3.6: CONNECT requests a tunnel, which components can't use.
        if request.method() == Method::CONNECT {
            return Err(ErrorCode::HttpRequestMethodInvalid);
        }
        if request.method() == Method::TRACE {
            // RFC 9110, section 9.3.8: it has no content. That of a component may have no stated length.
            *request.body_mut() = Body::empty();
            request.headers_mut().remove(CONTENT_LENGTH);
        }
        remove_user(request.uri_mut())?;
        if let Some(server) = &self.server {
            if self.has_own_host {
                // The client sets it to the server's authority.
                request.headers_mut().remove(HOST);
            } else if let Some(authority) = request.uri().authority() {
                let host = HeaderValue::from_str(authority.as_str())
                    .map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
                request.headers_mut().insert(HOST, host);
            }
            *request.uri_mut() = at_server(server, request.uri())?;
        }
        let uri = request.uri();
        match uri.scheme() {
            _ if uri.authority().is_none() => return Err(ErrorCode::HttpRequestUriInvalid),
            _ if self.config.addresses.prohibit(uri) => {
                return Err(ErrorCode::DestinationIpProhibited);
            }
            Some(scheme) if *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS => {}
            _ => return Err(ErrorCode::HttpProtocolError),
        }
        let options = request
            .extensions()
            .get::<RequestOptions>()
            .copied()
            .unwrap_or_default();
        let unsent = request.extensions().get::<Unsent>().cloned();
        let (request, sent) = timeouts::notify_when_sent(request);
        let response =
            timeouts::with_connect_timeout(options.connect_timeout, self.client.request(request));
        match timeouts::with_first_byte_timeout(options.first_byte_timeout, &sent, response).await?
        {
            Ok(mut response) => {
                let timeout = options.between_bytes_timeout;
                let usage = response.extensions_mut().remove::<Usage>();
                Ok(response.map(|body| Body::new(ResponseBody::new(body, timeout, usage))))
            }
            Err(error) => {
                if let (true, Some(unsent)) = (error.is_connect(), unsent) {
                    unsent.record();
                }
                Err(from_client_error(&error))
            }
        }
    }

    fn fault(&self) -> Option<String> {
        let server = self.server.as_ref()?;
        let is_known = matches!(server.scheme_str(), Some("http" | "https"));
        let has_host = server.host().is_some_and(|host| !host.is_empty());
        let why = match (is_known, has_host, server.query()) {
            (true, true, None) => return None,
            (true, true, Some(_)) => "has a query, but each request has its own",
            (true, false, _) => "has no host",
            (false, ..) => "isn't an http or https URL",
        };
        Some(format!("`{server}` {why}"))
    }
}

impl fmt::Debug for HttpUpstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpUpstream")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// Removes the user of a URI, which a request must not have (RFC 9110, section 4.2.4).
fn remove_user(uri: &mut Uri) -> Result<(), ErrorCode> {
    let Some(authority) = uri.authority() else {
        return Ok(());
    };
    if let Some((_, host)) = authority.as_str().rsplit_once('@') {
        let host = Authority::try_from(host).map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
        let mut parts = std::mem::take(uri).into_parts();
        parts.authority = Some(host);
        *uri = Uri::from_parts(parts).map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
    }
    Ok(())
}

/// Returns a request's target on another server.
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
