//! witgen's statement about a package that it publishes: the predicate of its attestations.
//!
//! `docs/provenance.md` lists the fields. Readers ignore fields that they don't know, so a field can be added; the type changes only
//! if a field gets another meaning.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::provenance::target::Target;

/// The type of the predicate.
pub const PREDICATE_TYPE: &str = "urn:witgen:provenance:v1";

/// A digest, as in-toto writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The hexadecimal digits of the SHA-256.
    pub sha256: String,
}

impl Digest {
    /// Returns the digest of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut sha256 = String::new();
        for byte in Sha256::digest(bytes) {
            // Writing into a string never fails.
            let _ = write!(sha256, "{byte:02x}");
        }
        Digest { sha256 }
    }

    /// Returns the digest that a registry writes as `sha256:…`.
    pub fn of_registry(digest: &str) -> Self {
        Digest {
            sha256: digest.strip_prefix("sha256:").unwrap_or(digest).to_owned(),
        }
    }
}

/// witgen's statement about a published package or component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Predicate {
    /// Its name and version.
    pub package: PackageIdentity,
    /// The digest of its contents: an encoded package, or a component.
    pub contents: Digest,
    /// The source that it was made from; none for a file that is published as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceFiles>,
    /// The dependencies that the lock file lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// The published version that it was compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Baseline>,
    /// The baseline that `witgen.toml` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The findings of `witgen check`; none if it didn't run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// The parts of a composed component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub composition: Option<Composition>,
    /// The programs that encoded it, with their versions.
    pub tools: BTreeMap<String, String>,
}

/// The name of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PackageIdentity {
    /// `acme:shop`.
    pub name: String,
    /// `1.0.0`.
    pub version: String,
    /// `package` for WIT, `component` for code.
    pub kind: String,
}

impl PackageIdentity {
    /// Returns the identity of a package or a component.
    pub fn new(name: impl Into<String>, version: impl Into<String>, is_package: bool) -> Self {
        PackageIdentity {
            name: name.into(),
            version: version.into(),
            kind: if is_package { "package" } else { "component" }.to_owned(),
        }
    }
}

/// The files that a package was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SourceFiles {
    /// The SHA-256 of what `sha256sum` prints for the package's own files, sorted by path.
    pub digest: Digest,
    /// The files, from the folder of the package.
    pub files: Vec<String>,
    /// The revision: git's commit, with `-dirty` if files have changed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The address of the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
}

/// A package that the lock file lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Dependency {
    /// `acme:units`.
    pub name: String,
    /// `1.0.0`.
    pub version: String,
    /// The digest of its contents.
    pub digest: Digest,
    /// The name of its registry; none for the directory of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
}

impl Dependency {
    /// Returns a package that the lock file lists.
    pub fn new(
        name: impl Into<String>,
        version: impl Into<String>,
        digest: Digest,
        registry: Option<String>,
    ) -> Self {
        Dependency {
            name: name.into(),
            version: version.into(),
            digest,
            registry,
        }
    }
}

/// A package that was compared with, and the result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Baseline {
    /// The package: `acme:shop@0.9.0`, or what `witgen.toml` names.
    pub package: String,
    /// Whether the version allows the changes.
    pub verdict: Compatibility,
    /// The number of changes that break `guest`, `host` and `source`; `none` for changes that break nothing.
    pub changes: BTreeMap<String, usize>,
}

/// Whether a version allows what has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Compatibility {
    /// Nothing has changed.
    Unchanged,
    /// The version allows the changes.
    Allowed,
    /// The version doesn't allow the changes, and was published with `--allow-breaking`.
    Broken,
    /// The two weren't compared.
    #[default]
    #[serde(other)]
    NotCompared,
}

/// The findings of `witgen check`, which include those of lint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Check {
    /// How many errors there are, by code. They forbid publishing.
    pub errors: BTreeMap<String, usize>,
    /// How many warnings there are, by code.
    pub warnings: BTreeMap<String, usize>,
}

/// The parts of a composed component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Composition {
    /// The components in it.
    pub members: Vec<Member>,
    /// Which member leads to which, a line each.
    pub plan: Vec<String>,
}

/// A component in a composition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Member {
    /// Its number, which the plan calls it by.
    pub name: String,
    /// The digest of its bytes, as they are in the composition.
    pub digest: Digest,
}

impl Member {
    /// Returns the member with a number.
    pub(super) fn new(number: usize, digest: Digest) -> Self {
        Member {
            name: number.to_string(),
            digest,
        }
    }
}

impl Predicate {
    /// Explains why the statement is about something other than the fetched package; `None` if it is about it.
    pub(super) fn difference(&self, target: &Target) -> Option<String> {
        let (name, version) = (target.package.as_str(), target.version.to_string());
        let stated = &self.package;
        if stated.name != name || stated.version != version {
            return Some(format!(
                "it is about `{}@{}`, not about `{name}@{version}`",
                stated.name, stated.version
            ));
        }
        let contents = Digest::of_registry(&target.contents);
        (self.contents != contents).then(|| {
            format!(
                "it is about other contents: sha256:{}",
                self.contents.sha256
            )
        })
    }
}
