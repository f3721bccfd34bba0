//! Spin 4: an application with a trigger for each route, and the components that it consists of.
//!
//! A line of members becomes a component with middleware, which Spin links. Spin looks for the handler in one version, so each
//! member is presented in that. Next hops by other names and linked side calls are composed into one component.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use askama::Template;
use semver::Version;

use super::allowed::{Allowed, Host};
use super::chain::{closed, composed, resource_name, to_servers};
use super::imports::{self, WASI};
use super::policy;
use super::problems::Problems;
use super::toml::string as quoted;
use super::{Deployment, Engine, Options};
use crate::chain_file::{ChainFile, Variable};
use crate::compose::{Callee, Chain, Composition, Form, Member, is_kebab_case};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::registry::{Registries, sha256};
use crate::template;

/// The version of WASI in which Spin looks for handlers.
const WASI_VERSION: Version = Version::new(0, 3, 0);

/// Texts are in TOML's form.
#[derive(Template)]
#[template(path = "deploy/spin/spin.toml", escape = "none")]
struct Manifest {
    name: String,
    triggers: Vec<Trigger>,
    components: Vec<Component>,
}

struct Trigger {
    route: String,
    component: String,
    middleware: Vec<Middleware>,
}

#[derive(Clone)]
struct Middleware {
    member: String,
    component: String,
    /// Whether it may send requests to the hosts of the trigger's component.
    inherits: bool,
}

