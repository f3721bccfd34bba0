//! Publishes artifacts: completely or not at all, and never in place of another.

use std::path::Path;

use semver::Version;

use super::attest;
use super::backend::Backend;
use super::oci::manifest::{PAGE_TYPE, PAGES_TYPE};
use super::oci::{Attachment, Scope};
use super::publication::{Publication, PublishOptions, State, Step, Verdict};
use super::release::Release;
use super::settings;
use super::{Artifact, Reference, Registries};
use crate::compat::{self, Comparison};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::FileSet;
use crate::provenance::compared;
use crate::source::{Features, Source};

/// Returns that no registry is configured for a package, and the directory among the user's data that is taken instead.
fn unconfigured<'a>(
    endpoint: &'a settings::Endpoint,
    package: &Reference,
) -> Option<(String, &'a Path)> {
    match (&endpoint.name, &endpoint.kind) {
        (None, settings::Kind::Directory(root)) => {
            let namespace = package.namespace();
            Some((format!("no registry is configured for `{namespace}`"), root))
        }
        _ => None,
    }
}

/// Publishes an artifact, and reads it back.
///
/// A published version never changes: with all options, the same contents are accepted again, and others are rejected. The tag
/// is written last, so that a version is published completely or not at all.
///
/// # Errors
///
/// A version that is published with other contents, a pre-release or build metadata that the options don't
/// allow, and a request or a write that fails.
pub fn publish(
    artifact: &Artifact,
    registries: &Registries,
    options: &PublishOptions,
    watch: &dyn Fn(Step),
) -> Result<Verdict> {
    let version = artifact.version();
    let reference = artifact.reference();
    require_allowed(version, options)?;
    if registries.options.offline {
        return Err(
            Diagnostic::error(codes::OFFLINE, "nothing can be published offline")
                .at(Place::argument("--offline"))
                .help("leave it out; `--dry-run` publishes nothing either")
                .into(),
        );
    }
    watch(Step::Looking);
    let endpoint = settings::find(&reference, &registries.options)?;
    let scope = if options.dry_run {
        Scope::Pull
    } else {
        Scope::Push
    };
    let unconfigured = unconfigured(&endpoint, &reference);
    if let Some((message, _)) = unconfigured.as_ref().filter(|_| options.requires_registry) {
        return Err(Diagnostic::error(codes::NO_REGISTRY, message)
            .at(Place::argument("--tag"))
            .help("name the registry in `[registries]` of witgen.toml, or with --registry; nothing was published")
            .into());
    }
    let backend = Backend::new(&endpoint, &reference, scope)?;
    let address = backend.address(version)?;
    let mut publication = Publication {
        address,
        digest: None,
        state: State::Rehearsed,
        previous: None,
        compared: None,
        docs: None,
        attestations: Vec::new(),
        note: unconfigured
            .map(|(message, root)| format!("{message}: using the directory {}", root.display())),
    };
    let existing = backend.release(version)?;
    if let Some(existing) = &existing
        && existing.digest != artifact.digest()
    {
        return Err(already_published(artifact, existing, &backend, &publication.address).into());
    }
    // All problems that can be found are reported before anything is uploaded.
    attest::require_subject(artifact, existing.as_ref(), &backend, options)?;
    let release = match existing {
        Some(existing) => {
            publication.state = State::Already;
            if options.signing.is_some() {
                incompatible_changes(artifact, &backend, options, watch, &mut publication)?;
            }
            existing
        }
        None => {
            let findings =
                incompatible_changes(artifact, &backend, options, watch, &mut publication)?;
            if !findings.is_empty() {
                return Ok(Verdict::Refused(findings));
            }
            if options.dry_run {
                return Ok(Verdict::Done(publication));
            }
            watch(Step::Uploading(artifact.contents().len()));
            publication.state = State::Published;
            backend.push(artifact)?
        }
    };
    publication.digest = Some(release.manifest.clone().unwrap_or(release.digest.clone()));
    if let Some(pages) = options.docs.as_ref().filter(|_| !options.dry_run) {
        watch(Step::Attaching(pages.iter().count()));
        publication.docs = Some(attach(artifact, &release, &backend, pages)?);
    }
    if !options.dry_run {
        publication.attestations = {
            let compared = publication.compared.as_ref();
            attest::attach(artifact, &release, &backend, options, compared, watch)?
        };
    }
    Ok(Verdict::Done(publication))
}

fn attach(
    artifact: &Artifact,
    release: &Release,
    backend: &Backend,
    pages: &FileSet,
) -> Result<String> {
    match backend {
        Backend::Directory(directory) => directory.attach(&release.version, pages),
        Backend::Oci(repository) => {
            let attachment = Attachment {
                what: "pages",
                artifact_type: PAGES_TYPE,
                media_type: PAGE_TYPE,
                annotations: artifact.annotations().clone(),
                files: pages.iter().collect(),
                is_embedded: false,
            };
            repository.attach(release, &attachment)
        }
    }
}

