//! Requests to a registry: bounded in time and size, and repeated where a repeat does no harm.

use std::thread::sleep;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};
use url::Url;

use super::fault::{Fault, Status};

/// How often a request is made at most.
const TRIES: u32 = 3;
/// How long we stay away at most because a registry asks for it.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// The first wait of those that nobody asked for; each further one is twice as long.
const SHORTEST_WAIT: Duration = Duration::from_millis(200);
/// How often a request is sent on to another place.
const REDIRECTS: usize = 5;
/// A whole request may take this many times what may pass without a byte.
const IN_ALL: u32 = 20;
/// An answer that isn't what was asked for is read no further.
const WORDS: u64 = 64 << 10;

/// How a registry is spoken to.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    /// Whether it is spoken to without TLS.
    pub plain: bool,
    /// Certificates that are trusted on top of the system's, in PEM or DER.
    pub roots: Vec<Vec<u8>>,
    /// Whether any certificate is taken.
    pub trusts_anybody: bool,
    /// How long nothing may come.
    pub patience: Duration,
    /// Whether no proxy stands in between, whatever the environment says: on this machine, none does.
    pub direct: bool,
}

/// One request.
pub(super) struct Call<'a> {
    pub method: Method,
    pub url: &'a str,
    pub headers: HeaderMap,
    pub body: Option<&'a [u8]>,
    /// How long the answer's body may be, in bytes.
    pub limit: u64,
    /// Whether it may be made again when the first time came to nothing.
    pub repeats: bool,
}

impl<'a> Call<'a> {
    /// A request that reads.
    pub fn get(url: &'a str, limit: u64) -> Self {
        Call {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: None,
            limit,
            repeats: true,
        }
    }

    /// A request that writes, and is made once.
    pub fn write(method: Method, url: &'a str, body: &'a [u8]) -> Self {
        Call {
            method,
            body: Some(body),
            repeats: false,
            ..Call::get(url, WORDS)
        }
    }

    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        // What we write ourselves are legal values.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// An answer, of whatever status.
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Whether another host than the one that was asked has given it.
    pub is_foreign: bool,
}

