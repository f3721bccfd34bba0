//! The result of a fetch.

use std::sync::Arc;

use super::Reference;
use crate::provenance::Signer;
use crate::source::Source;

/// A package or a component from a registry or from the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    reference: Reference,
    digest: String,
    contents: Arc<[u8]>,
    signers: Vec<Signer>,
}

impl Fetched {
    pub(super) fn new(reference: Reference, digest: &str, contents: Vec<u8>) -> Self {
        Fetched {
            reference,
            digest: digest.to_owned(),
            contents: contents.into(),
            signers: Vec::new(),
        }
    }

    /// Returns the same package, which these vouch for.
    pub(super) fn vouched_for_by(mut self, signers: Vec<Signer>) -> Self {
        self.signers = signers;
        self
    }

    /// Returns the package's name and version.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// Returns the digest of the contents: `sha256:` and hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns its accepted signers, sorted; empty if the policy of the project has no rule for it, or only requests a report.
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// Returns the contents: an encoded WIT package, or a component.
    pub fn contents(&self) -> &[u8] {
        &self.contents
    }
}

impl From<Fetched> for Source {
    fn from(fetched: Fetched) -> Self {
        Source::Registry {
            name: fetched.reference.to_string(),
            contents: fetched.contents,
        }
    }
}
