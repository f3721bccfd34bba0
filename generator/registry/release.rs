//! A published version.

use semver::Version;

/// A version of a package as a registry has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub version: Version,
    /// Of the contents.
    pub digest: String,
    /// Of the contents, in bytes.
    pub size: u64,
    /// The manifest's digest, where there is a manifest.
    pub manifest: Option<String>,
}
