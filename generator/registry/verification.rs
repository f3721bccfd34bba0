//! `witgen verify`: all attestations of one package, and whether they hold.

use std::borrow::Cow;

use super::evidence::{Evidence, Examined};
use super::settings::{self, Kind};
use super::{Fetched, Reference, Registries};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::provenance::{Signer, Trust};

/// A package, and all attestations of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verification {
    /// The package.
    pub package: Fetched,
    /// The digest of its manifest; none in a directory.
    pub manifest: Option<String>,
    /// The attestations, in the order of the registry.
    pub attestations: Vec<Examined>,
    /// Whether these are those of the cache.
    pub is_cached: bool,
}

impl Verification {
    /// Returns who vouches for the package.
    pub fn signers(&self) -> impl Iterator<Item = &Signer> {
        self.attestations.iter().filter_map(|it| it.verdict.as_ref().ok())
    }
}

impl Registries {
    /// Fetches a package and verifies all of its attestations: against `trust`, or else the policy of the project. Statements
    /// of the types in `predicates` count too.
    ///
    /// # Errors
    ///
    /// A package that can't be fetched, no policy for it, keys that can't be read, and a request that fails. A package without
    /// an accepted attestation isn't an error.
    pub fn verify(
        &self,
        reference: &Reference,
        trust: Option<Trust>,
        predicates: &[String],
    ) -> Result<Verification> {
        let trust = match (trust, self.options.project.trust(reference)) {
            (Some(trust), _) => trust,
            (None, Some(rule)) => rule.load()?,
            (None, None) => return Err(no_trust(reference).into()),
        };
        let trust = trust.with(Vec::new(), predicates.to_vec());
        let endpoint = || settings::find(reference, &self.options);
        let registry = settings::name(reference, &self.options)?;
        let found = self.find(registry, &endpoint, reference, None)?;
        let remote = match found.remote {
            Some(remote) => Some(remote),
            None => match endpoint()? {
                endpoint if matches!(endpoint.kind, Kind::Directory(_)) => {
                    found.look_up(&endpoint)?
                }
                _ => None,
            },
        };
        let is_cached = remote.is_none();
        let evidence = match &remote {
            Some(remote) => remote.evidence()?,
            None => {
                let cached = Evidence::of_cache(&self.cache()?, found.fetched.digest());
                Cow::Owned(cached.unwrap_or_default())
            }
        };
        Ok(Verification {
            attestations: evidence.examine(&found.fetched, &trust),
            manifest: evidence.manifest_digest(),
            package: found.fetched,
            is_cached,
        })
    }
}

fn no_trust(reference: &Reference) -> Diagnostic {
    let message = format!("no accepted signers are known for `{reference}`");
    Diagnostic::error(codes::NO_TRUST, message)
        .at(Place::argument(reference.to_string()))
        .help(format!(
            "add a `[[trust]]` to `witgen.toml` with `namespaces = [\"{}\"]` and `keys`",
            reference.namespace()
        ))
        .help("or name the publisher's key: `--key FILE`")
}
