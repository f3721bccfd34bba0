//! Docker Compose: a service that runs `witgen-serve`, with its configuration and its components mounted.

use std::path::Path;

use askama::Template;

use super::chain::resource_name;
use super::pod::{FOLDER, Pod, USER, missing_option};
use super::pod_file::{self, PodVariable, certificate_folder, secret_path};
use super::port::Port;
use super::problems::Problems;
use super::yaml::Text;
use super::{Deployment, Engine, Options};
use crate::chain_file::ChainFile;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::paths;
use crate::registry::Registries;
use crate::template;

/// Values have `$$` for a dollar sign.
#[derive(Template)]
#[template(path = "deploy/compose/compose.yaml", escape = "none")]
struct Compose {
    name: Text,
    image: Text,
    user: u32,
    folder: &'static str,
    /// Addresses and ports of this machine, and ports of the container.
    ports: Vec<Text>,
    admin: u16,
    stop_seconds: u64,
    /// The variables of the environment, and where their values come from.
    variables: Vec<(Text, Text)>,
    /// Files beside this one: their names.
    configs: Vec<String>,
    has_registries: bool,
    components: Vec<Mount>,
    secrets: Vec<Mount>,
    memory_mib: u64,
}

/// A file of this machine, and where the container has it.
struct Mount {
    /// The name among the secrets.
    name: Text,
    source: Text,
    target: Text,
}

/// Makes the manifest.
pub(super) fn deploy(
    file: &ChainFile,
    registries: &Registries,
    options: &Options,
) -> Result<Deployment> {
    let mut problems = Problems::new(Engine::Compose, file);
    let name = problems.take(resource_name(file, options)).unwrap_or_default();
    let pod = container(file, registries, options, &mut problems);
    let mut warnings = problems.into_result()?;
    let Some(image) = &options.image else {
        return Ok(Deployment::default());
    };
    warnings.extend(moving_tag(image));
    let (text, variables) = pod_file::rewrite(file, &pod);
    let mut deployment = Deployment {
        warnings,
        ..Deployment::default()
    };
    let files = &mut deployment.files;
    files.insert("chain.toml", text);
    let mut configs = vec!["chain.toml".to_owned()];
    if let Some(registries) = pod_file::registries(&pod) {
        files.insert("registries.toml", registries);
        configs.push("registries.toml".to_owned());
    }
    for (name, text) in &pod.authorities {
        files.insert(name, text);
        configs.push(name.clone());
    }
    let mount = |path: &str| source(file, options, path);
    let certificates = pod.certificates.iter().enumerate().flat_map(|(at, own)| {
        let folder = certificate_folder(at);
        let pair = [("crt", &own.certificate), ("key", &own.key)];
        pair.map(|(kind, path)| Mount {
            // No member is called so: the words of its name begin with letters.
            name: Text::new(format!("tls-{}.{kind}", at + 1)),
            source: mount(path),
            target: Text::new(format!("{folder}/tls.{kind}")),
        })
    });
    let secrets = pod.secrets.iter().map(|secret| Mount {
        name: Text::new(&secret.key),
        source: mount(&secret.file),
        target: Text::new(secret_path(&secret.key)),
    });
    let components = pod.members.iter().filter_map(|member| {
        Some(Mount {
            name: Text::new(&member.name),
            source: mount_of(options, Path::new(member.file.as_deref()?)),
            target: Text::new(&member.component),
        })
    });
    let variables = variables.iter().map(|it| (Text::new(&it.name), Text::new(value_of(it))));
    let manifest = Compose {
        name: Text::new(name),
        image: escaped(&image.to_string()),
        user: USER,
        folder: FOLDER,
        ports: pod.ports.iter().map(published).collect(),
        admin: pod.admin.1,
        stop_seconds: pod.stop_seconds,
        variables: variables.collect(),
        has_registries: configs.iter().any(|name| name == "registries.toml"),
        configs,
        components: components.collect(),
        secrets: secrets.chain(certificates).collect(),
        memory_mib: container_memory(&pod),
    };
    deployment.files.insert("compose.yaml", template::text(&manifest));
    Ok(deployment)
}

/// Returns what a container of `witgen-serve` needs; its image has to be named.
pub(super) fn container(
    file: &ChainFile,
    registries: &Registries,
    options: &Options,
    problems: &mut Problems<'_>,
) -> Pod {
    if options.image.is_none() {
        problems.add(missing_option(
            "--image",
            "containers need an image of `witgen-serve`",
            "pass `--image HOST/NAME@sha256:DIGEST`; scripts/build-image.py builds one",
        ));
    }
    if let Some(chain) = &options.chain {
        let message = "`--chain` doesn't apply: `witgen-serve` serves all chains of the file";
        let error = Diagnostic::error(codes::OPTION_DOES_NOT_APPLY, message);
        problems.add(error.at(Place::argument(format!("--chain {chain}"))).help("leave it out"));
    }
    let pod = Pod::of(file, registries, problems);
    let is_used = |name: &&str| !pod.packages.is_empty() && pod_file::uses(file, name);
    for name in pod_file::OWN_VARIABLES.into_iter().filter(is_used) {
        let what = format!("sets `{name}` for its registries, and the file uses this variable");
        problems.unsupported_at(
            Place::path(file.path()),
            &what,
            "give the variable another name",
        );
    }
    pod
}

/// Returns a warning if an image can be replaced under its name.
pub(super) fn moving_tag(image: &super::Image) -> Option<Diagnostic> {
    if image.has_digest() {
        return None;
    }
    let message = format!("the tag of `{image}` can be moved to another image");
    Some(
        Diagnostic::warning(codes::UNPINNED_IMAGE, message)
            .at(Place::argument(format!("--image {image}")))
            .help("name the digest: `--image HOST/NAME@sha256:DIGEST`"),
    )
}

/// Returns the memory of a container, in MiB: the server gives three quarters to instances.
pub(super) fn container_memory(pod: &Pod) -> u64 {
    const DEFAULT_MIB: u64 = 512;
    pod.memory_mib.map_or(DEFAULT_MIB, |instances| (instances * 4).div_ceil(3))
}

/// Returns the path of a file of `chain.toml` from the directory of the manifest.
fn source(file: &ChainFile, options: &Options, path: &str) -> Text {
    mount_of(options, &file.resolve(path))
}

fn mount_of(options: &Options, path: &Path) -> Text {
    if path.is_absolute() {
        return escaped(&path.to_string_lossy());
    }
    let from = paths::absolute(&options.directory);
    let relative = paths::relative(&from, &paths::absolute(path));
    let is_above = relative.starts_with("../");
    escaped(&if is_above {
        relative
    } else {
        format!("./{relative}")
    })
}

/// Returns a value for a file in which `$` begins a variable.
fn escaped(text: &str) -> Text {
    Text::new(text.replace('$', "$$"))
}

/// Returns a port with the address that it is published at, and the port of the container.
fn published(port: &Port) -> Text {
    let Port {
        host,
        written,
        port: own,
        ..
    } = port;
    Text::new(match host.contains(':') {
        true => format!("[{host}]:{written}:{own}"),
        false => format!("{host}:{written}:{own}"),
    })
}

/// Returns where the value of a variable comes from: the environment of Docker Compose.
fn value_of(variable: &PodVariable) -> String {
    let name = &variable.name;
    match variable.is_optional {
        true => format!("${{{name}-}}"),
        false => format!("${{{name}?chain.toml needs it}}"),
    }
}
