//! Attaches attestations to what is published.

use std::collections::BTreeMap;

use super::Artifact;
use super::backend::Backend;
use super::evidence::Evidence;
use super::oci::{Attachment, manifest_digest};
use super::publication::{PublishOptions, Step};
use super::release::Release;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::provenance::{
    Attestation, BUNDLE_TYPE, Baseline, Digest, PackageIdentity, Predicate, Target, composition,
};

/// Rejects attestations about something other than the published package.
///
/// # Errors
///
/// All such attestations.
pub(super) fn require_subject(
    artifact: &Artifact,
    existing: Option<&Release>,
    backend: &Backend,
    options: &PublishOptions,
) -> Result<()> {
    let manifest = match (backend, existing) {
        (Backend::Directory(_), _) => None,
        (_, Some(existing)) => existing.manifest.clone(),
        (Backend::Oci(_), None) => Some(manifest_digest(artifact)),
    };
    let target = target(artifact, manifest);
    let problems = options.attestations.iter().filter_map(|(file, attestation)| {
        let why = attestation.difference(&target)?;
        let message = format!("`{file}` attests something else: {why}");
        let digests: Vec<&str> = target.digests().collect();
        Some(
            Diagnostic::error(codes::ATTESTATION_OF_ANOTHER, message)
                .at(Place::path(file))
                .help(format!(
                    "`{}` is published as {}; attest that digest",
                    artifact.reference(),
                    digests.join(", with the contents ")
                ))
                .help("nothing was published"),
        )
    });
    crate::diagnostic::Failure::of(problems.collect()).map_or(Ok(()), Err)
}

/// Signs the statement about a release, and attaches it and the attestations of the options. An existing attestation isn't
/// attached twice. Returns the digests or the files.
///
/// # Errors
///
/// A request or a write that fails; the package stays published.
pub(super) fn attach(
    artifact: &Artifact,
    release: &Release,
    backend: &Backend,
    options: &PublishOptions,
    compared: Option<&Baseline>,
    watch: &dyn Fn(Step),
) -> Result<Vec<String>> {
    let target = target(artifact, release.manifest.clone());
    let mut attestations = Vec::new();
    if let Some((key, predicate)) = &options.signing {
        let predicate = complete(predicate, artifact, compared);
        attestations.push((
            Attestation::sign(&predicate, &target, key)?,
            Some(key.public()),
        ));
    }
    attestations.extend(options.attestations.iter().map(|(_, it)| (it.clone(), None)));
    if attestations.is_empty() {
        return Ok(Vec::new());
    }
    watch(Step::Attesting(attestations.len()));
    let failed = |failure: crate::diagnostic::Failure| {
        failure.help(format!(
            "`{}` is published; run the command again to attest it",
            artifact.reference()
        ))
    };
    let existing = Evidence::of_registry(backend, release).map_err(failed)?;
    let existing = existing.bundles.iter().flatten();
    let existing: Vec<Attestation> =
        existing.filter_map(|bytes| Attestation::parse(bytes).ok()).collect();
    let mut attached = Vec::new();
    for (attestation, key) in &attestations {
        let is_same = |other: &&Attestation| match key {
            // A signature may differ each time that it is made.
            Some(key) => other.states_the_same(attestation, key),
            None => other.json() == attestation.json(),
        };
        // An existing attestation is replaced by itself: its digest is the same.
        let attestation = existing.iter().find(is_same).unwrap_or(attestation);
        attached.push(attach_one(attestation, release, backend).map_err(failed)?);
    }
    Ok(attached)
}

fn attach_one(attestation: &Attestation, release: &Release, backend: &Backend) -> Result<String> {
    match backend {
        Backend::Directory(directory) => directory.attest(&release.version, attestation.json()),
        Backend::Oci(repository) => {
            let predicate_type = attestation.predicate_type().to_owned();
            let attachment = Attachment {
                what: "attestation",
                artifact_type: BUNDLE_TYPE,
                media_type: BUNDLE_TYPE,
                // As cosign and sigstore-go write them.
                annotations: BTreeMap::from([
                    (
                        "dev.sigstore.bundle.content".to_owned(),
                        "dsse-envelope".to_owned(),
                    ),
                    (
                        "dev.sigstore.bundle.predicateType".to_owned(),
                        predicate_type,
                    ),
                ]),
                files: vec![("attestation.sigstore.json", attestation.json())],
                is_embedded: true,
            };
            repository.attach(release, &attachment)
        }
    }
}

/// Returns what attestations of an artifact are about.
fn target(artifact: &Artifact, manifest: Option<String>) -> Target {
    Target {
        package: artifact.reference().without_version().to_string(),
        version: artifact.version().clone(),
        contents: artifact.digest(),
        manifest,
        annotated_version: None,
    }
}

/// Adds the facts about the artifact, and its comparison with the version before it.
fn complete(predicate: &Predicate, artifact: &Artifact, compared: Option<&Baseline>) -> Predicate {
    let package = artifact.reference().without_version().to_string();
    let version = artifact.version().to_string();
    let mut predicate = predicate.clone();
    predicate.package = PackageIdentity::new(package, version, artifact.is_package());
    predicate.contents = Digest::of_registry(&artifact.digest());
    predicate.previous = compared.cloned();
    predicate.composition = match artifact.is_package() {
        true => None,
        false => composition(artifact.contents()),
    };
    predicate.tools = artifact.tools().clone();
    predicate
}
