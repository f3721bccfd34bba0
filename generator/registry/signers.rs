//! The signers of locked packages: `witgen.lock`, next to wkg's lock file, in which wkg wouldn't keep unknown keys.

use std::path::{Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};

use super::Reference;
use super::lock_text;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::provenance::Signer;

/// The file's name.
pub const SIGNERS: &str = "witgen.lock";

/// The version of the format.
const FORMAT_VERSION: u64 = 1;

const HEADER: &str =
    "# Who vouches for the packages in wkg.lock. `witgen fetch` writes this file.\n";

/// The signers of packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signers {
    version: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    packages: Vec<Signed>,
}

/// A version of a package, and who vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signed {
    pub name: String,
    pub version: Version,
    /// The digest of its contents.
    pub digest: String,
    pub signer: Signer,
}

impl Default for Signers {
    fn default() -> Self {
        Signers {
            version: FORMAT_VERSION,
            packages: Vec::new(),
        }
    }
}

/// Returns the file beside a lock file.
pub(crate) fn signers_file(lock: &Path) -> PathBuf {
    lock.with_file_name(SIGNERS)
}

impl Signers {
    /// Reads the file; without one, there are no signers.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or isn't one of this format.
    pub fn read(path: &Path) -> Result<Self> {
        let Some(text) = lock_text::read(path)? else {
            return Ok(Self::default());
        };
        let invalid = |why: &str, place: Place| {
            Diagnostic::error(
                codes::INVALID_LOCK,
                format!("this is not a lock of signers: {why}"),
            )
            .at(place)
            .help("restore it, or delete it: `witgen fetch` writes a new one")
        };
        let signers: Signers = toml::from_str(&text).map_err(|error| {
            let range = error.span().unwrap_or(0..0);
            let place = Place::source(path.display().to_string(), text.as_str(), range);
            invalid(error.message(), place)
        })?;
        if signers.version != FORMAT_VERSION {
            let why = format!(
                "its version is {}, but only {FORMAT_VERSION} is supported",
                signers.version
            );
            return Err(invalid(&why, Place::path(path)).into());
        }
        Ok(signers)
    }

    /// Returns who vouched for contents of a version.
    pub fn signer(&self, package: &Reference, digest: &str) -> Option<&Signer> {
        let name = package.without_version().to_string();
        let is_about = |it: &&Signed| {
            it.name == name && Some(&it.version) == package.version() && it.digest == digest
        };
        self.packages.iter().find(is_about).map(|it| &it.signer)
    }

    /// Adds a package. If one of its signers was recorded before, that one is kept.
    pub fn insert(&mut self, before: &Signers, signed: Vec<Signed>) {
        let is_known = |it: &&Signed| before.packages.contains(it);
        let chosen = signed.iter().find(is_known).or(signed.first()).cloned();
        self.packages.extend(chosen);
        self.packages.sort();
        self.packages.dedup();
    }

    /// Describes the packages that these signers have and others don't: `acme:shop@1.0.0 signed by …`.
    pub fn lines_missing_in(&self, other: &Signers) -> Vec<String> {
        let missing = self.packages.iter().filter(|it| !other.packages.contains(it));
        missing
            .map(|it| format!("{}@{} signed by {}", it.name, it.version, it.signer))
            .collect()
    }

    /// Returns the text of the file.
    pub fn to_text(&self) -> String {
        let text = toml::to_string_pretty(self).expect("plain data always serialises");
        format!("{HEADER}{text}")
    }
}
