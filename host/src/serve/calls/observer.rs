//! Observes the calls to a member.

use std::sync::{Arc, Mutex};

use http::{Extensions, HeaderMap, StatusCode};
use prometheus_client::metrics::histogram::Histogram;
use witgen_serve::proxy::{CallObserver, ErrorCode, Inbound};

use super::{Call, Pending, lock};
use crate::serve::metrics::{ByMember, Metrics};

/// Observes the calls to a member.
pub struct MemberObserver {
    name: Arc<str>,
    own: Histogram,
    total: Histogram,
}

/// The call that a member handles, for its end.
struct Handling(Mutex<Option<Pending>>);

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
    fn begin(&self, headers: &mut HeaderMap, inbound: Option<&Inbound>) -> Extensions {
        let mut extensions = Extensions::new();
        let begun = inbound.and_then(|inbound| Pending::member(&self.name, headers, inbound));
        if let Some(pending) = begun {
            extensions.insert::<Arc<Call>>(pending.call.clone());
            extensions.insert(Arc::new(Handling(Mutex::new(Some(pending)))));
        }
        extensions
    }

    fn end(&self, inbound: &Inbound, response: Option<Result<StatusCode, &ErrorCode>>) {
        let handling = inbound.get::<Arc<Handling>>();
        let pending = handling.and_then(|handling| lock(&handling.0).take());
        // Without a response, the call is given up.
        if let (Some(pending), Some(response)) = (pending, response) {
            let outcome = pending.end(response);
            self.own.observe(outcome.own.as_secs_f64());
            self.total.observe(outcome.total.as_secs_f64());
        }
    }
}
