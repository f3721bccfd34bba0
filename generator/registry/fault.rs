//! What goes wrong between a registry and us, told apart.

use std::io::ErrorKind;
use std::time::Duration;

use super::credentials::variables;
use crate::diagnostic::{Code, Diagnostic, Place, codes};

/// Why a request to a registry came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No such host.
    UnknownHost,
    /// The host is there, and nothing listens.
    Refused,
    /// No way to the host.
    Unreachable(String),
    /// The certificate is not valid for the host, at this time, or for anybody whom we trust.
    Certificate(String),
    /// TLS failed otherwise: the peer speaks plain HTTP, for one.
    Tls(String),
    /// Nothing came for so long.
    Silent(Duration),
    /// The answer wasn't complete after so long.
    TooSlow(Duration),
    /// The connection ended before the answer did.
    CutOff,
    /// What answers doesn't speak HTTP.
    NotHttp(String),
    /// An answer that says no.
    Status(Status),
    /// An answer longer than anything that belongs there, in bytes.
    TooLarge(u64),
    /// Redirects without end, or to a place without TLS.
    Redirect(String),
    /// An answer that makes no sense.
    Invalid(String),
    /// Contents that are not what their digest says.
    WrongDigest { expected: String, found: String },
    /// One of the above, with a proxy in between, which may be whose fault it is.
    Behind(String, Box<Fault>),
    /// Something that is settled elsewhere, and is said as it is.
    Settled(Diagnostic),
}

/// An answer that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub code: u16,
    /// The registry's own words, without what is secret in them.
    pub words: String,
    /// How long it asks us to stay away.
    pub wait: Option<Duration>,
    /// Whose credentials it has seen; none if it has seen none.
    pub credentials: Option<String>,
}

impl Fault {
    /// Whether the same request may do better in a moment.
    pub fn is_passing(&self) -> bool {
        match self {
            Fault::CutOff => true,
            Fault::Behind(_, fault) => fault.is_passing(),
            Fault::Status(status) => {
                matches!(status.code, 500 | 502 | 503 | 504) && status.wait.is_none()
            }
            _ => false,
        }
    }

    /// Whether it happened on the way to the registry, and not there.
    pub fn is_of_the_way(&self) -> bool {
        matches!(
            self,
            Fault::UnknownHost
                | Fault::Refused
                | Fault::Unreachable(_)
                | Fault::Tls(_)
                | Fault::CutOff
                | Fault::NotHttp(_)
                | Fault::Silent(_)
        )
    }

    /// Whether the registry says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Fault::Status(status) if status.code == 404)
    }

    /// What to tell people: `doing` is what came to nothing, such as ``cannot read `wasi/http:0.3.3` ``.
    pub fn diagnostic(self, doing: &str, host: &str, place: Place) -> Diagnostic {
        let (code, why, help): (_, String, String) = match self {
            Fault::Settled(diagnostic) => return diagnostic,
            Fault::Behind(proxy, fault) => {
                let help = format!("requests to `{host}` go through the proxy `{proxy}`, which the environment names; NO_PROXY leaves hosts out");
                return fault.diagnostic(doing, host, place).help(help);
            }
            Fault::UnknownHost => (
                codes::REGISTRY_UNREACHABLE,
                format!("there is no host `{host}`"),
                "is the name right, and is there a network? `--registry` names another registry".into(),
            ),
            Fault::Refused => (
                codes::REGISTRY_UNREACHABLE,
                format!("`{host}` refuses the connection"),
                "is the registry running, and is the port right?".into(),
            ),
            Fault::Unreachable(why) => (
                codes::REGISTRY_UNREACHABLE,
                format!("`{host}` can't be reached: {why}"),
                "is there a network, or a proxy in between?".into(),
            ),
            Fault::Certificate(why) => (
                codes::REGISTRY_CERTIFICATE,
                format!("the certificate of `{host}` is not valid: {why}"),
                "a certificate authority of your own goes into `extra_root_certificates` of the registry's configuration, or into the system's".into(),
            ),
            Fault::Tls(why) => (
                codes::REGISTRY_TLS,
                format!("no secure connection to `{host}`: {why}"),
                "if the registry speaks plain HTTP, say `protocol = \"http\"` in its configuration".into(),
            ),
            Fault::Silent(after) => (
                codes::REGISTRY_TOO_SLOW,
                format!("`{host}` sent nothing for {} s", after.as_secs()),
                "try again, or be more patient: `--timeout SECONDS`".into(),
            ),
            Fault::TooSlow(after) => (
                codes::REGISTRY_TOO_SLOW,
                format!("the answer of `{host}` wasn't complete after {} s", after.as_secs()),
                "try again, or be more patient: `--timeout SECONDS`".into(),
            ),
            Fault::CutOff => (
                codes::REGISTRY_CUT_OFF,
                format!("`{host}` ended the connection before its answer"),
                "run the command again; nothing is left half done".into(),
            ),
            Fault::NotHttp(why) => (
                codes::NOT_A_REGISTRY,
                format!("what answers at `{host}` doesn't speak HTTP: {why}"),
                "is the port right, and should it be `https`?".into(),
            ),
            Fault::TooLarge(limit) => (
                codes::INVALID_ANSWER,
                format!("`{host}` sent more than {limit} bytes where less belongs"),
                "is this the registry that you mean?".into(),
            ),
            Fault::Redirect(why) => (
                codes::INVALID_ANSWER,
                format!("`{host}` redirects {why}"),
                "is this the registry that you mean?".into(),
            ),
            Fault::Invalid(why) => (
                codes::INVALID_ANSWER,
                format!("`{host}` sent what makes no sense: {}", cut(&why)),
                "is this a registry, and was this published by `witgen` or `wkg`?".into(),
            ),
            Fault::WrongDigest { expected, found } => (
                codes::WRONG_DIGEST,
                format!("`{host}` sent {found} for {expected}"),
                "it was damaged on the way, or changed at the registry: try again, and don't use what came".into(),
            ),
            Fault::Status(status) => status.explain(host),
        };
        Diagnostic::error(code, format!("{doing}: {why}"))
            .at(place)
            .help(help)
    }
}