/// Rejects pre-releases and build metadata, which wkg doesn't find, unless the options allow them.
fn require_allowed(version: &Version, options: &PublishOptions) -> Result<()> {
    let refused = |what: &str, why: &str, flag: &str| {
        let message = format!("`{version}` {what}, {why}");
        Err(Diagnostic::error(codes::UNUSUAL_VERSION, message)
            .at(Place::argument(version.to_string()))
            .help(format!("publish a plain version, or pass `{flag}`"))
            .into())
    };
    if !version.build.is_empty() && !options.allow_build {
        let why = "which tags can't have as it is, and wkg doesn't find";
        return refused("has build metadata", why, "--allow-build");
    }
    if !version.pre.is_empty() && !options.allow_prerelease {
        let why = "which wkg uses only by its full name";
        return refused("is a pre-release", why, "--allow-prerelease");
    }
    Ok(())
}

/// Compares an artifact with the releases before and after it, and returns the changes that the versions
/// don't allow. Pre-releases are not compared with: they promise no compatibility.
fn incompatible_changes(
    artifact: &Artifact,
    backend: &Backend,
    options: &PublishOptions,
    watch: &dyn Fn(Step),
    publication: &mut Publication,
) -> Result<Vec<Diagnostic>> {
    let version = artifact.version();
    let versions = backend.versions()?;
    let plain = || versions.iter().filter(|version| version.pre.is_empty());
    let previous = plain().filter(|other| *other < version).max();
    let next = plain().filter(|other| *other > version).min();
    publication.previous = previous.cloned();
    // A statement also lists intended breaking changes.
    if options.allow_breaking && options.signing.is_none() {
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    for (other, is_before) in [(previous, true), (next, false)] {
        let Some(other) = other else { continue };
        watch(Step::Comparing(other.clone()));
        let published = load_published(artifact, backend, other)?;
        match (published, artifact.is_package()) {
            (Some(published), true) => {
                let new = artifact.release()?;
                let comparison = if is_before {
                    compat::compare(&published, &new)
                } else {
                    compat::compare(&new, &published)
                };
                if is_before {
                    publication.compared = Some(compared(&comparison.old, &comparison));
                }
                findings.extend(findings_of(&comparison, is_before));
            }
            // Components aren't compared: their compatibility depends on the world that they target.
            (None, false) => {}
            (published, _) => findings.push(another_kind(artifact, other, published.is_some())),
        }
    }
    if options.allow_breaking {
        findings.clear();
    }
    Ok(findings)
}

/// The finding for a package and a component with the same name: the latest version would change its kind.
fn another_kind(artifact: &Artifact, version: &Version, is_package: bool) -> Diagnostic {
    let kind = |is_package| {
        if is_package {
            "a WIT package"
        } else {
            "a component"
        }
    };
    let reference = artifact.reference();
    let message = format!(
        "`{reference}` is {}, and {version} of the same name is {}",
        kind(artifact.is_package()),
        kind(is_package)
    );
    Diagnostic::error(codes::ANOTHER_KIND, message)
        .at(Place::argument(reference.to_string()))
        .help("publish it under another name")
        .help("pass `--allow-breaking` to publish anyway")
}

/// Returns the changes that make a version too low, and by how much it is.
fn findings_of(comparison: &Comparison, is_before: bool) -> Vec<Diagnostic> {
    if !comparison.is_too_low {
        return Vec::new();
    }
    let reasons = comparison.reasons();
    let mut findings: Vec<Diagnostic> =
        reasons.map(|change| change.diagnostic().with_severity_of_error()).collect();
    let least = comparison.least.as_ref().map(ToString::to_string).unwrap_or_default();
    let (old, new) = (&comparison.old, &comparison.new);
    let message = if is_before {
        format!("`{new}` must be at least {least}, given the changes since `{old}`")
    } else {
        format!("`{new}` is published already, and the changes since `{old}` need at least {least}")
    };
    findings.push(
        Diagnostic::error(codes::VERSION_TOO_LOW, message)
            .at(Place::argument(new.clone()))
            .help("raise the version in the `package` line, or undo the changes")
            .help("pass `--allow-breaking` to publish anyway"),
    );
    findings
}

/// Loads a published package for a comparison; none if it is a component.
fn load_published(
    artifact: &Artifact,
    backend: &Backend,
    version: &Version,
) -> Result<Option<compat::Release>> {
    let Some(release) = backend.release(version)? else {
        return Ok(None);
    };
    let reference: Reference = artifact.reference().with_version(version.clone());
    let contents = backend.contents(&release)?;
    if crate::decode::holds_types_only(&contents) {
        let source = Source::Registry {
            name: reference.to_string(),
            contents: contents.into(),
        };
        return compat::Release::load(&source, &Features::default()).map(Some);
    }
    Ok(None)
}

/// The error for a version that is published with other contents.
fn already_published(
    artifact: &Artifact,
    existing: &Release,
    backend: &Backend,
    address: &str,
) -> Diagnostic {
    let version = artifact.version();
    let is_same_wit = || -> Result<bool> {
        Ok(match load_published(artifact, backend, version)? {
            Some(published) => compat::compare(&published, &artifact.release()?).changes.is_empty(),
            None => false,
        })
    };
    let how = if artifact.is_package() && is_same_wit().unwrap_or(false) {
        ": the same WIT, encoded otherwise or with other metadata"
    } else {
        ""
    };
    let message = format!(
        "{version} is already published with other contents{how}: {} is published, and this is {}",
        existing.digest,
        artifact.digest()
    );
    Diagnostic::error(codes::ALREADY_PUBLISHED, message)
        .at(Place::argument(address))
        .help("a published version never changes: raise the version, then publish again")
}
