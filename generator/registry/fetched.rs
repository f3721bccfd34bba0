//! The result of a fetch.

use std::sync::Arc;

use super::Reference;
use crate::source::Source;

/// A package or a component from a registry or from the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    reference: Reference,
    digest: String,
    contents: Arc<[u8]>,
}

impl Fetched {
    pub(super) fn new(reference: Reference, digest: &str, contents: Vec<u8>) -> Self {
        Fetched {
            reference,
            digest: digest.to_owned(),
            contents: contents.into(),
        }
    }

    /// Returns the package's name and version.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// Returns the digest of the contents: `sha256:` and hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
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
