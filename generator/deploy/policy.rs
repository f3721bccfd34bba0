//! The permissions of members, for engines that have one policy for a whole component.

use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use super::allowed::Allowed;
use super::problems::Problems;
use crate::chain_file::{ChainFile, OriginTarget, Setting, Variable};
use crate::compose::{Callee, InterfaceName, Plan};
use crate::diagnostic::Place;

/// A member that sends side calls over the network, and where these may go.
pub(super) struct Caller {
    pub name: String,
    pub allowed: BTreeSet<Allowed>,
    /// Where the file states it.
    pub place: Place,
}

/// The environment of a component.
#[derive(Debug, Default)]
pub(super) struct Environment {
    pub values: BTreeMap<String, String>,
    /// Variables whose values are in files, which aren't read.
    pub secrets: BTreeMap<String, String>,
}

/// Returns the members of a composition that send side calls over the network.
pub(super) fn callers(plan: &Plan, file: &ChainFile, problems: &mut Problems<'_>) -> Vec<Caller> {
    let contents = file.contents();
    let calls = plan.calls.iter().filter(|call| call.is_side_call && call.to == Callee::Host);
    let names: BTreeSet<&str> = calls.filter_map(|call| call.from.as_deref()).collect();
    let mut callers = Vec::new();
    for name in names {
        let Some(member) = contents.members.get(name) else {
            continue;
        };
        let place = member.allow.first().map_or(file.place(&member.component), |it| file.place(it));
        let entries = member.allow.iter().chain(&contents.side_calls.allow);
        let allowed = entries.filter_map(|entry| parse(entry, problems));
        callers.push(Caller {
            name: name.to_owned(),
            allowed: allowed.collect(),
            place,
        });
    }
    callers
}

fn parse(entry: &Setting<String>, problems: &mut Problems<'_>) -> Option<Allowed> {
    let allowed = Allowed::parse(entry);
    if allowed.is_none() {
        problems.unsupported(
            entry,
            &format!("can't allow `{}`, which isn't a host", **entry),
            "write it as `auth.example`, `auth.example:443`, `*.example.com` or `*`",
        );
    }
    allowed
}

/// Returns the only policy of a component whose members may all do the same.
pub(super) fn shared(callers: &[Caller], problems: &mut Problems<'_>) -> BTreeSet<Allowed> {
    let Some((first, others)) = callers.split_first() else {
        return BTreeSet::new();
    };
    for other in others.iter().filter(|other| other.allowed != first.allowed) {
        problems.unsupported_at(
            other.place.clone(),
            &format!(
                "runs the chain as one component, so `{}` and `{}` can't have different `allow`",
                first.name, other.name
            ),
            "give all members that make side calls the same `allow`, or deny their side calls with `clients = \"deny\"`",
        );
    }
    first.allowed.clone()
}

/// Returns the environment that the members of a component share.
pub(super) fn environment(
    plan: &Plan,
    file: &ChainFile,
    problems: &mut Problems<'_>,
) -> Environment {
    let importers: BTreeSet<&str> = plan
        .imports
        .iter()
        .filter(|import| {
            let name = import.name.rsplit(": ").next().unwrap_or_default();
            InterfaceName::parse(name).path == "wasi:cli/environment"
        })
        .flat_map(|import| import.members.iter().map(String::as_str))
        .collect();
    let mut environment = Environment::default();
    let mut first: Option<&str> = None;
    for name in importers {
        let Some(member) = file.contents().members.get(name) else {
            continue;
        };
        match first {
            None => {
                first = Some(name);
                for (key, variable) in &member.environment {
                    match &**variable {
                        Variable::Text(text) => {
                            environment.values.insert((**key).clone(), text.clone());
                        }
                        Variable::File(secret) => {
                            environment.secrets.insert((**key).clone(), secret.file.clone());
                        }
                    }
                }
            }
            Some(first) if file.contents().members[first].environment != member.environment => {
                let place = match member.environment.keys().next() {
                    Some(key) => file.place(key),
                    None => file.place(&member.component),
                };
                problems.unsupported_at(
                    place,
                    &format!(
                        "runs the chain as one component, so `{first}` and `{name}` can't have different environments"
                    ),
                    "give both the same `environment`, or build one of them without `wasi:cli/environment`",
                );
            }
            Some(_) => {}
        }
    }
    environment
}

