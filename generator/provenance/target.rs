//! The subject that an attestation is verified for.

use semver::Version;

/// A version of a package, as it was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The package: `acme:shop`.
    pub package: String,
    /// Its version.
    pub version: Version,
    /// The digest of its contents: `sha256:` and hexadecimal digits.
    pub contents: String,
    /// The digest of its manifest; none in a directory.
    pub manifest: Option<String>,
    /// The version that the manifest's annotations name.
    pub annotated_version: Option<String>,
}

impl Target {
    /// Returns the digests by which a statement may name it: that of the manifest, and that of the contents.
    pub fn digests(&self) -> impl Iterator<Item = &str> {
        self.manifest.as_deref().into_iter().chain([self.contents.as_str()])
    }
}
