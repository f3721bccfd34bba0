//! Into a registry: once, whole, and never over what is there.

use semver::Version;

use super::oci::Scope;
use super::settings;
use super::{Artifact, Reference, Registries, Release, Shelf};
use crate::compat::{self, Change, Comparison, Weight};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::FileSet;
use crate::source::{Features, Source};

/// How to publish.
#[derive(Clone, Debug, Default)]
pub struct PublishOptions {
    /// Look at everything, and put nothing there.
    pub dry_run: bool,
    /// Publish changes that the version doesn't allow.
    pub allow_breaking: bool,
    /// Publish a pre-release, which wkg doesn't choose by itself.
    pub allow_prerelease: bool,
    /// Publish a version with build metadata, which wkg doesn't see.
    pub allow_build: bool,
    /// Pages to attach.
    pub docs: Option<FileSet>,
}

/// What is being done, for those who watch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Looking for what is published already.
    Looking,
    /// Comparing with this version.
    Comparing(Version),
    /// Uploading so many bytes, and reading them again.
    Uploading(usize),
    /// Attaching so many pages.
    Attaching(usize),
}

/// How a version came to be in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Just now.
    Published,
    /// It was there, with the same contents; of a rehearsal, too.
    Already,
    /// It isn't there; this was a rehearsal.
    Rehearsed,
}

/// A version in a registry.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Publication {
    /// Where: `HOST/wasi/http:0.3.3`, or a file.
    pub address: String,
    /// The digest by which others pull it: the manifest's, or that of a directory's file. None of a
    /// rehearsal at an OCI registry.
    pub digest: Option<String>,
    /// How it came there.
    pub state: State,
    /// The published version that it was compared with.
    pub previous: Option<Version>,
    /// The digest or the folder of the pages, if there are any.
    pub docs: Option<String>,
    /// Why a directory on this machine is the registry, if nobody said so.
    pub note: Option<String>,
}

/// What comes of publishing.
#[derive(Debug)]
pub enum Verdict {
    /// It is there.
    Done(Publication),
    /// Its version doesn't allow what has changed: every change that it doesn't.
    Refused(Vec<Diagnostic>),
}

