//! Observes the requests of a member to a next hop.

use std::sync::Arc;

use witgen_serve::proxy::{ErrorCode, Request, Response, Upstream};

use super::Pending;

/// A next hop of a member, whose requests are observed.
pub struct ObservedNextHop<U> {
    member: Arc<str>,
    upstream: U,
}

impl<U> ObservedNextHop<U> {
    pub fn new(member: &str, upstream: U) -> Self {
        ObservedNextHop {
            member: member.into(),
            upstream,
        }
    }
}

impl<U: Upstream> Upstream for ObservedNextHop<U> {
    async fn send(&self, mut request: Request) -> Result<Response, ErrorCode> {
        let pending = Pending::server(&self.member, &mut request);
        let response = self.upstream.send(request).await;
        if let Some(pending) = pending {
            pending.end(response.as_ref().map(|response| response.status()));
        }
        response
    }

    fn fault(&self) -> Option<String> {
        self.upstream.fault()
    }
}
