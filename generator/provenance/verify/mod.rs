//! Whether an attestation vouches for what was fetched.

use super::attestation::Attestation;
use super::policy::Trust;
use super::predicate::PREDICATE_TYPE;
use super::rejection::Rejection;
use super::signer::Signer;
use super::target::Target;

mod foreign;
mod key;
mod keyless;

/// Verifies that the subject of an attestation is the fetched package, that an accepted signer has signed it, and that its
/// statement is about the same package and version. Returns the signer.
///
/// # Errors
///
/// Why it doesn't vouch for the package.
pub fn verify(
    attestation: &Attestation,
    target: &Target,
    trust: &Trust,
) -> std::result::Result<Signer, Rejection> {
    let Some(subject) = attestation.subject(target) else {
        let named = attestation.shown_subjects();
        return Err(Rejection::Subject(format!("it is about {named}")));
    };
    let signer = match attestation.key_hint() {
        Some(hint) => key::verify(attestation, hint, trust)?,
        None => keyless::verify(attestation, subject, trust)?,
    };
    let predicate_type = attestation.predicate_type();
    if !trust.accepts(predicate_type) {
        return Err(Rejection::Statement(format!(
            "it states a `{predicate_type}`, which the policy doesn't accept"
        )));
    }
    let difference = if predicate_type == PREDICATE_TYPE {
        attestation.difference(target)
    } else {
        let manifest = target.manifest.as_deref();
        let is_of_manifest = manifest.is_some_and(|it| it.ends_with(&subject.to_hex()));
        foreign::difference(attestation, target, is_of_manifest)
    };
    match difference {
        Some(why) => Err(Rejection::Statement(why)),
        None => Ok(signer),
    }
}
