//! The calls of a chain that leave it: which import each goes through, and to which server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use http::Uri;
use witgen::compose::{Call, Callee, Plan};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen_serve::proxy::{Builder, Denied, Proxy};

use super::calls::MemberObserver;
use super::http_metrics::HttpMetrics;
use super::log::member::MemberLog;
use super::metrics::Metrics;
use super::page::recorder::Recorder;
use super::side_call_rates::SideCallLimits;
use super::side_calls::{Network, SideCalls};

/// Servers, by the member and the next hop that leads to them.
pub type Servers = BTreeMap<(String, String), Uri>;

/// The calls of a chain that this host sends.
pub struct HostCalls {
    pub next_hops: Vec<NextHop>,
    side_calls: Vec<SideCall>,
    /// The members of the composition.
    linked: BTreeSet<String>,
    /// Calls that no component can contain.
    links: Vec<HostLink>,
    /// Calls within the composition that this host makes.
    observed: Vec<ObservedCall>,
}

/// A call within the composition that this host makes.
struct ObservedCall {
    member: String,
    import: String,
    export: String,
    /// The member or service that is called.
    to: String,
}

/// A side call that this host sends.
struct SideCall {
    member: String,
    /// The import of the chain, or of the member beside it, for the call.
    import: String,
    is_beside: bool,
}

/// A call that this host links: to a service of WASI 0.2, or from a client of WASI 0.2.
pub struct HostLink {
    pub member: String,
    /// The import of the chain, or of the member beside it, for the call.
    pub import: String,
    /// The member or service that is called; `None` if the call is denied.
    pub to: Option<String>,
    is_beside: bool,
}

/// A next hop that leads to a server or to the origin.
pub struct NextHop {
    pub member: String,
    /// The member's name for it.
    pub hop: String,
    /// The import of the chain for it.
    pub import: String,
    /// `None` if it leads to the origin.
    pub server: Option<Uri>,
}

impl HostCalls {
    /// Returns the calls of a chain, by its plan. A next hop without a server of its own leads to the servers of `origin`.
    ///
    /// # Errors
    ///
    /// Every next hop without a server, and an `origin` that none needs.
    pub fn of(plan: &Plan, servers: &Servers, origin: &[Uri]) -> Result<Self, Failure> {
        let mut found = HostCalls {
            next_hops: Vec::new(),
            side_calls: Vec::new(),
            linked: plan.calls.iter().filter_map(linked).collect(),
            links: plan.calls.iter().filter_map(HostLink::of).collect(),
            observed: plan.calls.iter().filter_map(ObservedCall::of).collect(),
        };
        let mut is_origin_used = false;
        let mut failures = Vec::new();
        for call in plan.calls.iter().filter(|call| call.to == Callee::Host) {
            let (Some(member), Some(hop), Some(import)) = (&call.from, &call.hop, &call.import)
            else {
                continue;
            };
            if call.is_side_call {
                found.side_calls.push(SideCall {
                    member: member.clone(),
                    import: import.clone(),
                    is_beside: call.is_beside,
                });
                continue;
            }
            let own = servers.get(&(member.clone(), hop.clone()));
            is_origin_used |= own.is_none();
            if own.is_none() && origin.is_empty() {
                failures.push(no_server(plan, call, member, hop));
            }
            found.next_hops.push(NextHop {
                member: member.clone(),
                hop: hop.clone(),
                import: import.clone(),
                server: own.cloned(),
            });
        }
        if let ([origin, ..], false) = (origin, is_origin_used) {
            failures.push(unused_origin(plan, origin));
        }
        Failure::of(failures).map_or(Ok(found), Err)
    }

    /// Whether the composition contains a member or service.
    pub fn is_linked(&self, name: &str) -> bool {
        self.linked.contains(name)
    }

    /// Whether this host links calls to a member or service, which then runs beside the chain.
    pub fn runs_beside(&self, name: &str) -> bool {
        self.links.iter().any(|link| link.to.as_deref() == Some(name))
    }

