//! Packages that were found, in a registry or in a directory.

use std::path::PathBuf;

use wit_parser::Resolve;

use super::wanted::Wanted;
use crate::registry::Fetched;

/// A needed package, after it was found.
pub(super) struct FoundPackage {
    /// The name with its version.
    pub name: String,
    pub resolve: Resolve,
    pub origin: Origin,
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
    /// The name of the registry in lock files.
    pub registry: Option<String>,
    pub fetched: Fetched,
}
