//! Kubernetes: a base of Kustomize with pods that run `witgen-serve`, and its components `gateway` and `monitoring`, which need
//! resources that a cluster may lack.

use std::collections::BTreeMap;

use askama::Template;

use super::chain::resource_name;
use super::docker_compose::{container, container_memory, moving_tag};
use super::egress::{Destination, Egress};
use super::pod::{FOLDER, Pod, PodMember, Port, SECRETS, USER};
use super::pod_file::{self, PodVariable, certificate_folder};
use super::problems::Problems;
use super::{Deployment, Engine, Options, yaml};
use crate::chain_file::ChainFile;
use crate::diagnostic::Result;
use crate::fileset::FileSet;
use crate::registry::Registries;
use crate::template;

/// Requests at a time, unless the file limits them: as `witgen-serve` has it.
const MAX_REQUESTS: u64 = 1024;

#[derive(Template)]
#[template(path = "deploy/kubernetes/kustomization.yaml", escape = "none")]
struct Kustomization<'a> {
    name: &'a str,
    /// The files of the ConfigMap.
    configs: &'a [String],
}

/// Values are in YAML's form.
#[derive(Template)]
#[template(path = "deploy/kubernetes/deployment.yaml", escape = "none")]
struct DeploymentFile<'a> {
    name: &'a str,
    image: String,
    user: u32,
    folder: &'static str,
    /// The folder of secrets.
    secrets_folder: &'static str,
    ports: &'a [Port],
    admin: u16,
    stop_seconds: u64,
    variables: &'a [PodVariable],
    /// The secrets of members; what they are made from.
    secrets: Vec<(&'a str, String)>,
    /// The folders of certificates, and the Secrets that they come from.
    certificates: Vec<(String, String)>,
    /// Components that the image has.
    in_image: Vec<&'a PodMember>,
    has_registries: bool,
    memory_mib: u64,
}

#[derive(Template)]
#[template(path = "deploy/kubernetes/service.yaml", escape = "none")]
struct Service<'a> {
    name: &'a str,
    ports: &'a [Port],
    admin: u16,
}

#[derive(Template)]
#[template(path = "deploy/kubernetes/pod-disruption-budget.yaml", escape = "none")]
struct DisruptionBudget<'a> {
    name: &'a str,
}

#[derive(Template)]
#[template(path = "deploy/kubernetes/network-policy.yaml", escape = "none")]
struct NetworkPolicy<'a> {
    name: &'a str,
    ports: &'a [Port],
    egress: Vec<EgressRule>,
}

struct EgressRule {
    comment: &'static str,
    blocks: Vec<Block>,
    ports: Option<Vec<u16>>,
}

struct Block {
    cidr: String,
    except: &'static [&'static str],
}

#[derive(Template)]
#[template(path = "deploy/kubernetes/gateway/http-route.yaml", escape = "none")]
struct HttpRoutes<'a> {
    name: &'a str,
    port: u16,
    routes: Vec<HttpRoute>,
}

struct HttpRoute {
    name: String,
    host: Option<String>,
    /// The beginnings of paths; `/` for all.
    paths: Vec<String>,
}

#[derive(Template)]
#[template(path = "deploy/kubernetes/gateway/kustomization.yaml", escape = "none")]
struct GatewayKustomization;

#[derive(Template)]
#[template(
    path = "deploy/kubernetes/monitoring/kustomization.yaml",
    escape = "none"
)]
struct MonitoringKustomization;

#[derive(Template)]
#[template(
    path = "deploy/kubernetes/monitoring/service-monitor.yaml",
    escape = "none"
)]
struct ServiceMonitor<'a> {
    name: &'a str,
}

#[derive(Template)]
#[template(
    path = "deploy/kubernetes/monitoring/horizontal-pod-autoscaler.yaml",
    escape = "none"
)]
struct Autoscaler<'a> {
    name: &'a str,
    /// Requests in flight per pod.
    in_flight: u64,
}

