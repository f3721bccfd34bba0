//! Requests to a registry: limited in time and size, and retried if a retry is safe.

use std::thread::sleep;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use ureq::http::{self, HeaderMap, HeaderName, HeaderValue, Method, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};
use url::Url;

use super::fault::{Fault, Status};

/// The most attempts at one request.
const MAX_ATTEMPTS: u32 = 3;
/// The longest `Retry-After` that is obeyed; a longer one fails the request.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(20);
/// The delay before the first retry if the registry doesn't ask for one; each further delay is twice as long.
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(200);
/// The most redirects that one request follows.
const MAX_REDIRECTS: usize = 5;
/// The timeout of a whole request, as a multiple of the read timeout.
const TOTAL_TIMEOUT_FACTOR: u32 = 20;
/// The most bytes that are read of the body of an error response.
const MAX_ERROR_BODY: u64 = 64 << 10;
/// The most entries of an error response that a message repeats.
const MAX_ERRORS_SHOWN: usize = 3;

/// Options for the HTTP client of one registry.
#[derive(Clone, Debug)]
pub(super) struct HttpOptions {
    /// Uses plain HTTP instead of HTTPS.
    pub insecure_http: bool,
    /// Root certificates that are trusted in addition to the system's, in PEM or DER.
    pub extra_roots: Vec<Vec<u8>>,
    /// Accepts every server certificate.
    pub accept_invalid_certs: bool,
    /// The timeout of a connect, a read or a write.
    pub read_timeout: Duration,
    /// Ignores the proxies that the environment configures: a registry on this machine needs none.
    pub no_proxy: bool,
}

/// One request.
pub(super) struct Request<'a> {
    pub method: Method,
    pub url: &'a str,
    pub headers: HeaderMap,
    pub body: Option<&'a [u8]>,
    /// The most bytes that the body of a successful response may have.
    pub max_body: u64,
    /// Whether the request may be sent again after a transient fault.
    pub may_retry: bool,
}

impl<'a> Request<'a> {
    /// Returns a request that reads, and that may be retried.
    pub fn get(url: &'a str, max_body: u64) -> Self {
        Request {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: None,
            max_body,
            may_retry: true,
        }
    }

    /// Returns a request that writes, and that is sent once.
    pub fn write(method: Method, url: &'a str, body: &'a [u8]) -> Self {
        Request {
            method,
            body: Some(body),
            may_retry: false,
            ..Request::get(url, MAX_ERROR_BODY)
        }
    }

    /// Adds a header.
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        // All values come from this program, which writes valid ones.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// A response, with any status.
pub(super) struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Whether a redirect led to another origin, which sent this response.
    pub is_cross_origin: bool,
}

