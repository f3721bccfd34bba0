//! Observes the requests of a member to a next hop.

use std::sync::Arc;

use witgen_serve::proxy::{ErrorCode, Request, Response, Upstream};

use super::{Callee, ServerCall};

/// A next hop of a member, whose requests are observed.
pub struct ObservedNextHop<U> {
    member: Arc<str>,
    origin: Arc<str>,
    upstream: U,
}

impl<U> ObservedNextHop<U> {
    /// A next hop of a member, which leads to the origin of this name.
    pub fn new(member: &str, origin: &str, upstream: U) -> Self {
        ObservedNextHop {
            member: member.into(),
            origin: origin.into(),
            upstream,
        }
    }
}

impl<U: Upstream> Upstream for ObservedNextHop<U> {
    async fn send(&self, mut request: Request) -> Result<Response, ErrorCode> {
        let callee = |_: &Request| Callee::NextHop(self.origin.clone());
        let call = ServerCall::begin(&self.member, &mut request, callee);
        let response = self.upstream.send(request).await;
        call.end(response.as_ref().map(|response| response.status()));
        response
    }

    fn fault(&self) -> Option<String> {
        self.upstream.fault()
    }
}
