//! Faults of requests to a registry, by their causes.

use std::io::ErrorKind;
use std::time::Duration;

use super::credentials::environment_advice;
use super::secrets::redact;
use crate::diagnostic::{Code, Diagnostic, Place, codes};

/// The most characters of a foreign text that a message repeats.
const MAX_FOREIGN_CHARS: usize = 200;

/// Why a request to a registry failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The name of the host doesn't resolve.
    UnknownHost,
    /// The host refuses the connection.
    Refused,
    /// The host can't be reached.
    Unreachable(String),
    /// The certificate is for another host, has expired, or is signed by an unknown authority.
    Certificate(String),
    /// The TLS handshake failed for another reason; a peer without TLS, for example.
    Tls(String),
    /// The read timeout, which expired.
    ReadTimeout(Duration),
    /// The timeout of the whole request, which expired.
    TotalTimeout(Duration),
    /// The connection was closed before the response was complete.
    ConnectionClosed,
    /// The response isn't HTTP.
    NotHttp(String),
    /// A response with an error status.
    Status(Status),
    /// The size limit that a response exceeds, in bytes.
    TooLarge(u64),
    /// A redirect that isn't followed: one of too many, or to plain HTTP.
    Redirect(String),
    /// A response that violates the specification.
    Invalid(String),
    /// Contents that don't match their digest.
    DigestMismatch { expected: String, found: String },
    /// A fault of a request through a proxy, which may have caused it.
    ViaProxy(String, Box<Fault>),
    /// A complete message, which is shown as it is.
    Reported(Diagnostic),
}

/// A response with an error status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub code: u16,
    /// The registry's own message.
    pub message: String,
    /// The delay in `Retry-After`.
    pub retry_after: Option<Duration>,
    /// Where the credentials of the request come from, if it had any.
    pub credentials: Option<String>,
}

impl Fault {
    /// Whether the same request may succeed if it is sent again.
    pub fn is_transient(&self) -> bool {
        match self {
            Fault::ConnectionClosed => true,
            Fault::ViaProxy(_, fault) => fault.is_transient(),
            Fault::Status(status) => {
                matches!(status.code, 500 | 502 | 503 | 504) && status.retry_after.is_none()
            }
            _ => false,
        }
    }

    /// Whether a proxy between us and the registry may cause this fault.
    pub fn may_come_from_proxy(&self) -> bool {
        matches!(
            self,
            Fault::UnknownHost
                | Fault::Refused
                | Fault::Unreachable(_)
                | Fault::Tls(_)
                | Fault::ConnectionClosed
                | Fault::NotHttp(_)
                | Fault::ReadTimeout(_)
        )
    }

