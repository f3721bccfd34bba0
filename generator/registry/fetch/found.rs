//! Packages that were found, in a registry or in a directory.

use std::path::PathBuf;

use semver::VersionReq;
use wit_parser::{PackageName, Resolve};

use super::wanted::Wanted;
use crate::registry::Fetched;

/// A needed package, after it was found.
pub(super) struct FoundPackage {
    /// The name with its version.
    pub name: String,
    pub resolve: Resolve,
    pub origin: Origin,
}

impl FoundPackage {
    /// Returns the name with its version.
    pub fn package_name(&self) -> PackageName {
        let mut packages = self.resolve.packages.iter().map(|(_, package)| &package.name);
        let own = packages.find(|name| name.to_string() == self.name);
        own.expect("a package is part of its own resolution").clone()
    }
}

/// Where a package comes from.
pub(super) enum Origin {
    Registry(Box<Download>),
    /// The program, which contains it.
    BuiltIn,
    /// A directory that the options name.
    Override(PathBuf),
}

/// A package that was fetched.
pub(super) struct Download {
    pub wanted: Wanted,
    /// The requirement in the lock file.
    pub requirement: VersionReq,
    /// The name of the registry in lock files.
    pub registry: Option<String>,
    pub fetched: Fetched,
}
