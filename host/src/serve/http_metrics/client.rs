//! The metrics of requests to servers: of origins, and of side calls.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode, Uri};
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Unit;
use witgen_serve::proxy::ErrorCode;

use super::bounded::{Bounded, Labels, OVERFLOW};
use super::histograms::{durations, encode_histograms};
use crate::serve::conventions::{CANCELLED, OTHER, error_name, method, scheme};

/// The metrics of requests to servers.
pub struct ClientMetrics(Bounded<ClientLabels, Histogram>);

/// The origin or member that a request is sent for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A next hop, which leads to the origin of this name.
    Origin(Arc<str>),
    /// A side call of this member.
    Member(Arc<str>),
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum ClientOutcome {
    Status(u16),
    Failed(String),
    Cancelled,
}

impl ClientOutcome {
    fn status(&self) -> Option<u16> {
        match self {
            ClientOutcome::Status(status) => Some(*status),
            _ => None,
        }
    }

    fn error_type(&self) -> Option<Cow<'_, str>> {
        match self {
            ClientOutcome::Status(status) => (*status >= 400).then(|| status.to_string().into()),
            ClientOutcome::Failed(error) => Some(error.into()),
            ClientOutcome::Cancelled => Some(CANCELLED.into()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ClientLabels {
    caller: Caller,
    /// `None` for what has too many labels.
    request: Option<RequestLabels>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RequestLabels {
    method: &'static str,
    is_tls: bool,
    address: String,
    port: u16,
    outcome: ClientOutcome,
}

impl Labels for ClientLabels {
    type Group = Caller;

    fn group(&self) -> Caller {
        self.caller.clone()
    }

    fn overflow(&self) -> Self {
        ClientLabels {
            caller: self.caller.clone(),
            request: None,
        }
    }

    fn pairs(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut pairs = match &self.request {
            None => vec![(OVERFLOW, "true".into())],
            Some(request) => request.pairs(),
        };
        pairs.push(match &self.caller {
            Caller::Origin(name) => ("witgen_origin", (&**name).into()),
            Caller::Member(name) => ("witgen_member", (&**name).into()),
        });
        pairs
    }
}

impl RequestLabels {
    fn pairs(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let status = self.outcome.status().map(|status| status.to_string());
        let mut pairs = vec![
            ("http_request_method", self.method.into()),
            ("url_scheme", scheme(self.is_tls).into()),
            ("server_address", self.address.as_str().into()),
            ("server_port", self.port.to_string().into()),
        ];
        pairs.extend(status.map(|status| ("http_response_status_code", status.into())));
        pairs.extend(self.outcome.error_type().map(|error| ("error_type", error)));
        pairs
    }
}

impl Default for ClientMetrics {
    fn default() -> Self {
        ClientMetrics(Bounded::new(durations))
    }
}

impl ClientMetrics {
    /// Records a request to a server, which ended after this time; `result` is `None` if it was cancelled.
    pub fn record(
        &self,
        caller: &Caller,
        request: (&Method, &Uri),
        result: Option<Result<StatusCode, &ErrorCode>>,
        duration: Duration,
    ) {
        let (name, uri) = request;
        let is_tls = uri.scheme_str() == Some("https");
        let default_port = if is_tls { 443 } else { 80 };
        let labels = ClientLabels {
            caller: caller.clone(),
            request: Some(RequestLabels {
                method: method(name.as_str()),
                is_tls,
                address: uri
                    .host()
                    .filter(is_short)
                    .map_or(OTHER.to_owned(), str::to_ascii_lowercase),
                port: uri.port_u16().unwrap_or(default_port),
                outcome: match result {
                    Some(Ok(status)) => ClientOutcome::Status(status.as_u16()),
                    Some(Err(code)) => ClientOutcome::Failed(error_name(code)),
                    None => ClientOutcome::Cancelled,
                },
            }),
        };
        self.0.get(&labels).observe(duration.as_secs_f64());
    }

    /// Removes the metrics of other callers.
    pub fn retain(&self, is_kept: impl Fn(&Caller) -> bool) {
        self.0.retain(is_kept);
    }

    /// Encodes the metrics.
    pub fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let duration = (
            "http_client_request_duration",
            Unit::Seconds,
            "Time from a request to a server to the head of its response",
        );
        encode_histograms(encoder, duration, &self.0, |duration| duration)
    }
}

/// Whether a host can be a name of DNS, which is not longer (RFC 1035, section 2.3.4). Components choose it.
fn is_short(host: &&str) -> bool {
    host.len() <= 253
}

impl fmt::Debug for ClientMetrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ClientMetrics").finish_non_exhaustive()
    }
}
