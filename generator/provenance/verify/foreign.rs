//! Statements of other tools, such as SLSA's. They needn't name the package and its version, so a registry could show them for another
//! version or package with the same contents.

use crate::provenance::attestation::Attestation;
use crate::provenance::target::Target;

/// Explains why a statement of another tool isn't about a package in this version; `None` if it is. `is_of_manifest` is whether
/// its subject is the manifest, whose annotations then name the version.
pub(super) fn difference(
    attestation: &Attestation,
    target: &Target,
    is_of_manifest: bool,
) -> Option<String> {
    let path = target.package.replacen(':', "/", 1);
    let version = target.version.to_string();
    let versioned = format!("{}@{version}", target.package);
    let names: Vec<&str> = attestation.subjects().map(|(name, _)| name).collect();
    let mut repositories = names.iter().map(|name| repository(name));
    if names.contains(&versioned.as_str()) {
        return None;
    }
    let named = repositories
        .find(|(repository, _)| *repository == path || repository.ends_with(&format!("/{path}")));
    let Some((_, tag)) = named else {
        return Some(format!(
            "its subject is called `{}`, not `{versioned}` or `…/{path}`",
            names.first().unwrap_or(&"")
        ));
    };
    // `+` can't be in a tag.
    let stated = match (tag, &target.annotated_version) {
        (Some(tag), _) => Some(tag.replace('_', "+")),
        (None, annotated) => annotated.clone().filter(|_| is_of_manifest),
    };
    match stated {
        Some(stated) if stated == version => None,
        Some(stated) => Some(format!("it is about version {stated}, not {version}")),
        None => Some(format!(
            "it names no version: its subject is not `{versioned}`, nor a manifest with a version"
        )),
    }
}

/// Splits the name of a subject into that of a repository and its tag: `registry.example.com/acme/shop:1.0.0@sha256:…`.
fn repository(name: &str) -> (&str, Option<&str>) {
    let name = name.split('@').next().unwrap_or(name);
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[last..].split_once(':') {
        Some((repository, tag)) => (&name[..last + repository.len()], Some(tag)),
        None => (name, None),
    }
}
