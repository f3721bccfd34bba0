//! Requests that leave by the network.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HOST, HeaderValue};
use http::uri::{PathAndQuery, Scheme};
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
use super::failure::of_client;
use super::timeouts::{self, Received, Sending, Timed};
use super::upstream::Upstream;

/// An upstream that is reached over the network; connections are kept and reused.
///
/// It speaks HTTP/1.1, and TLS where the URL says `https`, trusting whom the web trusts; to the servers that
/// requests name also HTTP/2, where they offer it with TLS. The timeouts that a component asks for in
/// `request-options` are kept:
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
    setup: Setup,
}

type NetworkClient = Client<Timed<HttpsConnector<HttpConnector<Resolver>>>, Sending>;

/// What connections are made with.
#[derive(Clone)]
struct Setup {
    tls: ClientConfig,
    /// How many bytes the head of a response may have, if that was said.
    head: Option<u32>,
    addresses: Addresses,
}

impl HttpUpstream {
    /// Sends every request to one server, whichever its target: the origin at the end of a chain.
    ///
    /// The path of `server` goes before that of each request. `Host` stays the authority that the
    /// request is for, so that the server knows which site is meant; it is the server's own where the
    /// request names none.
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

    /// Sends every request to the server that its own URI names: for side calls.
    ///
    /// ```ignore
    /// let response = HttpUpstream::to_target().send(request).await?;
    /// ```
    pub fn to_target() -> Self {
        HttpUpstream::with(None)
    }

    /// Gives the server of [`HttpUpstream::new`] its own authority in `Host`, whichever a request is for: what a server
    /// needs that tells sites apart by it, and doesn't know those of the clients.
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

    /// Speaks TLS in this way, instead of trusting whom the web trusts; the protocols for ALPN are set
    /// here.
    ///
    /// ```ignore
    /// let config = rustls::ClientConfig::builder()
    ///     .with_root_certificates(roots)
    ///     .with_no_client_auth();
    /// let upstream = HttpUpstream::to_target().tls(config);
    /// ```
    pub fn tls(self, config: ClientConfig) -> Self {
        self.set(|setup| setup.tls = config)
    }

    /// How many bytes the head of a response may have, from 8,192; 131,072 unless this is called. Beyond, the
    /// component sees `HTTP-response-header-section-size`. By HTTP/1.1 it may have a field for each 64 of these bytes, and
    /// 100 unless this is called.
    ///
    /// ```ignore
    /// let upstream = HttpUpstream::to_target().head_size(16 << 10);
    /// ```
    pub fn head_size(self, bytes: u32) -> Self {
        self.set(|setup| setup.head = Some(bytes.max(8 << 10)))
    }

    /// Connects to these addresses alone, whether a URL has them itself or its host's name leads there. For others
    /// the component sees `destination-IP-prohibited`.
    ///
    /// ```ignore
    /// let upstream = HttpUpstream::to_target().addresses(|address| !address.is_loopback());
    /// ```
    pub fn addresses(self, allowed: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        self.set(|setup| setup.addresses = Addresses(Some(Arc::new(allowed))))
    }

    fn with(server: Option<Uri>) -> Self {
        let setup = Setup::default();
        HttpUpstream {
            client: client(setup.clone(), server.is_none()),
            server,
            has_own_host: false,
            setup,
        }
    }

    /// Makes connections in another way.
    fn set(mut self, change: impl FnOnce(&mut Setup)) -> Self {
        change(&mut self.setup);
        self.client = client(self.setup.clone(), self.server.is_none());
        self
    }
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            tls: web(),
            head: None,
            addresses: Addresses::default(),
        }
    }
}

/// How many bytes the head of a response may have.
const HEAD: u32 = 128 << 10;
/// What a field takes in it at least, about.
const FIELD: u32 = 64;
/// How often a connection of HTTP/2 is asked whether it is there, and how long it may take to say so.
const ALIVE: Duration = Duration::from_secs(10);

