//! Requests that members make on the side.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Uri;
use tracing::warn;
use witgen_serve::proxy::{ErrorCode, HttpUpstream, Inbound, Request, Response, Upstream};
use witgen_serve::server::Exchange;

use super::args::Route;
use super::metrics::{ByOutcome, Metrics};
use super::policy::Policy;

/// The network, as far as anybody may use it; its connections are for all members.
#[derive(Clone)]
pub struct Network {
    policy: Arc<Policy>,
    upstream: HttpUpstream,
    /// By host.
    routes: BTreeMap<String, HttpUpstream>,
}

impl Network {
    pub fn new(policy: Arc<Policy>, routes: &[Route]) -> Self {
        let reaches = policy.clone();
        let upstream = HttpUpstream::to_target().addresses(move |address| reaches.reaches(address));
        let routes = routes.iter().map(|route| {
            let server = HttpUpstream::new(route.server.clone());
            (route.host.clone(), server)
        });
        Network {
            policy,
            upstream,
            routes: routes.collect(),
        }
    }

    /// What answers a member's request to a host; nothing if it may not be asked.
    fn upstream(&self, member: &str, uri: &Uri) -> Option<&HttpUpstream> {
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let allowed = || self.policy.allows(member, uri).then_some(&self.upstream);
        self.routes.get(&host).or_else(allowed)
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
        let Some(upstream) = self.network.upstream(&self.member, uri) else {
            self.denied(&host, id, "no --allow names it");
            return Err(ErrorCode::HttpRequestDenied);
        };
        let answer = upstream.send(request).await;
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