#[derive(Template)]
#[template(
    path = "deploy/kubernetes/monitoring/prometheus-adapter.yaml",
    escape = "none"
)]
struct Adapter;

/// Makes the manifests.
pub(super) fn deploy(
    file: &ChainFile,
    registries: &Registries,
    options: &Options,
) -> Result<Deployment> {
    let mut problems = Problems::new(Engine::Kubernetes, file);
    let name = problems.take(resource_name(file, options)).unwrap_or_default();
    let pod = container(file, registries, options, &mut problems);
    let egress = Egress::of(file, &pod, &mut problems);
    let routes = routes(&name, file, &pod, &mut problems);
    let mut warnings = problems.into_result()?;
    let Some(image) = &options.image else {
        return Ok(Deployment::default());
    };
    warnings.extend(moving_tag(image));
    let (text, variables) = pod_file::rewrite(file, &pod);
    let mut files = FileSet::new();
    files.insert("chain.toml", text);
    let mut configs = vec!["chain.toml".to_owned()];
    let registries = pod_file::registries(&pod);
    let has_registries = registries.is_some();
    if let Some(registries) = registries {
        files.insert("registries.toml", registries);
        configs.push("registries.toml".to_owned());
    }
    for (name, text) in &pod.authorities {
        files.insert(name, text);
        configs.push(name.clone());
    }
    let secrets = pod.secrets.iter();
    let secrets = secrets.map(|secret| (secret.key.as_str(), secret.file.replace('\n', " ")));
    let certificates = (0..pod.certificates.len())
        .map(|at| (certificate_folder(at), format!("{name}-tls-{}", at + 1)));
    let deployment = DeploymentFile {
        name: &name,
        image: yaml::string(&image.to_string()),
        user: USER,
        folder: FOLDER,
        secrets_folder: SECRETS,
        ports: &pod.ports,
        admin: pod.admin.1,
        stop_seconds: pod.stop_seconds,
        variables: &variables,
        secrets: secrets.collect(),
        certificates: certificates.collect(),
        in_image: pod.members.iter().filter(|member| member.file.is_some()).collect(),
        has_registries,
        memory_mib: container_memory(&pod),
    };
    let policy = NetworkPolicy {
        name: &name,
        ports: &pod.ports,
        egress: egress.iter().map(|(to, ports)| egress_rule(to, ports.clone())).collect(),
    };
    let in_flight = file.contents().limits.max_requests.as_deref().copied();
    let autoscaler = Autoscaler {
        name: &name,
        in_flight: (in_flight.unwrap_or(MAX_REQUESTS) / 4).max(1),
    };
    let texts = [
        (
            "kustomization.yaml",
            template::text(&Kustomization {
                name: &name,
                configs: &configs,
            }),
        ),
        ("deployment.yaml", template::text(&deployment)),
        (
            "service.yaml",
            template::text(&Service {
                name: &name,
                ports: &pod.ports,
                admin: pod.admin.1,
            }),
        ),
        (
            "pod-disruption-budget.yaml",
            template::text(&DisruptionBudget { name: &name }),
        ),
        ("network-policy.yaml", template::text(&policy)),
        (
            "gateway/kustomization.yaml",
            template::text(&GatewayKustomization),
        ),
        ("gateway/http-route.yaml", template::text(&routes)),
        (
            "monitoring/kustomization.yaml",
            template::text(&MonitoringKustomization),
        ),
        (
            "monitoring/service-monitor.yaml",
            template::text(&ServiceMonitor { name: &name }),
        ),
        (
            "monitoring/horizontal-pod-autoscaler.yaml",
            template::text(&autoscaler),
        ),
        (
            "monitoring/prometheus-adapter.yaml",
            template::text(&Adapter),
        ),
    ];
    for (path, text) in texts {
        files.insert(path, text);
    }
    Ok(Deployment {
        notes: notes(&name, &pod, &variables),
        files,
        warnings,
        ..Deployment::default()
    })
}

