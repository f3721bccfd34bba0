//! The side calls of members.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Uri;
use http::uri::Authority;
use prometheus_client::metrics::counter::Counter;
use tracing::warn;
use witgen_serve::proxy::{ErrorCode, HttpUpstream, Inbound, Request, Response, Upstream};
use witgen_serve::server::{Exchange, RateLimit};

use super::calls::{Callee, ServerCall};
use super::http_metrics::{Caller, HttpMetrics, TimedCall};
use super::log::member::MemberLog;
use super::metrics::{ByOutcome, Metrics};
use super::page::recorder::Recorder;
use super::policy::{Policy, Reach, normalize_host};
use super::values::Route;

/// Sends the side calls of all members over the network, as the policy allows. Members share connections.
#[derive(Clone)]
pub struct Network {
    policy: Arc<Policy>,
    public: HttpUpstream,
    this_machine: HttpUpstream,
    anywhere: HttpUpstream,
    /// By host.
    routes: BTreeMap<String, HttpUpstream>,
}

impl Network {
    /// `configure` sets what all upstreams have in common.
    pub fn new(
        policy: Arc<Policy>,
        routes: &[Route],
        configure: &dyn Fn(HttpUpstream) -> HttpUpstream,
    ) -> Self {
        let (public, with_loopback) = (policy.clone(), policy.clone());
        let routes = routes.iter().map(|route| {
            let server = configure(HttpUpstream::new(route.server.clone()));
            (route.host.clone(), server)
        });
        let network = configure(HttpUpstream::to_target());
        Network {
            public: network.clone().addresses(move |address| public.allows_address(address)),
            this_machine: network.clone().addresses(move |address| {
                address.to_canonical().is_loopback() || with_loopback.allows_address(address)
            }),
            anywhere: network,
            policy,
            routes: routes.collect(),
        }
    }

    /// Returns the upstream for a member's request; `None` if the member may not send it.
    fn upstream(&self, member: &str, uri: &Uri) -> Option<&HttpUpstream> {
        let reach = self.policy.reach(member, uri);
        if !self.routes.is_empty() {
            let host = normalize_host(uri.host().unwrap_or_default());
            if let Some(server) = self.routes.get(&host) {
                // If rules name the host, they decide which members may use the route.
                let is_allowed = reach.is_some() || !self.policy.names(&host);
                return is_allowed.then_some(server);
            }
        }
        Some(match reach? {
            Reach::Public => &self.public,
            Reach::ThisMachine => &self.this_machine,
            Reach::Anywhere => &self.anywhere,
        })
    }
}

/// The side calls of one member.
pub struct SideCalls {
    log: Arc<MemberLog>,
    network: Network,
    metrics: Arc<Metrics>,
    answered: Counter,
    http: Option<Arc<HttpMetrics>>,
    caller: Caller,
    recorder: Option<Arc<Recorder>>,
    limit: Option<Arc<RateLimit>>,
}

impl SideCalls {
    pub fn new(log: Arc<MemberLog>, network: Network, metrics: Arc<Metrics>) -> Self {
        let by = by_outcome(&log.member, "answered");
        SideCalls {
            answered: metrics.side_calls.get_or_create_owned(&by),
            caller: Caller::Member(log.member.clone()),
            log,
            network,
            metrics,
            http: None,
            recorder: None,
            limit: None,
        }
    }

    /// Measures the calls that are sent.
    pub fn http(mut self, http: Option<&Arc<HttpMetrics>>) -> Self {
        self.http = http.cloned();
        self
    }

    /// Records calls without a response, for the page of operators.
    pub fn record(mut self, recorder: Option<Arc<Recorder>>) -> Self {
        self.recorder = recorder;
        self
    }

    /// Limits the rate of the calls.
    pub fn limit(mut self, limit: Option<Arc<RateLimit>>) -> Self {
        self.limit = limit;
        self
    }

    /// Counts, records and logs a call without a response.
    fn report(&self, outcome: &'static str, host: &str, id: &str, why: &str) {
        let by = by_outcome(&self.log.member, outcome);
        self.metrics.side_calls.get_or_create(&by).inc();
        if let Some(recorder) = &self.recorder {
            recorder.side_call(&self.log.member, host, outcome, why, id);
        }
        if self.log.admits(host.len() + why.len()) {
            warn!(target: "side-call", member = &*self.log.member, request = id, host, "{outcome}: {why}");
        }
    }
}

impl Upstream for SideCalls {
    async fn send(&self, mut request: Request) -> Result<Response, ErrorCode> {
        let callee = |request: &Request| Callee::SideCall(host(request.uri().authority()).into());
        let call = ServerCall::begin(&self.log.member, &mut request, callee);
        let response = self.send_allowed(request).await;
        call.end(response.as_ref().map(|response| response.status()));
        response
    }
}

impl SideCalls {
    /// Sends a request, if the member may send it.
    async fn send_allowed(&self, request: Request) -> Result<Response, ErrorCode> {
        let exchange = exchange(&request);
        if let Some(exchange) = &exchange {
            exchange.add_side_call();
        }
        let id = request_id(exchange.as_deref());
        let uri = request.uri();
        let authority = uri.authority().cloned();
        let host = host(authority.as_ref());
        let Some(upstream) = self.network.upstream(&self.log.member, uri) else {
            self.report("denied", host, id, "no --allow names it");
            return Err(ErrorCode::HttpRequestDenied);
        };
        if let Some(Err(wait)) = self.limit.as_ref().map(|limit| limit.check()) {
            let why = format!("the member's --side-call-rate is used up for {wait:.1?}");
            self.report("limited", host, id, &why);
            // Unlike `HTTP-request-denied`, it means that the call may succeed later: passed on, it is 503 with `Retry-After`,
            // not 403.
            return Err(ErrorCode::ConnectionLimitReached);
        }
        let timed = self
            .http
            .as_ref()
            .map(|http| TimedCall::begin(http, &self.caller, request.method(), uri));
        let response = upstream.send(request).await;
        if let Some(timed) = timed {
            timed.end(response.as_ref().map(|response| response.status()));
        }
        match &response {
            Ok(_) => {
                self.answered.inc();
            }
            Err(ErrorCode::DestinationIpProhibited) => {
                let why = "its address is not public, and no --allow-address includes it";
                self.report("denied", host, id, why);
            }
            Err(code) => self.report("failed", host, id, &reason(code)),
        }
        response
    }
}

fn by_outcome(member: &str, outcome: &'static str) -> ByOutcome {
    ByOutcome {
        member: member.to_owned(),
        outcome,
    }
}

/// Returns the host and port of a server. The user, who may have a password, isn't sent either.
fn host(authority: Option<&Authority>) -> &str {
    let authority = authority.map_or("", Authority::as_str);
    authority.rsplit('@').next().unwrap_or_default()
}

/// Returns the exchange during which a component sends a request.
fn exchange(request: &Request) -> Option<Arc<Exchange>> {
    request
        .extensions()
        .get::<Inbound>()
        .and_then(|inbound| inbound.get::<Arc<Exchange>>())
        .cloned()
}

/// Returns the identifier of a request in the log.
fn request_id(exchange: Option<&Exchange>) -> &str {
    exchange.map_or("", |exchange| exchange.id.as_str())
}

/// Describes a code with the message of wasmtime's error.
fn reason(code: &ErrorCode) -> String {
    wasmtime_wasi_http::Error::from(code.clone()).to_string()
}