impl Answer {
    /// A field of the head, if it is text.
    pub fn field(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Where a redirect sends to (RFC 9110, 15.4).
    fn redirect(&self, from: &Url) -> Result<Option<Url>, Fault> {
        if !matches!(self.status, 301..=303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = self.field(header::LOCATION) else {
            return Ok(None);
        };
        let place = from.join(location);
        let place = place.map_err(|error| Fault::Redirect(format!("to no address: {error}")))?;
        Ok(Some(place))
    }

    /// Fails unless the status says yes.
    pub fn accepted(self) -> Result<Self, Fault> {
        match self.status {
            200..=299 => Ok(self),
            code => Err(Fault::Status(Status {
                code,
                words: words(&self.body),
                wait: self.wait(),
                credentials: None,
            })),
        }
    }

    /// All values of a field, as one list (RFC 9110, 5.3).
    pub fn fields(&self, name: impl header::AsHeaderName) -> String {
        let values = self.headers.get_all(name).iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        values.join(", ")
    }

    /// RFC 9110, 10.2.3: a number of seconds, or a date.
    fn wait(&self) -> Option<Duration> {
        let written = self.field(header::RETRY_AFTER)?.trim();
        if let Ok(seconds) = written.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = httpdate::parse_http_date(written).ok()?;
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    }
}

/// A client of HTTP.
pub(super) struct Http {
    agent: Agent,
    patience: Duration,
    /// The proxy that stands in between.
    proxy: Option<Proxy>,
}

impl Http {
    /// A client that makes no connection yet.
    ///
    /// # Errors
    ///
    /// Certificates that are none.
    pub fn new(manner: &Manner) -> Result<Self, Fault> {
        let patience = manner.patience;
        let proxy = match manner.direct {
            true => None,
            false => Proxy::try_from_env(),
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!manner.plain)
            // Whom credentials may be shown is for us to say.
            .max_redirects(0)
            .user_agent(concat!("witgen/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy.clone())
            .timeout_connect(Some(patience))
            .timeout_per_read(Some(patience))
            .timeout_per_write(Some(patience))
            .timeout_global(Some(patience * IN_ALL))
            .tls_config(tls(manner)?)
            .build();
        Ok(Http {
            agent: config.new_agent(),
            patience,
            proxy,
        })
    }

    /// How long anything may take.
    pub fn longest(&self) -> Duration {
        self.patience * IN_ALL
    }

    /// Makes a request, again if that does no harm and may do better, and elsewhere if it is sent there.
    /// Contents may stand at another host, who doesn't learn our credentials.
    ///
    /// # Errors
    ///
    /// Whatever keeps an answer from coming; an answer that says no is an answer.
    pub fn send(&self, call: &Call<'_>) -> Result<Answer, Fault> {
        let mut place = Url::parse(call.url).map_err(|error| Fault::Invalid(error.to_string()))?;
        let mut headers = call.headers.clone();
        let mut is_foreign = false;
        for _ in 0..=REDIRECTS {
            let mut answer = self.send_patiently(call, place.as_str(), &headers)?;
            answer.is_foreign = is_foreign;
            let Some(next) = answer.redirect(&place)? else {
                return Ok(answer);
            };
            if !matches!(call.method, Method::GET | Method::HEAD) {
                return Err(Fault::Redirect("what is uploaded".to_owned()));
            }
            if next.origin() != place.origin() {
                headers.remove(header::AUTHORIZATION);
                is_foreign = true;
            }
            place = next;
        }
        Err(Fault::Redirect("without end".to_owned()))
    }

    fn send_patiently(
        &self,
        call: &Call<'_>,
        url: &str,
        headers: &HeaderMap,
    ) -> Result<Answer, Fault> {
        let mut pause = SHORTEST_WAIT;
        for attempt in 1.. {
            let answer = self.send_once(call, url, headers);
            let is_last = attempt == TRIES;
            let wait = match &answer {
                // RFC 6585, 4: what is refused for being too much was not done.
                Ok(answer) if answer.status == 429 => answer.wait().or(Some(pause)),
                Ok(answer) if matches!(answer.status, 500 | 502..=504) && call.repeats => {
                    answer.wait().or(Some(pause))
                }
                Err(fault) if fault.is_passing() && call.repeats => Some(pause),
                _ => None,
            };
            match wait.filter(|wait| !is_last && *wait <= LONGEST_WAIT) {
                Some(wait) => sleep(wait),
                None => return answer,
            }
            pause *= 2;
        }
        unreachable!("tries are counted")
    }

    /// Host and port of the proxy that stands before an address.
    fn proxy_before(&self, url: &str) -> Option<String> {
        let proxy = self.proxy.as_ref()?;
        let is_used = url.parse().is_ok_and(|url| !proxy.is_no_proxy(&url));
        is_used.then(|| format!("{}:{}", proxy.host(), proxy.port()))
    }

    fn send_once(&self, call: &Call<'_>, url: &str, headers: &HeaderMap) -> Result<Answer, Fault> {
        let mut request = Request::builder().method(call.method.clone()).uri(url);
        if let Some(given) = request.headers_mut() {
            given.clone_from(headers);
        }
        let invalid = |error: &dyn std::fmt::Display| Fault::Invalid(error.to_string());
        let response = match call.body {
            Some(body) => self.agent.run(request.body(body).map_err(|e| invalid(&e))?),
            None => self.agent.run(request.body(()).map_err(|e| invalid(&e))?),
        };
        let timed = |error: ureq::Error| {
            let fault = match Fault::from(error) {
                Fault::Silent(_) => Fault::Silent(self.patience),
                Fault::TooSlow(_) => Fault::TooSlow(self.longest()),
                other => other,
            };
            match self.proxy_before(url) {
                Some(proxy) if fault.is_of_the_way() => Fault::Behind(proxy, fault.into()),
                _ => fault,
            }
        };
        let (head, mut body) = response.map_err(timed)?.into_parts();
        let is_answer = head.status.is_success();
        let limit = if is_answer { call.limit } else { WORDS };
        let body = body.with_config().limit(limit).read_to_vec();
        let body = match body.map_err(timed) {
            Ok(body) => body,
            // What a refusal says is worth less than that it is one.
            Err(_) if !is_answer => Vec::new(),
            Err(fault) => return Err(fault),
        };
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            is_foreign: false,
        })
    }
}

fn tls(manner: &Manner) -> Result<TlsConfig, Fault> {
    let builder = TlsConfig::builder().disable_verification(manner.trusts_anybody);
    if manner.roots.is_empty() || manner.plain {
        return Ok(builder.root_certs(RootCerts::PlatformVerifier).build());
    }
    let own = manner.roots.iter().map(|bytes| match bytes.first() {
        // DER begins with a sequence.
        Some(0x30) => Ok(Certificate::from_der(bytes).to_owned()),
        _ => Certificate::from_pem(bytes).map_err(|error| {
            Fault::Certificate(format!(
                "`extra_root_certificates` has one that is none: {error}"
            ))
        }),
    });
    let own = own.collect::<Result<Vec<_>, _>>()?;
    let system = rustls_native_certs::load_native_certs().certs;
    let system = system
        .iter()
        .map(|der| Certificate::from_der(der).to_owned());
    let all: Vec<_> = system.chain(own).collect();
    Ok(builder.root_certs(RootCerts::new_with_certs(&all)).build())
}

/// What a registry says in a refusal (OCI distribution specification, "Error Codes"); nothing of what
/// isn't meant to be shown.
fn words(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        errors: Vec<Reason>,
    }
    #[derive(Deserialize)]
    struct Reason {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
        return String::new();
    };
    let reasons = refusal.errors.into_iter().take(3).map(|reason| {
        let parts = [reason.code, reason.message].into_iter();
        let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        parts.join(": ")
    });
    reasons.collect::<Vec<_>>().join("; ")
}
