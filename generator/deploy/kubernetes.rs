//! Kubernetes: a base of Kustomize with pods that run `witgen-serve`, and its components `gateway` and `monitoring`, which need
//! resources that a cluster may lack.

use askama::Template;
use bytesize::ByteSize;

use super::chain::resource_name;
use super::command;
use super::docker_compose::{container, container_memory, moving_tag};
use super::egress::Egress;
use super::http_route::HttpRoutes;
use super::network_policy::NetworkPolicy;
use super::pod::{FOLDER, Pod, PodMember, SECRETS, USER};
use super::pod_file::{self, PodVariable, certificate_folder};
use super::port::Port;
use super::problems::Problems;
use super::yaml::Text;
use super::{Deployment, Engine, Options};
use crate::chain_file::ChainFile;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::FileSet;
use crate::registry::Registries;
use crate::template;

/// The most bytes of a ConfigMap (Kubernetes, "ConfigMaps").
const MAX_CONFIG_BYTES: usize = 1 << 20;

/// Requests at a time, unless the file limits them: as `witgen-serve` has it.
const MAX_REQUESTS: u64 = 1024;

#[derive(Template)]
#[template(path = "deploy/kubernetes/kustomization.yaml", escape = "none")]
struct Kustomization<'a> {
    name: &'a Text,
    /// The files of the ConfigMap.
    configs: &'a [String],
    has_gateway: bool,
}

#[derive(Template)]
#[template(path = "deploy/kubernetes/deployment.yaml", escape = "none")]
struct DeploymentFile<'a> {
    name: &'a Text,
    image: Text,
    user: u32,
    folder: &'static str,
    /// The folder of secrets.
    secrets_folder: &'static str,
    ports: &'a [Port],
    admin: u16,
    stop_seconds: u64,
    /// The variables of the environment, and whether they may be missing.
    variables: Vec<(Text, bool)>,
    variables_secret: Text,
    /// The secrets of members; what they are made from.
    secrets: Vec<(Text, Text)>,
    members_secret: Text,
    /// The folders of certificates, and the Secrets that they come from.
    certificates: Vec<(String, Text)>,
    /// Components that the image has.
    in_image: Vec<&'a PodMember>,
    has_registries: bool,
    memory_mib: u64,
}

#[derive(Template)]
#[template(path = "deploy/kubernetes/service.yaml", escape = "none")]
struct Service<'a> {
    name: &'a Text,
    ports: &'a [Port],
    admin: u16,
}

#[derive(Template)]
#[template(path = "deploy/kubernetes/pod-disruption-budget.yaml", escape = "none")]
struct DisruptionBudget<'a> {
    name: &'a Text,
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
    name: &'a Text,
}

#[derive(Template)]
#[template(
    path = "deploy/kubernetes/monitoring/horizontal-pod-autoscaler.yaml",
    escape = "none"
)]
struct Autoscaler<'a> {
    name: &'a Text,
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
    let routes = HttpRoutes::of(&name, file, &pod, &mut problems);
    let mut warnings = problems.into_result()?;
    let Some(image) = &options.image else {
        return Ok(Deployment::default());
    };
    warnings.extend(moving_tag(image));
    let (text, variables) = pod_file::rewrite(file, &pod);
    let registries = pod_file::registries(&pod);
    let has_registries = registries.is_some();
    let mut configs = vec![("chain.toml".to_owned(), text)];
    configs.extend(registries.map(|text| ("registries.toml".to_owned(), text)));
    configs.extend(pod.authorities.iter().cloned());
    check_size(file, &configs)?;
    let config_names: Vec<_> = configs.iter().map(|(name, _)| name.clone()).collect();
    let mut files = FileSet::new();
    for (name, text) in configs {
        files.insert(name, text);
    }
    let shown = &Text::new(&name);
    let secrets = pod.secrets.iter();
    let certificates = (0..pod.certificates.len()).map(|at| {
        (
            certificate_folder(at),
            Text::new(certificate_secret(&name, at)),
        )
    });
    let deployment = DeploymentFile {
        name: shown,
        image: Text::new(image.to_string()),
        user: USER,
        folder: FOLDER,
        secrets_folder: SECRETS,
        ports: &pod.ports,
        admin: pod.admin.1,
        stop_seconds: pod.stop_seconds,
        variables: variables.iter().map(|it| (Text::new(&it.name), it.is_optional)).collect(),
        variables_secret: Text::new(format!("{name}-variables")),
        secrets: secrets.map(|it| (Text::new(&it.key), Text::new(&it.file))).collect(),
        members_secret: Text::new(format!("{name}-secrets")),
        certificates: certificates.collect(),
        in_image: pod.members.iter().filter(|member| member.file.is_some()).collect(),
        has_registries,
        memory_mib: container_memory(&pod),
    };
    let in_flight = file.contents().limits.max_requests.as_deref().copied();
    let autoscaler = Autoscaler {
        name: shown,
        in_flight: (in_flight.unwrap_or(MAX_REQUESTS) / 4).max(1),
    };
    let kustomization = Kustomization {
        name: shown,
        configs: &config_names,
        has_gateway: routes.is_some(),
    };
    let service = Service {
        name: shown,
        ports: &pod.ports,
        admin: pod.admin.1,
    };
    files.insert("kustomization.yaml", template::text(&kustomization));
    files.insert("deployment.yaml", template::text(&deployment));
    files.insert("service.yaml", template::text(&service));
    let budget = DisruptionBudget { name: shown };
    files.insert("pod-disruption-budget.yaml", template::text(&budget));
    let policy = NetworkPolicy::of(&name, &pod, &egress);
    files.insert("network-policy.yaml", template::text(&policy));
    if let Some(routes) = &routes {
        files.insert(
            "gateway/kustomization.yaml",
            template::text(&GatewayKustomization),
        );
        files.insert("gateway/http-route.yaml", template::text(routes));
    }
    let monitoring = [
        (
            "kustomization.yaml",
            template::text(&MonitoringKustomization),
        ),
        (
            "service-monitor.yaml",
            template::text(&ServiceMonitor { name: shown }),
        ),
        (
            "horizontal-pod-autoscaler.yaml",
            template::text(&autoscaler),
        ),
        ("prometheus-adapter.yaml", template::text(&Adapter)),
    ];
    for (path, text) in monitoring {
        files.insert(format!("monitoring/{path}"), text);
    }
    Ok(Deployment {
        notes: notes(&name, file, &pod, &variables),
        files,
        warnings,
        ..Deployment::default()
    })
}