impl Response {
    /// Returns the value of a header, if it is text.
    pub fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns all values of a header as one list (RFC 9110, 5.3).
    pub fn header_list(&self, name: impl header::AsHeaderName) -> String {
        self.headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Returns the target of a redirect (RFC 9110, 15.4).
    fn redirect_target(&self, base: &Url) -> Result<Option<Url>, Fault> {
        if !matches!(self.status, 301..=303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = self.header(header::LOCATION) else {
            return Ok(None);
        };
        base.join(location)
            .map(Some)
            .map_err(|error| Fault::Redirect(format!("to no address: {error}")))
    }

    /// Turns a response with an error status into a fault.
    pub fn error_for_status(self) -> Result<Self, Fault> {
        match self.status {
            200..=299 => Ok(self),
            code => Err(Fault::Status(Status {
                code,
                message: error_message(&self.body),
                retry_after: self.retry_after(),
                credentials: None,
            })),
        }
    }

    /// Returns the delay in `Retry-After` (RFC 9110, 10.2.3): a number of seconds, or a date.
    fn retry_after(&self) -> Option<Duration> {
        let value = self.header(header::RETRY_AFTER)?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = httpdate::parse_http_date(value).ok()?;
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    }
}

/// An HTTP client.
pub(super) struct HttpClient {
    agent: Agent,
    read_timeout: Duration,
    /// The proxy that the environment configures.
    proxy: Option<Proxy>,
}

impl HttpClient {
    /// Returns a client without a connection.
    ///
    /// # Errors
    ///
    /// Extra root certificates that are invalid.
    pub fn new(options: &HttpOptions) -> Result<Self, Fault> {
        let read_timeout = options.read_timeout;
        let proxy = if options.no_proxy {
            None
        } else {
            Proxy::try_from_env()
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!options.insecure_http)
            // `send` follows redirects: it decides which hosts receive credentials.
            .max_redirects(0)
            .user_agent(concat!("witgen/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy.clone())
            .timeout_connect(Some(read_timeout))
            .timeout_per_read(Some(read_timeout))
            .timeout_per_write(Some(read_timeout))
            .timeout_global(Some(read_timeout * TOTAL_TIMEOUT_FACTOR))
            .tls_config(tls_config(options)?)
            .build();
        Ok(HttpClient {
            agent: config.new_agent(),
            read_timeout,
            proxy,
        })
    }

    /// Returns the timeout of a whole request.
    pub fn total_timeout(&self) -> Duration {
        self.read_timeout * TOTAL_TIMEOUT_FACTOR
    }

    /// Sends a request, retries it after a transient fault if that is safe, and follows redirects of
    /// reads. Blobs may be stored at another host, which doesn't receive the credentials.
    ///
    /// # Errors
    ///
    /// A fault that prevents a complete response; a response with an error status is no fault here.
    pub fn send(&self, request: &Request<'_>) -> Result<Response, Fault> {
        let mut url = Url::parse(request.url).map_err(|error| Fault::Invalid(error.to_string()))?;
        let mut headers = request.headers.clone();
        let mut is_cross_origin = false;
        for _ in 0..=MAX_REDIRECTS {
            let mut response = self.send_with_retries(request, url.as_str(), &headers)?;
            response.is_cross_origin = is_cross_origin;
            let Some(target) = response.redirect_target(&url)? else {
                return Ok(response);
            };
            if !matches!(request.method, Method::GET | Method::HEAD) {
                return Err(Fault::Redirect("what is uploaded".to_owned()));
            }
            if target.origin() != url.origin() {
                headers.remove(header::AUTHORIZATION);
                is_cross_origin = true;
            }
            url = target;
        }
        Err(Fault::Redirect("without end".to_owned()))
    }

    fn send_with_retries(
        &self,
        request: &Request<'_>,
        url: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Fault> {
        let mut default_delay = FIRST_RETRY_DELAY;
        for attempt in 1.. {
            let result = self.send_once(request, url, headers);
            let is_last = attempt == MAX_ATTEMPTS;
            let delay = match &result {
                // RFC 6585, 4: a request that was rejected for its rate had no effect.
                Ok(response) if response.status == 429 => {
                    response.retry_after().or(Some(default_delay))
                }
                Ok(response) if matches!(response.status, 500 | 502..=504) && request.may_retry => {
                    response.retry_after().or(Some(default_delay))
                }
                Err(fault) if fault.is_transient() && request.may_retry => Some(default_delay),
                _ => None,
            };
            match delay.filter(|delay| !is_last && *delay <= MAX_RETRY_DELAY) {
                Some(delay) => sleep(delay),
                None => return result,
            }
            default_delay *= 2;
        }
        unreachable!("the last attempt returns")
    }

    /// Returns host and port of the proxy for a URL.
    fn proxy_for(&self, url: &str) -> Option<String> {
        let proxy = self.proxy.as_ref()?;
        let is_used = url.parse().is_ok_and(|url| !proxy.is_no_proxy(&url));
        is_used.then(|| format!("{}:{}", proxy.host(), proxy.port()))
    }

    fn send_once(
        &self,
        request: &Request<'_>,
        url: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Fault> {
        let mut builder = http::Request::builder().method(request.method.clone()).uri(url);
        if let Some(built) = builder.headers_mut() {
            built.clone_from(headers);
        }
        let invalid = |error: http::Error| Fault::Invalid(error.to_string());
        let result = match request.body {
            Some(body) => self.agent.run(builder.body(body).map_err(invalid)?),
            None => self.agent.run(builder.body(()).map_err(invalid)?),
        };
        let (head, mut body) =
            result.map_err(|error| self.transport_fault(error, url))?.into_parts();
        let is_success = head.status.is_success();
        let max_body = if is_success {
            request.max_body
        } else {
            MAX_ERROR_BODY
        };
        let body = match body.with_config().limit(max_body).read_to_vec() {
            Ok(body) => body,
            // The error status matters more than the text that explains it.
            Err(_) if !is_success => Vec::new(),
            Err(error) => return Err(self.transport_fault(error, url)),
        };
        Ok(Response {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            is_cross_origin: false,
        })
    }

    /// Adds the timeout or the proxy that a fault is about.
    fn transport_fault(&self, error: ureq::Error, url: &str) -> Fault {
        let fault = match Fault::from(error) {
            Fault::ReadTimeout(_) => Fault::ReadTimeout(self.read_timeout),
            Fault::TotalTimeout(_) => Fault::TotalTimeout(self.total_timeout()),
            other => other,
        };
        match self.proxy_for(url) {
            Some(proxy) if fault.may_come_from_proxy() => Fault::ViaProxy(proxy, fault.into()),
            _ => fault,
        }
    }
}

fn tls_config(options: &HttpOptions) -> Result<TlsConfig, Fault> {
    let builder = TlsConfig::builder().disable_verification(options.accept_invalid_certs);
    if options.extra_roots.is_empty() || options.insecure_http {
        return Ok(builder.root_certs(RootCerts::PlatformVerifier).build());
    }
    let extra_roots = options
        .extra_roots
        .iter()
        .map(|bytes| match bytes.first() {
            // DER begins with a sequence.
            Some(0x30) => Ok(Certificate::from_der(bytes).to_owned()),
            _ => Certificate::from_pem(bytes).map_err(|error| {
                Fault::Certificate(format!(
                    "`extra_root_certificates` contains an invalid certificate: {error}"
                ))
            }),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let roots: Vec<_> = rustls_native_certs::load_native_certs()
        .certs
        .iter()
        .map(|der| Certificate::from_der(der).to_owned())
        .chain(extra_roots)
        .collect();
    Ok(builder.root_certs(RootCerts::new_with_certs(&roots)).build())
}

/// Returns what a registry reports in the body of an error response (OCI distribution specification, "Error
/// Codes"), without the `detail`, which isn't meant for users.
fn error_message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct ErrorBody {
        errors: Vec<ErrorEntry>,
    }
    #[derive(Deserialize)]
    struct ErrorEntry {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let Ok(body) = serde_json::from_slice::<ErrorBody>(body) else {
        return String::new();
    };
    body.errors
        .into_iter()
        .take(MAX_ERRORS_SHOWN)
        .map(|error| {
            [error.code, error.message]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(": ")
        })
        .collect::<Vec<_>>()
        .join("; ")
}