struct Component {
    id: String,
    digest: String,
    allowed: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Component {
    /// Returns a component that may send no requests.
    fn of(id: &str, composition: &Composition) -> Self {
        Component {
            id: id.to_owned(),
            digest: sha256(&composition.component),
            allowed: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// Whether one component can replace both, apart from their names.
    fn is_like(&self, other: &Component) -> bool {
        self.digest == other.digest
            && self.allowed == other.allowed
            && self.environment == other.environment
    }
}

/// A chain as Spin links it.
struct Parts {
    middleware: Vec<Middleware>,
    component: String,
}

/// Makes the application.
pub(super) fn deploy(
    file: &ChainFile,
    registries: &Registries,
    options: &Options,
) -> Result<Deployment> {
    let mut problems = Problems::new(Engine::Spin, file);
    let application = application(file, registries, options, &mut problems);
    let warnings = problems.into_result()?;
    Ok(Deployment {
        warnings: [application.warnings.clone(), warnings].concat(),
        ..application
    })
}

/// Makes the application, and adds what Spin can't express.
pub(super) fn application(
    file: &ChainFile,
    registries: &Registries,
    options: &Options,
    problems: &mut Problems<'_>,
) -> Deployment {
    let name = problems.take(resource_name(file, options)).unwrap_or_default();
    let chains = match &options.chain {
        Some(chain) => file.chain(Some(chain)).map(|chain| vec![chain]),
        None => file.served_chains(),
    };
    let chains = problems.take(chains).unwrap_or_default();
    policy::check_settings(file, &chains, problems);
    check_names(file, &chains, problems);
    let mut deployment = Deployment::default();
    let mut components = BTreeMap::new();
    let mut triggers = Vec::new();
    for chain in chains {
        let linked = problems.take(closed(chain, file, registries));
        let Some(linked) = linked else { continue };
        let parts = parts(
            chain,
            file,
            &linked,
            &mut components,
            &mut deployment,
            problems,
        );
        if let Some(parts) = parts {
            triggers.extend(
                routes(chain, file, problems).into_iter().map(|route| Trigger {
                    route,
                    component: parts.component.clone(),
                    middleware: parts.middleware.clone(),
                }),
            );
        }
    }
    let manifest = Manifest {
        name,
        triggers,
        components: components.into_values().collect(),
    };
    deployment.files.insert("spin.toml", template::text(&manifest));
    deployment
}

/// Adds chains whose names components can't have.
fn check_names(file: &ChainFile, chains: &[&str], problems: &mut Problems<'_>) {
    let names = chains.iter().filter(|chain| !is_kebab_case(chain));
    for (name, _) in names.filter_map(|chain| file.contents().chains.get_key_value(*chain)) {
        let what = format!("can't call a component `{}`", **name);
        problems.unsupported(
            name,
            &what,
            "name the chain in lower case, with words joined by hyphens",
        );
    }
}

/// Returns the routes of a chain in Spin's form.
fn routes(chain: &str, file: &ChainFile, problems: &mut Problems<'_>) -> Vec<String> {
    let contents = file.contents();
    let own = contents.routes.iter().filter(|route| route.chain.as_str() == chain);
    let mut routes = Vec::new();
    for route in own {
        if let Some(host) = &route.host {
            problems.unsupported(
                host,
                "routes requests by path, not by host",
                "leave out the host, or route hosts in front of Spin",
            );
        }
        let path = route.path.as_ref().map_or("/", |path| path.as_str());
        // Spin's own forms of segments.
        if path.contains("/:") || path.contains("/...") {
            let place = route.path.as_ref().map_or(file.place(&route.chain), |it| file.place(it));
            problems.unsupported_at(
                place,
                &format!("reads `{path}` as a pattern"),
                "use a path without segments that begin with `:` or `...`",
            );
        }
        routes.push(quoted(&format!("{}/...", path.trim_end_matches('/'))));
    }
    if contents.routes.is_empty() {
        routes.push(quoted("/..."));
    }
    routes
}

/// Adds the components of a chain.
fn parts(
    chain: &str,
    file: &ChainFile,
    linked: &Chain,
    components: &mut BTreeMap<String, Component>,
    deployment: &mut Deployment,
    problems: &mut Problems<'_>,
) -> Option<Parts> {
    let contents = file.contents();
    let line: Vec<&str> = contents
        .chains
        .get(chain)?
        .members
        .iter()
        .map(|member| member.as_str())
        .collect();
    let is_line = contents.members_of(chain) == line
        && line
            .iter()
            .filter_map(|name| contents.members.get(*name))
            .all(|member| member.hops.is_empty() && member.clients.is_none());
    if !is_line {
        let composition = present(chain, file, linked.clone(), None, problems)?;
        let component = whole(chain, &composition, file, problems);
        return Some(Parts {
            middleware: Vec::new(),
            component: add_component(chain, component, &composition, components, deployment),
        });
    }
    let members: Vec<&Member> = line
        .iter()
        .filter_map(|name| linked.members().iter().find(|it| it.name() == *name))
        .collect();
    let (last, others) = members.split_last()?;
    let mut middleware = Vec::new();
    let mut callers = Vec::new();
    for member in others {
        let single = problems.take(Chain::new(vec![(*member).clone()]))?;
        let single = single.leave_open();
        let composition = present(chain, file, single, Some(Form::Middleware), problems)?;
        callers.extend(policy::callers(&composition.plan, file, problems));
        reject_environment(&composition, file, problems);
        imports::check(&composition, &WASI, file, problems);
        let component = Component::of(member.name(), &composition);
        middleware.push(Middleware {
            member: member.name().to_owned(),
            component: add_component(chain, component, &composition, components, deployment),
            inherits: false,
        });
    }
    // Its next hop is as in the whole chain: a forwarder, or none.
    let single = problems.take(Chain::new(vec![(*last).clone()]))?;
    let single = match contents.chains.get(chain).and_then(|chain| chain.origin.as_ref()) {
        Some(_) => problems.take(to_servers(chain, file, single))?,
        None => single,
    };
    let composition = present(chain, file, single, None, problems)?;
    let own = policy::callers(&composition.plan, file, problems);
    let allowed = inherited(&callers, &own, &composition, &mut middleware, problems);
    let environment = environment(&composition, file, problems);
    imports::check(&composition, &WASI, file, problems);
    let component = Component {
        allowed,
        environment,
        ..Component::of(last.name(), &composition)
    };
    Some(Parts {
        middleware,
        component: add_component(chain, component, &composition, components, deployment),
    })
}

/// Composes a part of a chain as Spin expects it.
fn present(
    chain: &str,
    file: &ChainFile,
    part: Chain,
    form: Option<Form>,
    problems: &mut Problems<'_>,
) -> Option<Composition> {
    let place = part.members().first().and_then(|member| {
        let entry = file.contents().members.get(member.name())?;
        Some(file.place(&entry.component))
    });
    let part = part.wasi_version(WASI_VERSION);
    let result = match form {
        Some(form) => {
            part.present_as(form).compose().map_err(|failure| file.explain(chain, failure))
        }
        None => composed(chain, file, &part),
    };
    problems.take(result.map_err(|failure| at_member(failure, place)))
}

/// Puts a failure that names options of `witgen compose` at the member that it is about.
fn at_member(failure: Failure, place: Option<Place>) -> Failure {
    let Some(place) = place else { return failure };
    failure.map(|error| {
        if error.code != codes::NEWER_ITEM {
            return error;
        }
        let message = format!("Spin has WASI {WASI_VERSION}: {}", error.message);
        Diagnostic::error(codes::UNSUPPORTED_BY_ENGINE, message)
            .at(place.clone())
            .help("build the component without it, or use an engine that provides it")
    })
}

/// Returns the hosts of the trigger's component, from which middleware inherits all or none.
fn inherited(
    callers: &[policy::Caller],
    own: &[policy::Caller],
    composition: &Composition,
    middleware: &mut [Middleware],
    problems: &mut Problems<'_>,
) -> Vec<String> {
    let mut wanted: BTreeSet<Allowed> = own.iter().flat_map(|it| it.allowed.clone()).collect();
    let servers: BTreeSet<String> = composition
        .plan
        .calls
        .iter()
        .filter_map(|call| match &call.to {
            Callee::Server(url) => server_host(url),
            _ => None,
        })
        .collect();
    let with_calls: Vec<&policy::Caller> =
        callers.iter().filter(|caller| !caller.allowed.is_empty()).collect();
    wanted.extend(with_calls.iter().flat_map(|caller| caller.allowed.clone()));
    let of_servers: BTreeSet<Allowed> = servers
        .iter()
        .filter_map(|server| Allowed::parse(server.split("://").nth(1)?))
        .collect();
    let is_all = |caller: &policy::Caller| {
        let covers = |host: &Allowed| caller.allowed.iter().any(|own| own.covers(host));
        wanted.iter().chain(&of_servers).all(covers)
    };
    for caller in with_calls.iter().copied().chain(own) {
        if let Some(name) = caller.allowed.iter().find_map(|allowed| own_name(&allowed.host)) {
            problems.unsupported_at(
                caller.place.clone(),
                &format!("calls the application itself `{name}`"),
                "leave this host out",
            );
        }
        if !is_all(caller) {
            problems.unsupported_at(
                caller.place.clone(),
                &format!(
                    "allows middleware all hosts of the component after it, or none, and `{}` may use only some of them",
                    caller.name
                ),
                "give the members that make side calls, and the origin, the same hosts in `allow`",
            );
        }
    }
    for entry in middleware {
        entry.inherits = with_calls.iter().any(|caller| caller.name == entry.member);
    }
    let hosts = wanted.iter().map(|allowed| quoted(&spin_host(allowed)));
    let servers = servers.iter().map(|server| quoted(server));
    hosts.chain(servers).collect()
}

/// Returns the host of a server in Spin's form.
fn server_host(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let (scheme, host) = (url.scheme(), url.host_str()?);
    Some(format!(
        "{scheme}://{host}:{}",
        url.port_or_known_default()?
    ))
}

/// Returns a name that is no host's to Spin, but the application's or that of one of its components.
fn own_name(host: &Host) -> Option<&str> {
    const COMPONENTS: &str = "spin.internal";
    let (Host::Name(name) | Host::Subdomains(name)) = host else {
        return None;
    };
    let is_component = |name: &str| name == COMPONENTS || name.ends_with(".spin.internal");
    (["self", "self.alt"].contains(&name.as_str()) || is_component(name)).then_some(name)
}

/// Returns an entry of `allowed_outbound_hosts`.
fn spin_host(allowed: &Allowed) -> String {
    let host = match &allowed.host {
        Host::Any => "*".to_owned(),
        Host::Name(name) => name.clone(),
        Host::Subdomains(parent) => format!("*.{parent}"),
        Host::Address(IpAddr::V6(address)) => format!("[{address}]"),
        Host::Address(address) => address.to_string(),
    };
    let port = allowed.port.map_or_else(|| "*".to_owned(), |port| port.to_string());
    format!("*://{host}:{port}")
}

/// Returns the environment of the trigger's component.
fn environment(
    composition: &Composition,
    file: &ChainFile,
    problems: &mut Problems<'_>,
) -> Vec<(String, String)> {
    let environment = policy::environment(&composition.plan, file, problems);
    let members = file.contents().members.values();
    for (key, variable) in members.flat_map(|member| &member.environment) {
        if environment.secrets.contains_key(key.as_str())
            && let Variable::File(_) = &**variable
        {
            problems.unsupported(
                variable,
                "has no environment with values of files",
                "pass the value as a variable of the environment: `\"${NAME}\"`, which is then part of spin.toml",
            );
        }
    }
    let pairs = environment.values.into_iter();
    pairs.map(|(key, text)| (quoted(&key), quoted(&text))).collect()
}

/// Rejects the environment of middleware.
fn reject_environment(composition: &Composition, file: &ChainFile, problems: &mut Problems<'_>) {
    let environment = policy::environment(&composition.plan, file, problems);
    for member in &composition.plan.members {
        let Some(member) = file.contents().members.get(member.as_str()) else {
            continue;
        };
        for key in member.environment.keys() {
            if environment.values.contains_key(key.as_str())
                || environment.secrets.contains_key(key.as_str())
            {
                problems.unsupported(
                    key,
                    "has no environment for middleware",
                    "leave it out, or build the component with the value",
                );
            }
        }
    }
}

/// Returns the component of a whole chain, which has one policy.
fn whole(
    chain: &str,
    composition: &Composition,
    file: &ChainFile,
    problems: &mut Problems<'_>,
) -> Component {
    imports::check(composition, &WASI, file, problems);
    let callers = policy::callers(&composition.plan, file, problems);
    policy::shared(&callers, problems);
    Component {
        allowed: inherited(&[], &callers, composition, &mut [], problems),
        environment: environment(composition, file, problems),
        ..Component::of(chain, composition)
    }
}

/// Adds a component, and returns its name. Another one may have the name already: a member can be in several chains, each with an
/// origin and middleware of its own.
fn add_component(
    chain: &str,
    mut component: Component,
    composition: &Composition,
    components: &mut BTreeMap<String, Component>,
    deployment: &mut Deployment,
) -> String {
    let first = component.id.clone();
    let others = (1..).map(|number| match number {
        1 => format!("{chain}-{first}"),
        number => format!("{chain}-{first}-{number}"),
    });
    let id = std::iter::once(first.clone())
        .chain(others)
        .find(|id| components.get(id).is_none_or(|other| other.is_like(&component)))
        .expect("there is always a free number");
    component.id.clone_from(&id);
    components.insert(id.clone(), component);
    deployment
        .components
        .insert(format!("{id}.wasm"), composition.component.clone());
    deployment.warnings.extend(composition.warnings.clone());
    id
}