/// Checks that files fit into a ConfigMap.
///
/// # Errors
///
/// If they don't; at the first certificate authority, or at the file if there is none.
fn check_size(file: &ChainFile, configs: &[(String, String)]) -> Result<()> {
    let bytes: usize = configs.iter().map(|(name, text)| name.len() + text.len()).sum();
    if bytes <= MAX_CONFIG_BYTES {
        return Ok(());
    }
    let (place, help) = match file.contents().tls.ca.first() {
        Some(ca) => (file.place(ca), "name only the authorities that are needed"),
        None => (
            Place::path(file.path()),
            "deploy its chains from several files",
        ),
    };
    let message = format!(
        "Kubernetes cannot hold the file and its `ca`: they have {}, and a ConfigMap has at most {}",
        ByteSize::b(bytes as u64),
        ByteSize::b(MAX_CONFIG_BYTES as u64)
    );
    Err(Diagnostic::error(codes::UNSUPPORTED_BY_ENGINE, message)
        .at(place)
        .help(help)
        .into())
}

/// Returns the name of the Secret with a certificate.
fn certificate_secret(name: &str, index: usize) -> String {
    format!("{name}-tls-{}", index + 1)
}

/// Returns what the user has to create.
fn notes(name: &str, file: &ChainFile, pod: &Pod, variables: &[PodVariable]) -> Vec<String> {
    let path = |written: &str| file.resolve(written).to_string_lossy().into_owned();
    let mut notes = Vec::new();
    if !pod.secrets.is_empty() {
        let secrets = pod.secrets.iter().map(|it| (it.key.as_str(), path(&it.file)));
        notes.extend(command::create_secret(&format!("{name}-secrets"), secrets));
    }
    let required: Vec<_> = variables.iter().filter(|it| !it.is_optional).collect();
    if !required.is_empty() {
        let from = required.iter().map(|it| format!("--from-literal={}=…", it.name));
        notes.push(format!(
            "create the secret: kubectl create secret generic {name}-variables {}",
            from.collect::<Vec<_>>().join(" ")
        ));
    }
    for (at, pair) in pod.certificates.iter().enumerate() {
        let command = command::line([
            "kubectl",
            "create",
            "secret",
            "tls",
            &certificate_secret(name, at),
            &format!("--cert={}", path(&pair.certificate)),
            &format!("--key={}", path(&pair.key)),
        ]);
        notes.push(format!("create the secret: {command}"));
    }
    let in_image: Vec<_> = pod.members.iter().filter(|member| member.file.is_some()).collect();
    for member in &in_image {
        notes.push(format!(
            "`{}` is a file: the image has to have it as {}",
            member.name, member.component
        ));
    }
    if !in_image.is_empty() {
        let written = file.path().to_string_lossy();
        let command = command::line(["scripts/build-image.py", "--add", &written]);
        notes.push(format!("make such an image: {command}"));
    }
    if has_rates(file) {
        notes.push("`rate-limit` applies to each pod: two pods accept twice the rate".to_owned());
    }
    notes
}

/// Whether the file limits rates of requests.
fn has_rates(file: &ChainFile) -> bool {
    let contents = file.contents();
    let of_members = contents.members.values().any(|member| member.rate_limit.is_some());
    let of_chains = contents.chains.values().any(|chain| chain.rate_limit.is_some());
    let of_routes = contents.routes.iter().any(|route| route.rate_limit.is_some());
    of_members || of_chains || of_routes || contents.limits.rate_limit.is_some()
}
