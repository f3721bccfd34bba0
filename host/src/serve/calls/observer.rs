//! Observes the calls to a member.

use std::sync::Arc;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};
use prometheus_client::metrics::histogram::Histogram;
use witgen_serve::proxy::{CallObserver, ErrorCode, Inbound};

use super::Pending;
use crate::serve::metrics::{ByMember, Metrics};
use crate::serve::trace::headers;

/// Observes the calls to a member.
pub struct MemberObserver {
    name: Arc<str>,
    own: Histogram,
    total: Histogram,
}

impl MemberObserver {
    pub fn new(name: &str, metrics: &Metrics) -> Self {
        let by = ByMember {
            member: name.to_owned(),
        };
        MemberObserver {
            name: name.into(),
            own: metrics.member_own_time.get_or_create_owned(&by),
            total: metrics.member_time.get_or_create_owned(&by),
        }
    }
}

impl CallObserver for MemberObserver {
    fn begin(&self, headers: &HeaderMap, inbound: Option<&Inbound>) -> Extensions {
        let mut extensions = Extensions::new();
        let begun = inbound.and_then(|inbound| Pending::member(&self.name, headers, inbound));
        if let Some(pending) = begun {
            extensions.insert(pending);
        }
        extensions
    }

    fn header(&self, inbound: &Inbound) -> Option<(HeaderName, HeaderValue)> {
        let pending = inbound.get::<Pending>()?;
        headers::traceparent(pending.call.context.as_ref()?)
    }

    fn end(&self, inbound: &Inbound, response: Option<Result<StatusCode, &ErrorCode>>) {
        if let Some(pending) = inbound.get::<Pending>() {
            let outcome = pending.end(response);
            if response.is_some() {
                self.own.observe(outcome.own.as_secs_f64());
                self.total.observe(outcome.total.as_secs_f64());
            }
        }
    }
}