/// Returns the routes of the file: all lead to the service, which finds the chain.
fn routes<'a>(
    name: &'a str,
    file: &ChainFile,
    pod: &Pod,
    problems: &mut Problems<'_>,
) -> HttpRoutes<'a> {
    let mut hosts: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
    for route in &file.contents().routes {
        let host = route.host.as_ref().map(|host| host.trim_end_matches('.').to_ascii_lowercase());
        let is_address = host
            .as_ref()
            .is_some_and(|host| host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok());
        if let Some(setting) = route.host.as_ref().filter(|_| is_address) {
            problems.ignored(file.place(setting), "an address as the host of a route");
            continue;
        }
        let path = route.path.as_ref().map_or("/", |path| path.as_str());
        let paths = hosts.entry(host).or_default();
        if !paths.iter().any(|other| other == path) {
            paths.push(path.to_owned());
        }
    }
    if file.contents().routes.is_empty() {
        hosts.insert(None, vec!["/".to_owned()]);
    }
    let routes = hosts.into_iter().enumerate().map(|(at, (host, mut paths))| {
        if paths.iter().any(|path| path == "/") {
            paths = vec!["/".to_owned()];
        }
        HttpRoute {
            name: match at {
                0 => name.to_owned(),
                at => format!("{name}-{}", at + 1),
            },
            host: host.map(|host| yaml::string(&host)),
            paths: paths.iter().map(|path| yaml::string(path)).collect(),
        }
    });
    HttpRoutes {
        name,
        port: pod.ports.first().map_or(0, |port| port.written),
        routes: routes.collect(),
    }
}

/// Returns a rule of the policy.
fn egress_rule(to: &Destination, ports: Option<Vec<u16>>) -> EgressRule {
    /// Addresses that names of side calls don't lead to: `witgen-serve` refuses them, unless `allow-address` has them.
    const NOT_PUBLIC: [&str; 5] = [
        "10.0.0.0/8",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
    ];
    const NOT_PUBLIC_V6: [&str; 2] = ["fc00::/7", "fe80::/10"];
    let block = |cidr: &str, except: &'static [&'static str]| Block {
        cidr: cidr.to_owned(),
        except,
    };
    let (comment, blocks) = match to {
        Destination::Network(network) => (
            "An origin, or an address in `allow`.",
            vec![block(network, &[])],
        ),
        Destination::Anywhere => (
            "Names of origins and registries: a policy knows no names, so that it allows the port.",
            Vec::new(),
        ),
        Destination::Public => (
            "Hosts in `allow`: a policy knows no names, so that it allows the port. witgen-serve allows the names.",
            vec![
                block("0.0.0.0/0", &NOT_PUBLIC),
                block("::/0", &NOT_PUBLIC_V6),
            ],
        ),
    };
    EgressRule {
        comment,
        blocks,
        ports,
    }
}

/// Returns what the user has to create.
fn notes(name: &str, pod: &Pod, variables: &[PodVariable]) -> Vec<String> {
    let mut notes = Vec::new();
    let create = |secret: &str, from: Vec<String>| {
        format!(
            "create the secret: kubectl create secret generic {name}-{secret} {}",
            from.join(" ")
        )
    };
    if !pod.secrets.is_empty() {
        let secrets = pod.secrets.iter();
        let from = secrets.map(|it| format!("--from-file={}={}", it.key, it.file));
        notes.push(create("secrets", from.collect()));
    }
    let required: Vec<_> = variables.iter().filter(|it| !it.is_optional).collect();
    if !required.is_empty() {
        let from = required.iter().map(|it| format!("--from-literal={}=…", it.name));
        notes.push(create("variables", from.collect()));
    }
    for (at, pair) in pod.certificates.iter().enumerate() {
        notes.push(format!(
            "create the secret: kubectl create secret tls {name}-tls-{} --cert={} --key={}",
            at + 1,
            pair.certificate,
            pair.key
        ));
    }
    for member in pod.members.iter().filter(|member| member.file.is_some()) {
        notes.push(format!(
            "`{}` is a file: the image has to have it as {}; scripts/build-image.py --add chain.toml adds it",
            member.name, member.component
        ));
    }
    notes
}
