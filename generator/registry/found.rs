//! A package that was fetched and not yet checked against the policy.

use std::borrow::Cow;
use std::panic::resume_unwind;
use std::thread;

use super::backend::Backend;
use super::evidence::Evidence;
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
    /// Its attestations, if they were read while the contents were downloaded.
    evidence: Option<Result<Evidence>>,
}

impl Remote {
    /// Returns a version whose attestations weren't read yet.
    pub fn new(backend: Backend, release: Release) -> Self {
        Remote {
            backend,
            release,
            evidence: None,
        }
    }

    /// Downloads the contents of a version and, if they will be verified, its attestations at the same time.
    ///
    /// # Errors
    ///
    /// A request that fails, and contents that don't match their digest. [`Remote::evidence`] returns the error if the attestations
    /// can't be read.
    pub fn download(
        backend: Backend,
        release: Release,
        will_be_verified: bool,
    ) -> Result<(Vec<u8>, Self)> {
        let (contents, evidence) = thread::scope(|scope| {
            let evidence =
                will_be_verified.then(|| scope.spawn(|| Evidence::of_registry(&backend, &release)));
            let contents = backend.contents(&release);
            let join = |it: thread::ScopedJoinHandle<'_, _>| {
                it.join().unwrap_or_else(|panic| resume_unwind(panic))
            };
            (contents, evidence.map(join))
        });
        let remote = Remote {
            backend,
            release,
            evidence,
        };
        Ok((contents?, remote))
    }

    /// Returns its attestations: those that were read with the contents, or else the registry's.
    ///
    /// # Errors
    ///
    /// A request that fails.
    pub fn evidence(&self) -> Result<Cow<'_, Evidence>> {
        match &self.evidence {
            Some(Ok(evidence)) => Ok(Cow::Borrowed(evidence)),
            Some(Err(failure)) => Err(failure.clone()),
            None => Evidence::of_registry(&self.backend, &self.release).map(Cow::Owned),
        }
    }
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
        Ok(Some(Remote::new(backend, release)))
    }
}