/// TLS as browsers speak it, with the roots of Mozilla's list.
fn web() -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.expect("ring has what the default versions need");
    builder.with_webpki_roots().with_no_client_auth()
}

fn client(setup: Setup, speaks_2: bool) -> NetworkClient {
    let Setup {
        mut tls,
        head,
        addresses,
    } = setup;
    let system = GaiResolver::new();
    let mut connector = HttpConnector::new_with_resolver(Resolver { system, addresses });
    // A body in small pieces would wait for acknowledgements otherwise.
    connector.set_nodelay(true);
    connector.enforce_http(false);
    tls.alpn_protocols.clear();
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
    let builder = builder.https_or_http().enable_http1();
    let connector = match speaks_2 {
        true => builder.enable_http2().wrap_connector(connector),
        // HTTP/2 has no `Host` besides the authority that the connection is made to.
        false => builder.wrap_connector(connector),
    };
    let bytes = head.unwrap_or(HEAD);
    let mut client = Client::builder(TokioExecutor::new());
    if head.is_some() {
        client.http1_max_headers((bytes / FIELD) as usize);
    }
    client
        // Without a timer, idle connections would be kept for good.
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        // One connection is for all who ask a server: who doesn't read must not use up what all may
        // receive, and one that is dead must not be kept.
        .http2_initial_connection_window_size((1 << 31) - 1)
        .http2_initial_stream_window_size(256 << 10)
        .http2_keep_alive_interval(ALIVE)
        .http2_keep_alive_timeout(ALIVE)
        .http2_max_header_list_size(bytes)
        .http1_max_buf_size(bytes as usize)
        .build(Timed(connector))
}

impl Upstream for HttpUpstream {
    async fn send(&self, mut request: Request) -> Result<Response, ErrorCode> {
        // RFC 9110, section 9.3.6: CONNECT asks for a tunnel, and a component has no use for one.
        if request.method() == Method::CONNECT {
            return Err(ErrorCode::HttpRequestMethodInvalid);
        }
        if let Some(server) = &self.server {
            if self.has_own_host {
                // What the request is sent by has the server's.
                request.headers_mut().remove(HOST);
            } else if let Some(authority) = request.uri().authority() {
                let host = HeaderValue::from_str(authority.as_str());
                let host = host.map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
                request.headers_mut().insert(HOST, host);
            }
            *request.uri_mut() = at_server(server, request.uri())?;
        }
        let uri = request.uri();
        match uri.scheme() {
            _ if uri.authority().is_none() => return Err(ErrorCode::HttpRequestUriInvalid),
            _ if self.setup.addresses.refuse(uri) => {
                return Err(ErrorCode::DestinationIpProhibited);
            }
            Some(scheme) if *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS => {}
            _ => return Err(ErrorCode::HttpProtocolError),
        }
        let options = request.extensions().get::<RequestOptions>().copied();
        let options = options.unwrap_or_default();
        let (request, sent) = timeouts::noticed(request);
        let response = timeouts::connecting(options.connect_timeout, self.client.request(request));
        match timeouts::first_byte(options.first_byte_timeout, &sent, response).await? {
            Ok(response) => {
                let received = |body| Received::new(body, options.between_bytes_timeout);
                Ok(response.map(|body| Body::new(received(body))))
            }
            Err(error) => Err(of_client(&error)),
        }
    }

    fn fault(&self) -> Option<String> {
        let server = self.server.as_ref()?;
        let is_known = matches!(server.scheme_str(), Some("http" | "https"));
        let has_host = server.host().is_some_and(|host| !host.is_empty());
        let why = match (is_known, has_host, server.query()) {
            (true, true, None) => return None,
            (true, true, Some(_)) => "has a query, and each request has its own",
            (true, false, _) => "has no host",
            (false, ..) => "is no URL of http or https",
        };
        Some(format!("`{server}` {why}"))
    }
}

impl fmt::Debug for HttpUpstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("HttpUpstream");
        shown.field("server", &self.server).finish_non_exhaustive()
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