    /// Whether the status is 404.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Fault::Status(status) if status.code == 404)
    }

    /// Returns the message for users; `failure` is what the fault prevented, such as
    /// ``cannot read `wasi/http:0.3.1002` ``.
    pub fn diagnostic(self, failure: &str, host: &str, place: Place) -> Diagnostic {
        let (code, why, help): (_, String, String) = match self.without_secrets() {
            Fault::Reported(diagnostic) => return diagnostic,
            Fault::ViaProxy(proxy, fault) => {
                let help = format!("requests to `{host}` go through the proxy `{proxy}`, which the environment names; NO_PROXY leaves hosts out");
                return fault.diagnostic(failure, host, place).help(help);
            }
            Fault::UnknownHost => (
                codes::REGISTRY_UNREACHABLE,
                format!("the host `{host}` is unknown"),
                "check the name and the network; `--registry` names another registry".into(),
            ),
            Fault::Refused => (
                codes::REGISTRY_UNREACHABLE,
                format!("`{host}` refuses the connection"),
                "check that the registry is running, and the port".into(),
            ),
            Fault::Unreachable(why) => (
                codes::REGISTRY_UNREACHABLE,
                format!("`{host}` can't be reached: {why}"),
                "check the network, and whether a proxy is needed".into(),
            ),
            Fault::Certificate(why) => (
                codes::REGISTRY_CERTIFICATE,
                format!("the certificate of `{host}` is not valid: {why}"),
                "add your own certificate authority to `extra_root_certificates` of the registry's configuration, or to the system's".into(),
            ),
            Fault::Tls(why) => (
                codes::REGISTRY_TLS,
                format!("the TLS handshake with `{host}` failed: {why}"),
                "if the registry uses plain HTTP, set `protocol = \"http\"` in its configuration".into(),
            ),
            Fault::ReadTimeout(after) => (
                codes::REGISTRY_TOO_SLOW,
                format!("`{host}` sent nothing for {} s", after.as_secs()),
                "try again, or set a longer `--timeout SECONDS`".into(),
            ),
            Fault::TotalTimeout(after) => (
                codes::REGISTRY_TOO_SLOW,
                format!("the response of `{host}` wasn't complete after {} s", after.as_secs()),
                "try again, or set a longer `--timeout SECONDS`".into(),
            ),
            Fault::ConnectionClosed => (
                codes::REGISTRY_CUT_OFF,
                format!("`{host}` closed the connection before its response was complete"),
                "run the command again; nothing was left incomplete".into(),
            ),
            Fault::NotHttp(why) => (
                codes::NOT_A_REGISTRY,
                format!("`{host}` did not respond with HTTP: {why}"),
                "check the port, and whether it is one of `https`".into(),
            ),
            Fault::TooLarge(limit) => (
                codes::INVALID_ANSWER,
                format!("a response of `{host}` is longer than {limit} bytes"),
                "check the name of the registry".into(),
            ),
            Fault::Redirect(why) => (
                codes::INVALID_ANSWER,
                format!("`{host}` redirects {why}"),
                "check the name of the registry".into(),
            ),
            Fault::Invalid(why) => (
                codes::INVALID_ANSWER,
                format!("`{host}` sent an unexpected response: {why}"),
                "check that this is a registry, and that `witgen` or `wkg` published the package".into(),
            ),
            Fault::DigestMismatch { expected, found } => (
                codes::WRONG_DIGEST,
                format!("`{host}` sent {found} for {expected}"),
                "the download was damaged, or the registry's contents changed: try again".into(),
            ),
            Fault::Status(status) => status.explain(host),
        };
        // Numbers may be the registry's, too.
        let why = redact(&why);
        Diagnostic::error(code, format!("{failure}: {why}")).at(place).help(help)
    }

    /// Removes secrets from what a registry had a part in, and shortens that.
    fn without_secrets(self) -> Self {
        match self {
            Fault::Unreachable(why) => Fault::Unreachable(shown(&why)),
            Fault::Certificate(why) => Fault::Certificate(shown(&why)),
            Fault::Tls(why) => Fault::Tls(shown(&why)),
            Fault::NotHttp(why) => Fault::NotHttp(shown(&why)),
            Fault::Redirect(why) => Fault::Redirect(shown(&why)),
            Fault::Invalid(why) => Fault::Invalid(shown(&why)),
            Fault::Status(status) => Fault::Status(Status {
                message: shown(&status.message),
                ..status
            }),
            other => other,
        }
    }
}

impl Status {
    fn explain(self, host: &str) -> (Code, String, String) {
        let message = match self.message.as_str() {
            "" => String::new(),
            message => format!(" ({message})"),
        };
        match (self.code, self.credentials) {
            (401, None) => (
                codes::UNAUTHORIZED,
                format!("`{host}` requires authentication, and no credentials are configured for it{message}"),
                format!("`docker login {host}` stores them, or {}", environment_advice(host)),
            ),
            (401, Some(origin)) => (
                codes::UNAUTHORIZED,
                format!("`{host}` rejects the credentials from {origin}{message}"),
                format!("if they have expired, `docker login {host}` stores new ones"),
            ),
            (403, None) => (
                codes::FORBIDDEN,
                format!("`{host}` doesn't allow this without credentials{message}"),
                format!("`docker login {host}` stores them, or {}", environment_advice(host)),
            ),
            (403, Some(origin)) => (
                codes::FORBIDDEN,
                format!("`{host}` doesn't allow this with the credentials from {origin}{message}"),
                "ask the registry's operator for access; some registries respond this way if the package doesn't exist".into(),
            ),
            (404, _) => (
                codes::NOT_IN_REGISTRY,
                format!("`{host}` doesn't have it{message}"),
                "check the name; some registries report private packages as missing: try `docker login`".into(),
            ),
            (429, _) => (
                codes::RATE_LIMITED,
                match self.retry_after {
                    Some(delay) => format!("`{host}` requests a delay of {} s{message}", delay.as_secs()),
                    None => format!("`{host}` rejects further requests for now{message}"),
                },
                "run the command again after that; with credentials, some registries allow more".into(),
            ),
            (code @ 500.., _) => (
                codes::REGISTRY_FAILED,
                format!("`{host}` failed with status {code}{message}"),
                "run the command again later; nothing was left incomplete".into(),
            ),
            (code, _) => (
                codes::REGISTRY_REFUSED,
                format!("`{host}` responded with status {code}{message}"),
                "check that this is a registry of the OCI distribution specification; `protocol` in its configuration is `http` or `https`".into(),
            ),
        }
    }
}

