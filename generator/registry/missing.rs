//! Errors for packages and versions that a registry doesn't have.

use semver::{Version, VersionReq};

use super::cache::Cache;
use super::settings::{Endpoint, Kind};
use super::{Reference, directory};
use crate::diagnostic::{Diagnostic, Place, codes};
use crate::names::nearest;
use crate::source;

/// The most versions that a message lists.
const MAX_VERSIONS_SHOWN: usize = 10;

/// The error for a package that the registry doesn't have.
pub(super) fn package(reference: &Reference, endpoint: &Endpoint, cache: &Cache) -> Diagnostic {
    let name = reference.package().to_string();
    let message = format!(
        "{} has no package `{name}`",
        shown(endpoint.name.as_deref())
    );
    let error = Diagnostic::error(codes::NOT_IN_REGISTRY, message)
        .at(Place::argument(reference.to_string()));
    let known = match &endpoint.kind {
        Kind::Directory(root) => directory::packages(root),
        Kind::Oci(_) => cache.packages(endpoint.name.as_deref().unwrap_or_default()),
    };
    let built_in = source::built_in_packages().filter_map(|it| it.parse::<Reference>().ok());
    let known = known.into_iter().chain(built_in.map(|it| it.without_version()));
    let known = known.filter(|it| it.package() != reference.package());
    let error = match similar(reference, &known.collect::<Vec<_>>()) {
        Some(similar) => error.help(format!("did you mean `{similar}`?")),
        None => error,
    };
    if endpoint.name.is_none() {
        let namespace = reference.namespace();
        return error.help(format!("no registry is configured for `{namespace}`: name one with --registry, or in wkg's configuration"));
    }
    error.help(match endpoint.kind {
        Kind::Directory(_) => "check the names of the package and of the registry",
        Kind::Oci(_) => "check the names of the package and of the registry; some registries report private packages as missing: try `docker login`",
    })
}

/// Returns the package with a similar name in the same namespace, or the same name in a similar namespace.
fn similar<'a>(reference: &Reference, known: &'a [Reference]) -> Option<&'a Reference> {
    let namesakes = || known.iter().filter(|it| it.name() == reference.name());
    let neighbours = || known.iter().filter(|it| it.namespace() == reference.namespace());
    if let Some(name) = nearest(reference.name(), neighbours().map(Reference::name)) {
        return neighbours().find(|it| it.name() == name);
    }
    let namespace = nearest(reference.namespace(), namesakes().map(Reference::namespace))?;
    namesakes().find(|it| it.namespace() == namespace)
}

/// The error for a version that the registry doesn't have.
pub(super) fn version(reference: &Reference, versions: &[Version], registry: &str) -> Diagnostic {
    let registry = shown(Some(registry).filter(|it| !it.is_empty()));
    let message = format!(
        "{registry} has no version {} of `{}`",
        reference.version().map_or_else(String::new, ToString::to_string),
        reference.package()
    );
    Diagnostic::error(codes::NOT_IN_REGISTRY, message)
        .at(Place::argument(reference.to_string()))
        .help(format!("the latest versions are: {}", latest(versions)))
}

/// The error for a requirement that no published version satisfies.
pub(crate) fn unsatisfied(
    package: &Reference,
    requirement: &VersionReq,
    versions: &[Version],
) -> Diagnostic {
    let package = package.package();
    let message = format!("no published version of `{package}` satisfies `{requirement}`");
    Diagnostic::error(codes::NOT_IN_REGISTRY, message)
        .at(Place::argument(package.to_string()))
        .help(format!("the latest versions are: {}", latest(versions)))
}

/// Adds to the error for a missing package that the program contains it.
pub(super) fn with_built_in(error: Diagnostic, package: &Reference) -> Diagnostic {
    let is_same = |name: &String| {
        name.parse::<Reference>().is_ok_and(|name| name.package() == package.package())
    };
    match source::built_in_packages().find(is_same) {
        Some(name) => error.help(format!(
            "witgen contains `{name}`, and uses it if no registry is configured for `{}`",
            package.namespace()
        )),
        None => error,
    }
}

fn shown(registry: Option<&str>) -> String {
    match registry {
        None => "the local directory".to_owned(),
        Some(registry) => format!("`{registry}`"),
    }
}

/// Lists the latest versions, the newest first.
fn latest(versions: &[Version]) -> String {
    let mut sorted = versions.to_vec();
    sorted.sort();
    let latest: Vec<String> =
        sorted.iter().rev().take(MAX_VERSIONS_SHOWN).map(ToString::to_string).collect();
    latest.join(", ")
}
