//! Packages by their names: what is needed, its text, and its folder.

use std::sync::Arc;

use semver::VersionReq;
use wit_parser::PackageName;

use crate::registry::Reference;

/// A package, and its text.
pub(super) type NamedText = (PackageName, Arc<str>);

/// A package that is needed, and isn't here.
pub(super) struct Wanted {
    pub package: Reference,
}

impl Wanted {
    /// What locks call it: a version in WIT is exactly that one.
    pub fn requirement(&self) -> VersionReq {
        let requirement = match self.package.version() {
            Some(version) => format!("={version}"),
            None => "*".to_owned(),
        };
        requirement.parse().expect("a version is a requirement")
    }
}

/// The folder of a package under `deps/`, as wkg has it: `wasi-cli-0.3.2`.
pub(super) fn folder_of(name: &PackageName) -> String {
    name.to_string().replace([':', '@', '+'], "-")
}