impl Status {
    fn explain(self, host: &str) -> (Code, String, String) {
        let words = match cut(&self.words) {
            words if words.is_empty() => words,
            words => format!(" ({words})"),
        };
        match (self.code, self.credentials) {
            (401, None) => (
                codes::UNAUTHORIZED,
                format!("`{host}` wants to know who asks, and no credentials are set up for it{words}"),
                format!("`docker login {host}` stores them, or {}", variables(host)),
            ),
            (401, Some(origin)) => (
                codes::UNAUTHORIZED,
                format!("`{host}` doesn't take the credentials from {origin}{words}"),
                format!("have they expired? `docker login {host}` stores new ones"),
            ),
            (403, None) => (
                codes::FORBIDDEN,
                format!("`{host}` doesn't allow this without credentials{words}"),
                format!("`docker login {host}` stores them, or {}", variables(host)),
            ),
            (403, Some(origin)) => (
                codes::FORBIDDEN,
                format!("`{host}` doesn't allow this to the credentials from {origin}{words}"),
                "ask whoever runs the registry for the right to it; some give this answer for what isn't there, too".into(),
            ),
            (404, _) => (
                codes::NOT_IN_REGISTRY,
                format!("`{host}` has no such thing{words}"),
                "is the name right? what you may not see, some registries call missing".into(),
            ),
            (429, _) => (
                codes::RATE_LIMITED,
                match self.wait {
                    Some(wait) => format!("`{host}` asks to wait for {} s{words}", wait.as_secs()),
                    None => format!("`{host}` has had too many requests{words}"),
                },
                "run the command again after that; with credentials, some registries allow more".into(),
            ),
            (code @ 500.., _) => (
                codes::REGISTRY_FAILED,
                format!("`{host}` failed with status {code}{words}"),
                "run the command again later; nothing is left half done".into(),
            ),
            (code, _) => (
                codes::REGISTRY_REFUSED,
                format!("`{host}` answered with status {code}{words}"),
                "is this a registry of the OCI distribution specification? `protocol` in its configuration is `http` or `https`".into(),
            ),
        }
    }
}

impl From<ureq::Error> for Fault {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error;
        match error {
            Error::HostNotFound => Fault::UnknownHost,
            Error::Io(error) => of_io(&error),
            Error::Rustls(error) => of_tls(&error.to_string()),
            Error::Tls(why) => Fault::Tls(why.to_owned()),
            // Whoever waits puts in for how long.
            Error::Timeout(ureq::Timeout::Global) => Fault::TooSlow(Duration::ZERO),
            Error::Timeout(_) => Fault::Silent(Duration::ZERO),
            Error::BodyExceedsLimit(limit) => Fault::TooLarge(limit),
            Error::LargeResponseHeader(_, limit) => Fault::TooLarge(limit as u64),
            Error::TooManyRedirects => Fault::Redirect("without end".to_owned()),
            Error::RequireHttpsOnly(_) => Fault::Redirect("to a place without TLS".to_owned()),
            Error::RedirectFailed => Fault::Redirect("what is uploaded".to_owned()),
            Error::Protocol(error) => Fault::NotHttp(error.to_string()),
            Error::ConnectProxyFailed(why) => Fault::Unreachable(format!("the proxy says {why}")),
            Error::ConnectionFailed => Fault::Unreachable("no connection".to_owned()),
            other => Fault::Invalid(other.to_string()),
        }
    }
}

fn of_io(error: &std::io::Error) -> Fault {
    match error.kind() {
        ErrorKind::ConnectionRefused => Fault::Refused,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Fault::CutOff,
        ErrorKind::InvalidData => of_tls(&error.to_string()),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Fault::Silent(Duration::ZERO),
        _ => match error.to_string() {
            // The system's resolver has no kind of its own: the first is Rust's word, the second Windows'.
            why if why.contains("lookup address") || why.contains("No such host") => {
                Fault::UnknownHost
            }
            why => Fault::Unreachable(why),
        },
    }
}

fn of_tls(why: &str) -> Fault {
    match why.split_once("invalid peer certificate: ") {
        Some((_, why)) => Fault::Certificate(plain(why)),
        None => Fault::Tls(why.to_owned()),
    }
}

/// What somebody else says, without what a message hasn't room for.
fn cut(words: &str) -> String {
    let printable = words.chars().filter(|c| !c.is_control());
    let mut cut: String = printable.take(200).collect();
    if cut.len() < words.len() {
        cut.push('…');
    }
    cut
}

/// What is wrong with a certificate, in words.
fn plain(why: &str) -> String {
    let words = [
        ("certificate expired", "it has expired"),
        ("Expired", "it has expired"),
        ("certificate not valid yet", "it is not valid yet"),
        ("NotValidYet", "it is not valid yet"),
        (
            "UnknownIssuer",
            "nobody whom this system trusts has signed it",
        ),
        ("certificate not valid for name", "it is for another host"),
        ("NotValidForName", "it is for another host"),
        ("Revoked", "it was revoked"),
    ];
    let found = words.iter().find(|(start, _)| why.starts_with(start));
    found.map_or_else(|| why.to_owned(), |(_, plain)| (*plain).to_owned())
}
