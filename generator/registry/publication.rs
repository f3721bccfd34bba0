//! The request to publish a package, and its result.

use semver::Version;

use crate::diagnostic::Diagnostic;
use crate::fileset::FileSet;
use crate::provenance::{Attestation, Baseline, Predicate, SigningKey};

/// Options for publishing.
#[derive(Clone, Debug, Default)]
pub struct PublishOptions {
    /// Checks everything, and publishes nothing.
    pub dry_run: bool,
    /// Requires a registry that is named or configured, instead of a directory among the user's data.
    pub requires_registry: bool,
    /// Publishes changes that the version doesn't allow.
    pub allow_breaking: bool,
    /// Publishes a pre-release, which wkg doesn't choose by itself.
    pub allow_prerelease: bool,
    /// Publishes a version with build metadata, which wkg doesn't find.
    pub allow_build: bool,
    /// The pages to attach.
    pub docs: Option<FileSet>,
    /// The key that signs what is stated about the package, and what is stated. The fields that only publishing knows are filled
    /// in.
    pub signing: Option<(SigningKey, Predicate)>,
    /// Attestations that were made elsewhere, with the names of their files.
    pub attestations: Vec<(String, Attestation)>,
}

/// A step of publishing, for progress messages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Looks up the published versions.
    Looking,
    /// Compares with this version.
    Comparing(Version),
    /// Uploads so many bytes, and reads them back.
    Uploading(usize),
    /// Attaches so many pages.
    Attaching(usize),
    /// Attaches so many attestations.
    Attesting(usize),
}

/// Whether a version was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// This run published it.
    Published,
    /// It was published before, with the same contents; a dry run reports this too.
    Already,
    /// It isn't published; this was a dry run.
    Rehearsed,
}

/// A version in a registry.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Publication {
    /// The address: `HOST/wasi/http:0.3.1002`, or a file.
    pub address: String,
    /// The digest by which others pull it: that of the manifest, or of the file in a directory. None if
    /// the version isn't published.
    pub digest: Option<String>,
    /// Whether this run published it.
    pub state: State,
    /// The published version that it was compared with.
    pub previous: Option<Version>,
    /// The result of that comparison.
    pub compared: Option<Baseline>,
    /// The digest or the folder of the attached pages.
    pub docs: Option<String>,
    /// The digests or the files of the attached attestations, those first that this run has signed.
    pub attestations: Vec<String>,
    /// Why the registry is a directory on this machine, if it isn't configured.
    pub note: Option<String>,
}

/// The result of publishing.
#[derive(Debug)]
pub enum Verdict {
    /// The version is published, or could be.
    Done(Publication),
    /// The changes that the version doesn't allow.
    Refused(Vec<Diagnostic>),
}
