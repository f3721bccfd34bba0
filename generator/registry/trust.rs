//! Holds what is fetched to the policy of the project.

use std::collections::BTreeSet;

use super::cache::Cache;
use super::evidence::{Evidence, Examined};
use super::found::Found;
use super::settings::{Endpoint, Kind};
use super::signers::Signers;
use super::{Fetched, Reference};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::provenance::{Attestation, Signer, Trust, TrustRule};

/// The requirement for a package's signers.
pub(super) struct Requirement<'a> {
    pub rule: &'a TrustRule,
    pub cache: &'a Cache,
    pub is_offline: bool,
    pub locked_signers: &'a Signers,
}

impl Requirement<'_> {
    /// Verifies that an accepted signer has signed a package, first with the cached evidence, so that nothing is requested
    /// twice.
    ///
    /// # Errors
    ///
    /// Keys that can't be read, a request that fails, and a package without an accepted attestation. If the rule only requests
    /// a report, the latter two are returned as a warning.
    pub fn vouch(
        &self,
        found: Found,
        endpoint: &dyn Fn() -> Result<Endpoint>,
    ) -> Result<(Fetched, Option<Diagnostic>)> {
        let trust = self.rule.load()?;
        let fetched = &found.fetched;
        let cached = Evidence::of_cache(self.cache, fetched.digest());
        let mut examined = match &cached {
            Some(evidence) => evidence.examine(fetched, &trust),
            None => Vec::new(),
        };
        if !self.is_settled(fetched, &signers(&examined)) {
            let asked = self.ask(&found, endpoint, &trust);
            match asked {
                Ok(Some(asked)) => examined = asked,
                Ok(None) => {}
                // The package has an accepted signer, but not the locked one.
                Err(_) if !signers(&examined).is_empty() => {}
                Err(failure) if self.rule.is_required => return Err(failure),
                Err(failure) => {
                    let warning = self.not_attested(fetched.reference(), &examined);
                    let why = failure.first().message.clone();
                    return Ok((found.fetched, Some(warning.help(why))));
                }
            }
        }
        let signers = signers(&examined);
        if !signers.is_empty() {
            return Ok((found.fetched.vouched_for_by(signers), None));
        }
        let problem = self.not_attested(fetched.reference(), &examined);
        if self.rule.is_required {
            return Err(problem.into());
        }
        Ok((found.fetched, Some(problem)))
    }

    /// Whether the cached evidence is enough: the package has an accepted signer, and if one is locked, it is that one.
    fn is_settled(&self, fetched: &Fetched, signers: &[Signer]) -> bool {
        match self.locked_signers.signer(fetched.reference(), fetched.digest()) {
            Some(locked) => signers.contains(locked),
            None => !signers.is_empty(),
        }
    }

    /// Requests attestations from the registry, and keeps the accepted ones; returns none if requests aren't allowed.
    fn ask(
        &self,
        found: &Found,
        endpoint: &dyn Fn() -> Result<Endpoint>,
        trust: &Trust,
    ) -> Result<Option<Vec<Examined>>> {
        let own;
        let remote = match &found.remote {
            Some(remote) => remote,
            None => {
                let endpoint = endpoint()?;
                if self.is_offline
                    && let Kind::Oci(_) = endpoint.kind
                {
                    return Ok(None);
                }
                match found.look_up(&endpoint)? {
                    Some(remote) => {
                        own = remote;
                        &own
                    }
                    None => return Ok(None),
                }
            }
        };
        let evidence = remote.evidence()?;
        let examined = evidence.examine(&found.fetched, trust);
        if let Some(manifest) = &evidence.manifest {
            let vouching = examined.iter().filter(|it| it.verdict.is_ok());
            let vouching = vouching.filter_map(|it| it.attestation.as_ref());
            self.cache.store_attestations(
                found.fetched.digest(),
                manifest,
                vouching.map(Attestation::json),
            );
        }
        Ok(Some(examined))
    }

    /// The problem of a package without an accepted attestation.
    fn not_attested(&self, reference: &Reference, examined: &[Examined]) -> Diagnostic {
        let why = match examined.len() {
            0 if self.is_offline => {
                "none is cached, and `--offline` forbids looking for one".to_owned()
            }
            0 => "there is none".to_owned(),
            1 => "the only one was rejected".to_owned(),
            count => format!("{count} were rejected"),
        };
        let message = format!("no attestation of `{reference}` satisfies the policy: {why}");
        let problem = if self.rule.is_required {
            Diagnostic::error(codes::NOT_ATTESTED, message)
        } else {
            Diagnostic::warning(codes::NOT_ATTESTED, message)
        };
        let problem =
            problem.at(Place::argument(reference.to_string())).at(self.rule.place.clone());
        let rejections = examined.iter().filter_map(|it| it.verdict.as_ref().err());
        let problem = rejections.fold(problem, |problem, rejection| {
            problem.help(format!("rejected: {rejection}"))
        });
        let problem = match (examined.is_empty(), self.is_offline) {
            (true, true) => problem.help("run the command once without `--offline`"),
            (true, false) => problem.help("its publisher attests it with `witgen publish --sign`"),
            (false, _) => problem.help(format!(
                "`witgen verify {reference}` shows all attestations"
            )),
        };
        if self.rule.is_required {
            problem.help(
                "nothing was written; `require = false` reports such packages, and accepts them",
            )
        } else {
            problem
        }
    }
}

/// Returns who vouches for a package, sorted: the registry's order is of no importance.
fn signers(examined: &[Examined]) -> Vec<Signer> {
    let signers = examined.iter().filter_map(|it| it.verdict.as_ref().ok());
    signers.cloned().collect::<BTreeSet<_>>().into_iter().collect()
}
