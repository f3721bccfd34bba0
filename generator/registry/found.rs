//! A package that was fetched and not yet checked against the policy.

use super::backend::Backend;
use super::oci::Scope;
use super::release::Release;
use super::settings::Endpoint;
use super::{Fetched, lock};
use crate::diagnostic::Result;

/// A package, and where it was found.
pub(super) struct Found {
    pub fetched: Fetched,
    /// Where it was looked up; none if it came from the cache.
    pub remote: Option<Remote>,
}

/// A version in its registry.
pub(super) struct Remote {
    pub backend: Backend,
    pub release: Release,
}

impl Found {
    /// Looks the package up in its registry; none if it isn't there.
    ///
    /// # Errors
    ///
    /// A request that fails, and a registry that has other contents.
    pub fn look_up(&self, endpoint: &Endpoint) -> Result<Option<Remote>> {
        let reference = self.fetched.reference();
        let backend = Backend::new(endpoint, reference, Scope::Pull)?;
        let version = reference.version().expect("fetched in a version");
        let Some(release) = backend.release(version)? else {
            return Ok(None);
        };
        if release.digest != self.fetched.digest() {
            let locked = self.fetched.digest();
            return Err(lock::digest_mismatch(reference, &release.digest, locked).into());
        }
        Ok(Some(Remote { backend, release }))
    }
}
