//! Statements of other tools, such as SLSA's: they needn't name the package and its version, so a registry could show them for another
//! one with the same contents.

use crate::provenance::attestation::Attestation;
use crate::provenance::target::Target;

/// Explains how a statement of another tool is about another package or version; none if it isn't.
pub(super) fn difference(attestation: &Attestation, target: &Target) -> Option<String> {
    let path = target.package.replacen(':', "/", 1);
    let versioned = format!("{}@{}", target.package, target.version);
    let is_named = |name: &str| {
        // `registry.example.com/acme/shop:1.0.0@sha256:…`
        let repository = name.split('@').next().unwrap_or(name);
        let last = repository.rfind('/').map_or(0, |slash| slash + 1);
        let repository = match repository[last..].find(':') {
            Some(colon) => &repository[..last + colon],
            None => repository,
        };
        name == versioned || repository == path || repository.ends_with(&format!("/{path}"))
    };
    let names: Vec<&str> = attestation.subjects().map(|(name, _)| name).collect();
    if !names.iter().any(|name| is_named(name)) {
        return Some(format!(
            "its subject is called `{}`, and not `{versioned}` or `…/{path}`",
            names.first().unwrap_or(&"")
        ));
    }
    let version = target.version.to_string();
    match &target.annotated_version {
        Some(annotated) if *annotated != version => Some(format!(
            "the manifest that it is about is of version {annotated}"
        )),
        _ => None,
    }
}