    /// Returns the members that make side calls.
    pub fn callers(&self) -> Vec<String> {
        let callers = self.side_calls.iter().map(|call| call.member.clone());
        callers.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Whether a member makes a call through one of its imports.
    pub fn has_import(&self, member: &str, import: &str) -> bool {
        let side_calls = self.side_calls.iter().map(|call| (&call.member, &call.import));
        let links = self.links.iter().map(|link| (&link.member, &link.import));
        side_calls.chain(links).any(|(caller, own)| caller == member && own == import)
    }
}

/// Returns the member or service that a call within the composition leads to.
fn linked(call: &Call) -> Option<String> {
    match &call.to {
        Callee::Member(name) | Callee::Service(name)
            if call.import.is_none() || call.export.is_some() =>
        {
            Some(name.clone())
        }
        _ => None,
    }
}

/// Adds the calls of members to builders.
pub struct Links<'a> {
    pub calls: &'a HostCalls,
    pub network: Network,
    pub metrics: &'a Arc<Metrics>,
    pub http: Option<&'a Arc<HttpMetrics>>,
    pub limits: &'a SideCallLimits,
    /// Records what the page of operators shows, if there is one.
    pub recorder: Option<&'a Arc<Recorder>>,
}

impl Links<'_> {
    /// Adds the calls of a member to the builder of the chain, or of the member itself if it runs beside the chain. `beside`
    /// are the handlers that run there.
    pub fn add_to<'b>(
        &self,
        mut builder: Builder<'b>,
        log: &Arc<MemberLog>,
        is_beside: bool,
        beside: &BTreeMap<String, Proxy>,
    ) -> Builder<'b> {
        let is_own = |member: &str, place| *member == *log.member && place == is_beside;
        let side_calls = self.calls.side_calls.iter();
        for call in side_calls.filter(|call| is_own(&call.member, call.is_beside)) {
            let calls = SideCalls::new(log.clone(), self.network.clone(), self.metrics.clone())
                .http(self.http)
                .record(self.recorder.cloned())
                .limit(self.limits.of(&*log.member));
            builder = builder.import_upstream(&call.import, calls);
        }
        let observed = self.calls.observed.iter();
        for call in observed.filter(|call| is_own(&call.member, is_beside)) {
            let observer = MemberObserver::new(&call.to, self.metrics);
            builder = builder.member_call(&call.import, &call.export, observer);
        }
        let links = self.calls.links.iter();
        for link in links.filter(|link| is_own(&link.member, link.is_beside)) {
            let target = link.to.as_ref().and_then(|name| beside.get(name));
            builder = match target {
                Some(proxy) => builder.import_upstream(&link.import, proxy.clone()),
                None => builder.import_upstream(&link.import, Denied),
            };
        }
        builder
    }
}

impl ObservedCall {
    fn of(call: &Call) -> Option<Self> {
        Some(ObservedCall {
            member: call.from.clone()?,
            import: call.import.clone()?,
            export: call.export.clone()?,
            to: call.to.name().to_owned(),
        })
    }
}

impl HostLink {
    fn of(call: &Call) -> Option<Self> {
        if call.export.is_some() {
            return None;
        }
        let to = match &call.to {
            Callee::Member(name) | Callee::Service(name) => Some(name.clone()),
            Callee::Nobody => None,
            _ => return None,
        };
        Some(HostLink {
            member: call.from.clone()?,
            import: call.import.clone()?,
            to,
            is_beside: call.is_beside,
        })
    }
}

fn no_server(plan: &Plan, call: &Call, member: &str, hop: &str) -> Diagnostic {
    let is_last = plan.members.last().is_some_and(|last| last == member);
    let next_hops = plan.calls.iter().filter(|other| !other.is_side_call);
    let is_only = next_hops.filter(|other| other.from == call.from).count() == 1;
    let message = format!("the next hop `{hop}` of `{member}` has no target");
    let diagnostic = Diagnostic::error(codes::NO_ORIGIN, message);
    if is_last && is_only && !plan.is_tree {
        diagnostic.help("pass --origin URL, or add the component that it leads to after it")
    } else {
        diagnostic.help(format!(
            "pass --hop {member}.{hop}=URL or --hop {member}.{hop}=FILE, or --origin URL for all next hops without a --hop"
        ))
    }
}

fn unused_origin(plan: &Plan, origin: &Uri) -> Diagnostic {
    let last = plan.members.last().map_or("", String::as_str);
    let is_of_last = |call: &&Call| call.from.as_deref() == Some(last) && !call.is_side_call;
    let has_next_hop = plan.calls.iter().any(|call| is_of_last(&call));
    let (message, help) = if has_next_hop {
        (
            "no next hop uses --origin, because each has a --hop".to_owned(),
            "leave out --origin",
        )
    } else {
        (
            format!("`{last}` has no next hop, so nothing would be sent to --origin"),
            "leave out --origin, or end the chain with a proxy",
        )
    };
    Diagnostic::error(codes::NO_NEXT_HOP, message)
        .at(Place::argument(format!("--origin {origin}")))
        .help(help)
}