impl From<ureq::Error> for Fault {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error;
        match error {
            Error::HostNotFound => Fault::UnknownHost,
            Error::Io(error) => from_io(&error),
            Error::Rustls(error) => from_tls(&error.to_string()),
            Error::Tls(why) => Fault::Tls(why.to_owned()),
            // The client, which knows its timeouts, fills them in.
            Error::Timeout(ureq::Timeout::Global) => Fault::TotalTimeout(Duration::ZERO),
            Error::Timeout(_) => Fault::ReadTimeout(Duration::ZERO),
            Error::BodyExceedsLimit(limit) => Fault::TooLarge(limit),
            Error::LargeResponseHeader(_, limit) => Fault::TooLarge(limit as u64),
            Error::TooManyRedirects => Fault::Redirect("without end".to_owned()),
            Error::RequireHttpsOnly(_) => Fault::Redirect("to a server without TLS".to_owned()),
            Error::RedirectFailed => Fault::Redirect("what is uploaded".to_owned()),
            Error::Protocol(error) => Fault::NotHttp(error.to_string()),
            Error::ConnectProxyFailed(why) => {
                Fault::Unreachable(format!("the proxy reports {why}"))
            }
            Error::ConnectionFailed => Fault::Unreachable("no connection".to_owned()),
            other => Fault::Invalid(other.to_string()),
        }
    }
}

fn from_io(error: &std::io::Error) -> Fault {
    match error.kind() {
        ErrorKind::ConnectionRefused => Fault::Refused,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Fault::ConnectionClosed,
        ErrorKind::InvalidData => from_tls(&error.to_string()),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Fault::ReadTimeout(Duration::ZERO),
        _ => match error.to_string() {
            // There is no `ErrorKind` for resolvers: the first text is Rust's, the second that of Windows.
            why if why.contains("lookup address") || why.contains("No such host") => {
                Fault::UnknownHost
            }
            why => Fault::Unreachable(why),
        },
    }
}

fn from_tls(why: &str) -> Fault {
    match why.split_once("invalid peer certificate: ") {
        Some((_, why)) => Fault::Certificate(certificate_reason(why)),
        None => Fault::Tls(why.to_owned()),
    }
}

/// Returns the start of a foreign text, without control characters and without secrets.
fn shown(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    // Not after it is cut: a part of a secret isn't recognised.
    let redacted = redact(&plain);
    let mut start: String = redacted.chars().take(MAX_FOREIGN_CHARS).collect();
    if start.len() < redacted.len() {
        start.push('…');
    }
    start
}

/// Returns why a certificate is invalid, from what rustls reports.
fn certificate_reason(report: &str) -> String {
    let reasons = [
        ("certificate expired", "it has expired"),
        ("Expired", "it has expired"),
        ("certificate not valid yet", "it is not valid yet"),
        ("NotValidYet", "it is not valid yet"),
        ("UnknownIssuer", "it is signed by an unknown authority"),
        ("certificate not valid for name", "it is for another host"),
        ("NotValidForName", "it is for another host"),
        ("Revoked", "it was revoked"),
    ];
    reasons
        .iter()
        .find(|(start, _)| report.starts_with(start))
        .map_or(report, |(_, reason)| *reason)
        .to_owned()
}
