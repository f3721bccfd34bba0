//! The served chains with their members, and the targets of their calls.

use serde::Serialize;
use witgen::compose::{Call, Callee, Chain, Plan};

use crate::serve::args::Args;
use crate::serve::policy::Policy;
use crate::serve::side_call_rates::SideCallRate;
use crate::serve::values::Route;

/// The served chains.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Served {
    /// Where clients find the server.
    pub listeners: Vec<String>,
    /// Whether the time of each member is measured.
    pub measures_members: bool,
    pub chains: Vec<ServedChain>,
}

/// A chain.
#[derive(Clone, Debug, Serialize)]
pub struct ServedChain {
    /// Its name in a `chain.toml`.
    pub name: Option<String>,
    /// The requests that it receives: `example.com/api`.
    pub routes: Vec<String>,
    /// The outermost first; after them the services that only side calls reach.
    pub members: Vec<ServedMember>,
}

/// A member of a chain.
#[derive(Clone, Debug, Serialize)]
pub struct ServedMember {
    pub name: String,
    /// The digest of its component.
    digest: String,
    /// Whether only side calls reach it.
    is_service: bool,
    next_hops: Vec<Hop>,
    side_calls: Vec<Hop>,
    /// The hosts that its side calls may go to over the network.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allow: Vec<String>,
    /// The rate of its side calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit: Option<String>,
}

/// Where calls of a member lead.
#[derive(Clone, Debug, Serialize)]
struct Hop {
    /// The member's name for it.
    hop: String,
    #[serde(flatten)]
    to: Target,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "to", rename_all = "kebab-case")]
enum Target {
    Member { name: String },
    Origin { name: String },
    Network,
    Denied,
}

impl ServedMember {
    /// Whether side calls of it go to the network.
    pub fn reaches_network(&self) -> bool {
        self.side_calls.iter().any(|hop| matches!(hop.to, Target::Network))
    }
}

/// Returns the members of a chain. `origin` returns the name of the origin that a next hop leads to.
pub fn members(
    chain: &Chain,
    plan: &Plan,
    args: &Args,
    origin: &dyn Fn(&str, &str) -> Option<String>,
) -> Vec<ServedMember> {
    let find = |name: &String| {
        let mut all = chain.members().iter().chain(chain.services());
        all.find(|member| member.name() == name)
    };
    let services: Vec<String> = chain.services().map(|service| service.name().to_owned()).collect();
    let services = services.iter().filter(|name| !plan.members.contains(name));
    let members = plan.members.iter().chain(services).filter_map(find);
    members
        .map(|member| {
            let name = member.name();
            let hops = |is_side_call| {
                let own = plan.calls.iter().filter(|call| call.from.as_deref() == Some(name));
                let mut hops = Vec::<Hop>::new();
                // A member that also runs beside the chain has its calls twice.
                for call in own.filter(|call| call.is_side_call == is_side_call) {
                    let hop = Hop::of(call, origin);
                    if !hops.iter().any(|known| known.hop == hop.hop) {
                        hops.push(hop);
                    }
                }
                hops
            };
            let mut served = ServedMember {
                name: name.to_owned(),
                digest: member.identity().digest.clone(),
                is_service: !plan.members.iter().any(|member| member == name),
                next_hops: hops(false),
                side_calls: hops(true),
                allow: Vec::new(),
                rate_limit: None,
            };
            if served.reaches_network() {
                served.allow = allowed(args, name);
                served.rate_limit = rate(&args.side_call_rates, name);
            }
            served
        })
        .collect()
}

/// Returns the hosts that a member may send side calls to, and servers that these go to instead.
fn allowed(args: &Args, member: &str) -> Vec<String> {
    let policy = Policy::new(args.allow.clone(), Vec::new());
    // If rules name the host of a route, they decide which members may use it.
    let is_for = |route: &&Route| {
        let uri = format!("http://{}/", route.host).parse();
        let reach = uri.ok().and_then(|uri| policy.reach(member, &uri));
        reach.is_some() || !policy.names(&route.host)
    };
    let routes: Vec<&Route> = args.route.iter().filter(is_for).collect();
    let rules = args.allow.iter().filter(|rule| rule.member().is_none_or(|own| own == member));
    let rules = rules.map(|rule| rule.for_all().to_string());
    let rules = rules.filter(|rule| !routes.iter().any(|route| route.host == *rule));
    let routed = routes.iter().map(|route| format!("{} (at {})", route.host, route.server));
    let all = args.allow_all.then(|| "*".to_owned());
    all.into_iter().chain(routed).chain(rules).collect()
}

/// Returns the rate of a member's side calls. The last one counts.
fn rate(rates: &[SideCallRate], member: &str) -> Option<String> {
    let own = rates.iter().rev().find(|rate| rate.member == member)?;
    Some(own.rate.to_string())
}

impl Hop {
    fn of(call: &Call, origin: &dyn Fn(&str, &str) -> Option<String>) -> Self {
        let hop = call.hop.clone().unwrap_or_default();
        let member = call.from.as_deref().unwrap_or_default();
        let to = match &call.to {
            Callee::Nobody => Target::Denied,
            Callee::Host if call.is_side_call => Target::Network,
            Callee::Host => Target::Origin {
                name: origin(member, &hop).unwrap_or_default(),
            },
            called => Target::Member {
                name: called.name().to_owned(),
            },
        };
        Hop { hop, to }
    }
}
