//! Needed packages: their names, texts and folders.

use std::sync::Arc;

use semver::VersionReq;
use wit_parser::PackageName;

use super::super::lock::exactly;
use crate::registry::{Reference, Requirement};

/// A package's name and its text.
pub(super) type NamedText = (PackageName, Arc<str>);

/// A needed package that `deps/` doesn't have.
#[derive(Clone)]
pub(super) struct Wanted {
    pub package: Reference,
    /// The requirement in the manifest, if it lists the package.
    pub listed: Option<Requirement>,
    /// Whether WIT names the package; else only the manifest lists it.
    pub is_named: bool,
}

impl Wanted {
    /// Returns the requirement for the lock file: a version in WIT stands for exactly that version.
    pub fn requirement(&self) -> VersionReq {
        match (self.package.version(), &self.listed) {
            (Some(version), _) => exactly(version),
            (None, Some(listed)) => listed.versions.clone(),
            (None, None) => VersionReq::STAR,
        }
    }
}

/// Returns the folder of a package in `deps/`, which wkg uses too: `wasi-cli-0.3.2`.
pub(super) fn folder_of(name: &PackageName) -> String {
    name.to_string().replace([':', '@', '+'], "-")
}

/// Returns the file of a package in `deps/`: `wasi-cli-0.3.2/package.wit`.
pub(crate) fn dependency_file(name: &PackageName) -> String {
    format!("{}/package.wit", folder_of(name))
}
