//! Options for finding dependencies.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::overrides::Override;
use crate::registry::{Reference, Requirement};

/// Options for finding dependencies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchOptions {
    /// Ignores the lock file, and resolves everything again.
    pub update: bool,
    /// Fetches nothing from another registry than the lock file names.
    pub locked: bool,
    /// Directories that packages are taken from, also those that only other packages need.
    pub overrides: Vec<Override>,
    /// The same for members of the workspace, which needn't be needed.
    pub members: Vec<Override>,
    /// Packages that the manifest lists, which are kept whether or not WIT names them.
    pub requirements: Vec<Requirement>,
    /// Packages whose entries in the lock file are ignored, except for the digests of versions.
    pub unlocked: Vec<Reference>,
    /// Takes packages from directories only: `deps/` keeps other packages, as if they were vendored.
    pub directories_only: bool,
    /// Texts of the package's files in place of those on the disk.
    pub edited: BTreeMap<PathBuf, Arc<str>>,
}
