//! wasmCloud 2: a `WorkloadDeployment` for each host of the chain's routes, and the component that it runs.

use std::collections::BTreeSet;

use askama::Template;

use super::allowed::{Allowed, Host};
use super::chain::{closed, composed, resource_name};
use super::http_route::numbered;
use super::imports::{self, WASI};
use super::pod::{is_secret_key, missing_option};
use super::policy::{self, Environment};
use super::problems::Problems;
use super::yaml::Text;
use super::{Deployment, Engine, Options, command};
use crate::chain_file::{ChainFile, Variable};
use crate::compose::{Callee, Composition, Plan};
use crate::diagnostic::Result;
use crate::registry::{Artifact, Registries};
use crate::template;

/// Requests of an instance at a time, unless the file states it: as `witgen-serve` has it.
const INSTANCE_CONCURRENCY: u64 = 16;

#[derive(Template)]
#[template(path = "deploy/wasmcloud/workload.yaml", escape = "none")]
struct Workloads {
    name: Text,
    workloads: Vec<Workload>,
    image: Text,
    max_concurrency: u64,
    allowed: Vec<Text>,
    environment: Vec<(Text, Text)>,
    /// The Secret with the values that are in files.
    secret: Option<Text>,
    /// The variables of the Secret.
    secrets: Vec<Text>,
}

struct Workload {
    name: Text,
    host: Text,
}

/// Makes the manifest, and the component that it names by its digest.
pub(super) fn deploy(
    file: &ChainFile,
    registries: &Registries,
    options: &Options,
) -> Result<Deployment> {
    let mut problems = Problems::new(Engine::Wasmcloud, file);
    let name = problems.take(resource_name(file, options)).unwrap_or_default();
    if options.package.as_ref().is_none_or(|package| package.version().is_none()) {
        problems.add(missing_option(
            "--package",
            "wasmCloud fetches the composed chain from a registry, so the chain needs a name and a version",
            "pass `--package NAMESPACE:NAME@VERSION`",
        ));
    }
    let chain = problems.take(single_chain(file, options)).unwrap_or_default();
    if chain.is_empty() {
        problems.into_result()?;
        return Ok(Deployment::default());
    }
    policy::check_settings(file, &[chain], &mut problems);
    let hosts = hosts(file, chain, &mut problems);
    let composition = closed(chain, file, registries).and_then(|it| composed(chain, file, &it));
    let Some(composition) = problems.take(composition) else {
        problems.into_result()?;
        return Ok(Deployment::default());
    };
    imports::check(&composition, &WASI, file, &mut problems);
    let allowed = allowed(&composition.plan, file, &mut problems);
    let environment = policy::environment(&composition.plan, file, &mut problems);
    check_secrets(&environment, file, &mut problems);
    let image = options.package.clone().and_then(|package| {
        let artifact = Artifact::of_wasm(composition.component.clone(), Some(package));
        let artifact = problems.take(artifact)?;
        Some((problems.take(registries.image(&artifact))?, artifact))
    });
    let warnings = problems.into_result()?;
    let mut deployment = Deployment {
        warnings: [composition.warnings.clone(), warnings].concat(),
        ..Deployment::default()
    };
    if let Some((image, artifact)) = image {
        let manifest = view(&name, &hosts, &image, allowed, &environment, file);
        deployment.files.insert("workload.yaml", template::text(&manifest));
        deployment.notes = notes(&name, file, &composition, &environment);
        deployment.artifact = Some(artifact);
    }
    deployment.components.insert(format!("{name}.wasm"), composition.component);
    Ok(deployment)
}

/// Returns the name of the chain that is deployed.
pub(super) fn single_chain<'a>(file: &'a ChainFile, options: &Options) -> Result<&'a str> {
    if options.chain.is_some() {
        return file.chain(options.chain.as_deref());
    }
    match file.served_chains()?.as_slice() {
        [only] => Ok(only),
        _ => file.chain(None),
    }
}

/// Returns the hosts of the chain's routes.
fn hosts(file: &ChainFile, chain: &str, problems: &mut Problems<'_>) -> Vec<String> {
    const HELP: &str = "give the chain a route with a `host`: `[[routes]]`";
    let contents = file.contents();
    let routes: Vec<_> = contents.routes.iter().filter(|it| it.chain.as_str() == chain).collect();
    if routes.is_empty()
        && let Some((name, _)) = contents.chains.get_key_value(chain)
    {
        let what = format!("routes requests by host, and `{chain}` has no route");
        problems.unsupported(name, &what, HELP);
    }
    let mut hosts = Vec::new();
    for route in routes {
        match &route.host {
            None => problems.unsupported(
                &route.chain,
                "routes requests by host, and this route has none",
                HELP,
            ),
            Some(host) if host.starts_with("*.") => problems.unsupported(
                host,
                "has no routes for all subdomains of a host",
                "write a route for each host",
            ),
            Some(host) => hosts.push(host.trim_end_matches('.').to_ascii_lowercase()),
        }
        if let Some(path) = route.path.as_ref().filter(|path| path.as_str() != "/") {
            problems.unsupported(
                path,
                "routes requests by host, not by path",
                "leave out the path, or route paths in front of wasmCloud",
            );
        }
    }
    hosts
}

