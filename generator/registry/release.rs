//! A published version.

use semver::Version;

/// A published version of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub version: Version,
    /// The digest of the contents.
    pub digest: String,
    /// The size of the contents in bytes.
    pub size: u64,
    /// The digest of the manifest; none in a directory.
    pub manifest: Option<String>,
    /// The bytes of the manifest, if they were read.
    pub manifest_bytes: Option<Vec<u8>>,
}