/// Adds the settings of chains that only `witgen-serve` enforces.
pub(super) fn check_settings(file: &ChainFile, chains: &[&str], problems: &mut Problems<'_>) {
    const HELP: &str =
        "leave it out, or deploy to an engine that runs `witgen-serve`: `--for kubernetes`";
    let contents = file.contents();
    let members: BTreeSet<&str> =
        chains.iter().flat_map(|chain| contents.members_of(chain)).collect();
    let members = members.iter().filter_map(|name| contents.members.get(*name));
    let of_members = members.filter_map(|member| member.rate_limit.as_ref());
    let of_chains =
        chains.iter().filter_map(|name| contents.chains.get(*name)?.rate_limit.as_ref());
    let of_routes = contents.routes.iter().filter_map(|route| route.rate_limit.as_ref());
    let rates = of_members.chain(of_chains).chain(of_routes).chain(&contents.limits.rate_limit);
    for rate in rates {
        problems.unsupported(rate, "has no limit on rates of requests", HELP);
    }
    for host in contents.side_calls.routes.keys() {
        let what = format!("can't send requests for `{}` to another server", **host);
        problems.unsupported(host, &what, HELP);
    }
    // Rates are errors, and wasmCloud has the number of requests per instance.
    let is_expressed = |key: &str| match key {
        "limits.rate-limit" => true,
        "limits.instance-concurrency" => problems.engine() == Engine::Wasmcloud,
        _ => false,
    };
    let options: Vec<_> = file.options().iter().filter(|it| !is_expressed(&it.key)).collect();
    for section in ["limits", "log", "server"] {
        let is_own = |key: &str| key.split_once('.').is_some_and(|(first, _)| first == section);
        if let Some(option) = options.iter().find(|option| is_own(&option.key)) {
            problems.ignored(option.place.clone(), &format!("`[{section}]`"));
        }
    }
    if let Some(listener) = contents.listeners.first() {
        problems.ignored(file.place(&listener.address), "`[[listeners]]`");
    }
    if let Some(admin) = &contents.admin {
        problems.ignored(file.place(&admin.listen), "`[admin]`");
    }
    ignore_origins(file, chains, problems);
    if let Some(endpoint) = &contents.tracing.endpoint {
        problems.ignored(file.place(endpoint), "`[tracing]`");
    }
    if let Some(network) = contents.side_calls.allow_address.first() {
        problems.ignored(file.place(network), "`allow-address`");
    }
    if let Some(ca) = contents.tls.ca.first() {
        problems.ignored(file.place(ca), "`ca`");
    }
}

/// Warns of settings of origins: a forwarder sends each request once, to one server.
fn ignore_origins(file: &ChainFile, chains: &[&str], problems: &mut Problems<'_>) {
    let contents = file.contents();
    let of_chains = chains.iter().filter_map(|name| contents.chains.get(*name));
    let origins =
        of_chains.filter_map(
            |chain| match contents.origin_target(chain.origin.as_ref()?) {
                Some(OriginTarget::Named(name)) => Some(name),
                _ => None,
            },
        );
    let hops = chains.iter().flat_map(|name| file.origin_hops(name));
    let hops = hops.filter_map(|(_, _, origin)| match origin {
        OriginTarget::Named(name) => Some(name),
        OriginTarget::Url(_) => None,
    });
    let names: BTreeSet<&str> = origins.chain(hops).collect();
    for origin in names.into_iter().filter_map(|name| contents.origins.get(name)) {
        let settings = [
            ("balance", origin.balance.as_ref().map(|it| file.place(it))),
            ("health", origin.health.as_ref().map(|it| file.place(it))),
            (
                "outliers",
                origin.outliers.as_ref().map(|it| file.place(it)),
            ),
            ("retries", origin.retries.as_ref().map(|it| file.place(it))),
            (
                "timeouts",
                origin.timeouts.as_ref().map(|it| file.place(it)),
            ),
        ];
        for (key, place) in settings {
            if let Some(place) = place {
                problems.ignored(place, &format!("`{key}` of an origin"));
            }
        }
    }
}
