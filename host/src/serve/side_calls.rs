//! Requests that members make on the side.

use std::sync::Arc;

use tracing::warn;
use witgen_serve::proxy::{ErrorCode, HttpUpstream, Inbound, Request, Response, Upstream};
use witgen_serve::server::Exchange;

use super::metrics::{ByOutcome, Metrics};
use super::policy::Policy;

/// The network, as far as anybody may use it; its connections are for all members.
#[derive(Clone)]
pub struct Network {
    policy: Arc<Policy>,
    upstream: HttpUpstream,
}

impl Network {
    pub fn new(policy: Arc<Policy>) -> Self {
        let reaches = policy.clone();
        let upstream = HttpUpstream::to_target().addresses(move |address| reaches.reaches(address));
        Network { policy, upstream }
    }
}

/// The requests of one member.
pub struct SideCalls {
    member: Arc<str>,
    network: Network,
    metrics: Arc<Metrics>,
}

impl SideCalls {
    pub fn new(member: Arc<str>, network: Network, metrics: Arc<Metrics>) -> Self {
        SideCalls {
            member,
            network,
            metrics,
        }
    }

    fn count(&self, outcome: &'static str) {
        let by = ByOutcome {
            member: self.member.to_string(),
            outcome,
        };
        self.metrics.side_calls.get_or_create(&by).inc();
    }

    fn denied(&self, host: &str, id: &str, why: &str) {
        self.count("denied");
        warn!(target: "side-call", member = &*self.member, request = id, host, "denied: {why}");
    }
}

impl Upstream for SideCalls {
    async fn send(&self, request: Request) -> Result<Response, ErrorCode> {
        let exchange = request.extensions().get::<Inbound>();
        let exchange = exchange
            .and_then(|inbound| inbound.get::<Arc<Exchange>>())
            .cloned();
        if let Some(exchange) = &exchange {
            exchange.add_side_call();
        }
        let id = exchange
            .as_ref()
            .map_or("", |exchange| exchange.id.as_str());
        let uri = request.uri();
        let host = uri
            .authority()
            .map_or("", |authority| authority.as_str())
            .to_owned();
        if !self.network.policy.allows(&self.member, uri) {
            self.denied(&host, id, "no --allow names it");
            return Err(ErrorCode::HttpRequestDenied);
        }
        let answer = self.network.upstream.send(request).await;
        match &answer {
            Ok(_) => self.count("answered"),
            Err(ErrorCode::DestinationIpProhibited) => {
                let why =
                    "it leads to an address that is not public, and no --allow-address names it";
                self.denied(&host, id, why);
            }
            Err(_) => self.count("failed"),
        }
        answer
    }
}