/// Puts an artifact into its registry, and reads it again.
///
/// A version that is there stays as it is: the same contents are fine, others are refused, whatever the
/// options say. The tag comes last, so that a version is there whole or not at all.
///
/// # Errors
///
/// A version that is taken, one that isn't plain and wasn't asked for, and whatever keeps the artifact
/// from arriving.
pub fn publish(
    artifact: &Artifact,
    registries: &Registries,
    options: &PublishOptions,
    watch: &dyn Fn(Step),
) -> Result<Verdict> {
    let version = artifact.version();
    let reference = artifact.reference();
    refuse_unasked(version, options)?;
    if registries.options.offline {
        return Err(
            Diagnostic::error(codes::OFFLINE, "nothing can be published offline")
                .at(Place::argument("--offline"))
                .help("take it out; `--dry-run` publishes nothing either")
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
    let shelf = Shelf::open(&endpoint, &reference, scope)?;
    let address = shelf.address(version)?;
    let mut publication = Publication {
        address,
        digest: None,
        state: State::Rehearsed,
        previous: None,
        docs: None,
        note: match (&endpoint.name, &endpoint.kind) {
            (None, settings::Kind::Directory(root)) => Some(format!(
                "no registry is configured for `{}`: taking the directory {}",
                reference.namespace(),
                settings::shown(root)
            )),
            _ => None,
        },
    };
    let there = shelf.release(version)?;
    if let Some(there) = &there
        && there.digest != artifact.digest()
    {
        return Err(taken(artifact, there, &shelf, &publication.address).into());
    }
    let release = match there {
        Some(there) => {
            publication.state = State::Already;
            there
        }
        None => {
            let findings = compare(artifact, &shelf, options, watch, &mut publication)?;
            if !findings.is_empty() {
                return Ok(Verdict::Refused(findings));
            }
            if options.dry_run {
                return Ok(Verdict::Done(publication));
            }
            watch(Step::Uploading(artifact.contents().len()));
            publication.state = State::Published;
            shelf.push(artifact)?
        }
    };
    publication.digest = Some(release.manifest.clone().unwrap_or(release.digest.clone()));
    if let Some(pages) = options.docs.as_ref().filter(|_| !options.dry_run) {
        watch(Step::Attaching(pages.iter().count()));
        publication.docs = Some(attach(artifact, &release, &shelf, pages)?);
    }
    Ok(Verdict::Done(publication))
}

fn attach(
    artifact: &Artifact,
    release: &Release,
    shelf: &Shelf,
    pages: &FileSet,
) -> Result<String> {
    match shelf {
        Shelf::Directory(directory) => directory.attach(&release.version, pages),
        Shelf::Oci(repository) => {
            let files: Vec<_> = pages.iter().collect();
            repository.attach(release, artifact, &files)
        }
    }
}

/// What isn't a plain version is published on purpose only: wkg doesn't find it.
fn refuse_unasked(version: &Version, options: &PublishOptions) -> Result<()> {
    let refused = |what: &str, why: &str, flag: &str| {
        let message = format!("`{version}` {what}, {why}");
        Err(Diagnostic::error(codes::UNUSUAL_VERSION, message)
            .at(Place::argument(version.to_string()))
            .help(format!("publish a plain version, or say `{flag}`"))
            .into())
    };
    if !version.build.is_empty() && !options.allow_build {
        let why = "which tags can't have as it is, and wkg doesn't find";
        return refused("has build metadata", why, "--allow-build");
    }
    if !version.pre.is_empty() && !options.allow_prerelease {
        let why = "which wkg takes only where it is asked for by its full name";
        return refused("is a pre-release", why, "--allow-prerelease");
    }
    Ok(())
}

/// What the versions before and after don't allow. Nobody relies on pre-releases, which are held to what
/// the release that they come before has to keep.
fn compare(
    artifact: &Artifact,
    shelf: &Shelf,
    options: &PublishOptions,
    watch: &dyn Fn(Step),
    publication: &mut Publication,
) -> Result<Vec<Diagnostic>> {
    let own = artifact.version();
    let versions = shelf.versions()?;
    let plain = || versions.iter().filter(|version| version.pre.is_empty());
    let previous = plain().filter(|version| *version < own).max();
    let next = plain().filter(|version| *version > own).min();
    publication.previous = previous.cloned();
    if options.allow_breaking {
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    for (version, is_before) in [(previous, true), (next, false)] {
        let Some(version) = version else { continue };
        watch(Step::Comparing(version.clone()));
        match (published(artifact, shelf, version)?, artifact.is_package()) {
            (Some(other), true) => {
                let new = artifact.release()?;
                let comparison = match is_before {
                    true => compat::compare(&other, &new),
                    false => compat::compare(&new, &other),
                };
                findings.extend(not_allowed(&comparison, is_before));
            }
            // What a component must keep is up to the worlds that it is for.
            (None, false) => {}
            (other, _) => findings.push(of_another_kind(artifact, version, other.is_some())),
        }
    }
    Ok(findings)
}

/// A package and a component don't share a name: whoever takes the latest would get the other.
fn of_another_kind(artifact: &Artifact, version: &Version, is_package: bool) -> Diagnostic {
    let kind = |is_package| match is_package {
        true => "a WIT package",
        false => "a component",
    };
    let reference = artifact.reference();
    let message = format!(
        "`{reference}` is {}, and {version} of the same name is {}",
        kind(artifact.is_package()),
        kind(is_package)
    );
    Diagnostic::error(codes::ANOTHER_KIND, message)
        .at(Place::argument(reference.to_string()))
        .help("publish it under a name of its own")
        .help("those who must can say `--allow-breaking`")
}

fn not_allowed(comparison: &Comparison, is_before: bool) -> Vec<Diagnostic> {
    if !comparison.is_too_low {
        return Vec::new();
    }
    let changes = &comparison.changes;
    let has_breaking = changes.iter().any(Change::is_breaking);
    // Without anything that breaks, it is what was added that asks for the number.
    let counts = |change: &&Change| match has_breaking {
        true => change.is_breaking(),
        false => change.weight() != Weight::Documentation,
    };
    let mut findings: Vec<Diagnostic> = changes
        .iter()
        .filter(counts)
        .map(|change| change.diagnostic().with_severity_of_error())
        .collect();
    let least = comparison.least.as_ref().map(ToString::to_string);
    let least = least.unwrap_or_default();
    let (old, new) = (&comparison.old, &comparison.new);
    let message = match is_before {
        true => format!("`{new}` must be {least} at least, after what has changed since `{old}`"),
        false => format!(
            "`{new}` is published already, and can't follow `{old}`: it would have to be {least}"
        ),
    };
    findings.push(
        Diagnostic::error(codes::VERSION_TOO_LOW, message)
            .at(Place::argument(new.clone()))
            .help("raise the version in the `package` line, or take the changes back")
            .help("those who must can say `--allow-breaking`"),
    );
    findings
}

/// A published version, as it is compared; none of a component.
fn published(
    artifact: &Artifact,
    shelf: &Shelf,
    version: &Version,
) -> Result<Option<compat::Release>> {
    let Some(found) = shelf.release(version)? else {
        return Ok(None);
    };
    let reference: Reference = artifact.reference().with_version(version.clone());
    let contents = shelf.contents(&found)?;
    if crate::component::holds_types_only(&contents) {
        let source = Source::Registry {
            name: reference.to_string(),
            contents: contents.into(),
        };
        return compat::Release::load(&source, &Features::default()).map(Some);
    }
    Ok(None)
}

/// The version is there with other contents, which stay.
fn taken(artifact: &Artifact, there: &Release, shelf: &Shelf, address: &str) -> Diagnostic {
    let version = artifact.version();
    let is_same_wit = || -> Result<bool> {
        let old = published(artifact, shelf, version)?;
        Ok(match old {
            Some(old) => compat::compare(&old, &artifact.release()?)
                .changes
                .is_empty(),
            None => false,
        })
    };
    let how = match artifact.is_package() && is_same_wit().unwrap_or(false) {
        true => ": the same WIT, encoded otherwise or with other metadata",
        false => "",
    };
    let message = format!(
        "{version} is published already, with other contents{how}: {} is there, and this is {}",
        there.digest,
        artifact.digest()
    );
    Diagnostic::error(codes::ALREADY_PUBLISHED, message)
        .at(Place::argument(address))
        .help("a published version never changes: raise the version, then publish again")
}
