//! Needed packages: their names, texts and folders.

use std::sync::Arc;

use semver::VersionReq;
use wit_parser::PackageName;

use crate::registry::Reference;

/// A package's name and its text.
pub(super) type NamedText = (PackageName, Arc<str>);

/// A needed package that `deps/` doesn't have.
pub(super) struct Wanted {
    pub package: Reference,
}

impl Wanted {
    /// Returns the requirement for the lock file: a version in WIT stands for exactly that version.
    pub fn requirement(&self) -> VersionReq {
        let requirement = match self.package.version() {
            Some(version) => format!("={version}"),
            None => "*".to_owned(),
        };
        requirement.parse().expect("a version is a requirement")
    }
}

/// Returns the folder of a package in `deps/`, which wkg uses too: `wasi-cli-0.3.2`.
pub(super) fn folder_of(name: &PackageName) -> String {
    name.to_string().replace([':', '@', '+'], "-")
}