/// Reports variables that a Secret can't have.
fn check_secrets(environment: &Environment, file: &ChainFile, problems: &mut Problems<'_>) {
    let variables = file.contents().members.values().flat_map(|member| &member.environment);
    for (key, variable) in variables {
        let is_secret = matches!(**variable, Variable::File(_));
        if is_secret && environment.secrets.contains_key(key.as_str()) && !is_secret_key(key) {
            problems.unsupported(
                key,
                &format!("can't have a secret for the variable `{}`", **key),
                "name the variable with letters, digits, `_`, `.` and `-`",
            );
        }
    }
}

/// Returns the hosts that the component may send requests to, in wasmCloud's form.
fn allowed(plan: &Plan, file: &ChainFile, problems: &mut Problems<'_>) -> Vec<String> {
    let callers = policy::callers(plan, file, problems);
    let mut hosts = Vec::new();
    let entries = policy::shared(&callers, problems);
    for entry in &entries {
        match wasmcloud_host(entry) {
            Ok(host) => hosts.push(host),
            Err(what) => {
                for caller in &callers {
                    problems.unsupported_at(
                        caller.place.clone(),
                        &what,
                        "allow the host at all ports, or at another one",
                    );
                }
            }
        }
    }
    let mut origins = BTreeSet::new();
    let servers: BTreeSet<&str> = plan
        .calls
        .iter()
        .filter_map(|call| match &call.to {
            Callee::Server(url) => Some(url.as_str()),
            _ => None,
        })
        .collect();
    for url in servers {
        let Ok(parsed) = url::Url::parse(url) else {
            continue;
        };
        let host = parsed.host_str().unwrap_or_default();
        let port = parsed.port().map_or_else(String::new, |port| format!(":{port}"));
        let server = Allowed::parse(&match parsed.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        });
        for caller in &callers {
            let is_covered = server
                .as_ref()
                .is_some_and(|server| caller.allowed.iter().any(|own| own.covers(server)));
            if !is_covered {
                problems.unsupported_at(
                    caller.place.clone(),
                    &format!(
                        "runs the chain as one component, so `{}` could send side calls to the origin `{url}`",
                        caller.name
                    ),
                    &format!("accept this with `{host}` in its `allow`, or deny its side calls with `clients = \"deny\"`"),
                );
            }
        }
        // wasmCloud compares a dot at the end of a host, too.
        let is_allowed = server.is_some_and(|server| entries.iter().any(|it| it.covers(&server)));
        if !is_allowed || host.ends_with('.') {
            origins.insert(format!("{}://{host}{port}", parsed.scheme()));
        }
    }
    hosts.extend(origins);
    hosts
}

/// Returns an entry of `allowedHosts`. The error is what can't be expressed.
fn wasmcloud_host(allowed: &Allowed) -> std::result::Result<String, String> {
    let host = match &allowed.host {
        Host::Any if allowed.port.is_none() => return Ok("*".to_owned()),
        Host::Any => return Err("can't allow one port of all hosts".to_owned()),
        Host::Name(name) => name.clone(),
        Host::Subdomains(parent) => format!("*.{parent}"),
        Host::Address(address) if address.is_ipv4() => address.to_string(),
        Host::Address(address) => return Err(format!("can't allow the address `{address}`")),
    };
    match allowed.port {
        None => Ok(host),
        // It compares the port that a URL states, and these are left out.
        Some(port @ (80 | 443)) => Err(format!("can't allow port {port} of `{host}` alone")),
        Some(port) => Ok(format!("{host}:{port}")),
    }
}

fn view(
    name: &str,
    hosts: &[String],
    image: &str,
    allowed: Vec<String>,
    environment: &Environment,
    file: &ChainFile,
) -> Workloads {
    let workloads = hosts.iter().enumerate().map(|(at, host)| Workload {
        name: Text::new(numbered(name, at)),
        host: Text::new(host),
    });
    let concurrency = file.contents().limits.instance_concurrency.as_deref().copied();
    let quoted = |(key, text): (&String, &String)| (Text::new(key), Text::new(text));
    Workloads {
        name: Text::new(name),
        workloads: workloads.collect(),
        image: Text::new(image),
        max_concurrency: concurrency.unwrap_or(INSTANCE_CONCURRENCY),
        allowed: allowed.into_iter().map(Text::new).collect(),
        environment: environment.values.iter().map(quoted).collect(),
        secret: (!environment.secrets.is_empty()).then(|| Text::new(secret_name(name))),
        secrets: environment.secrets.keys().map(Text::new).collect(),
    }
}

/// Returns the name of the Secret with the values that are in files.
fn secret_name(name: &str) -> String {
    format!("{name}-secrets")
}

fn notes(
    name: &str,
    file: &ChainFile,
    composition: &Composition,
    environment: &Environment,
) -> Vec<String> {
    let mut notes = vec![format!("fits {}", composition.plan.world)];
    if !environment.secrets.is_empty() {
        let secrets = environment.secrets.iter();
        let secrets = secrets.map(|(key, path)| {
            (
                key.as_str(),
                file.resolve(path).to_string_lossy().into_owned(),
            )
        });
        notes.extend(command::create_secret(&secret_name(name), secrets));
    }
    notes
}
