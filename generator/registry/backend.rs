//! The storage of one package: a directory, or a repository of an OCI registry.

use semver::Version;

use super::directory::Directory;
use super::oci::{Repository, Scope};
use super::release::Release;
use super::settings::{Endpoint, Kind};
use super::{Artifact, Reference};
use crate::diagnostic::Result;

/// A package's storage in its registry.
pub(super) enum Backend {
    Directory(Directory),
    Oci(Box<Repository>),
}

impl Backend {
    /// Returns the storage of a package, without any request.
    pub fn new(endpoint: &Endpoint, package: &Reference, scope: Scope) -> Result<Self> {
        Ok(match &endpoint.kind {
            Kind::Directory(root) => Backend::Directory(Directory::new(root, package)),
            Kind::Oci(oci) => Backend::Oci(Box::new(Repository::new(oci, package, scope)?)),
        })
    }

    /// Returns where a version is stored, for messages.
    pub fn address(&self, version: &Version) -> Result<String> {
        match self {
            Backend::Directory(directory) => Ok(directory.address(version)),
            Backend::Oci(repository) => repository.address(version),
        }
    }

    /// Returns the published versions, in no order.
    pub fn versions(&self) -> Result<Vec<Version>> {
        match self {
            Backend::Directory(directory) => directory.versions(),
            Backend::Oci(repository) => repository.versions(),
        }
    }

    /// Looks up a version; none if it isn't published.
    pub fn release(&self, version: &Version) -> Result<Option<Release>> {
        match self {
            Backend::Directory(directory) => directory.release(version),
            Backend::Oci(repository) => repository.release(version),
        }
    }

    /// Reads the contents of a release.
    pub fn contents(&self, release: &Release) -> Result<Vec<u8>> {
        match self {
            Backend::Directory(directory) => directory.contents(release),
            Backend::Oci(repository) => repository.contents(release),
        }
    }

    /// Publishes an artifact.
    pub fn push(&self, artifact: &Artifact) -> Result<Release> {
        match self {
            Backend::Directory(directory) => directory.push(artifact),
            Backend::Oci(repository) => repository.push(artifact),
        }
    }
}
