//! Attestations with a certificate: Fulcio has issued it to an identity, and Rekor has logged the signature.

use sigstore_verify::types::Sha256Hash;
use sigstore_verify::{CertificateError, Error, VerificationPolicy};

use crate::panics::call;
use crate::provenance::attestation::Attestation;
use crate::provenance::policy::Trust;
use crate::provenance::rejection::Rejection;
use crate::provenance::signer::Signer;

/// Verifies the certificate, the log entry and the signature, and that the certificate is of an identity of the policy.
pub(super) fn verify(
    attestation: &Attestation,
    subject: Sha256Hash,
    trust: &Trust,
) -> std::result::Result<Signer, Rejection> {
    let Some(root) = trust.root() else {
        return Err(Rejection::Signer(
            "a certificate signed it, and the policy names no `trusted-root`".to_owned(),
        ));
    };
    let mut policy = VerificationPolicy::any_identity();
    // Without keys in the trusted root, a check is impossible. The public instance of Sigstore has all of them; instances of
    // single companies may rely on timestamps alone.
    if !root.has_certificate_logs {
        policy = policy.skip_sct();
    }
    if !root.has_signature_logs {
        policy = policy.skip_tlog_unsafe();
    }
    let verified = call(|| {
        let verified = root.verifier.verify(subject, &attestation.bundle, &policy);
        verified.map_err(|error| anyhow::anyhow!(reason(&error)))
    });
    let verified = verified.map_err(|error| Rejection::Signature(format!("{error:#}")))?;
    let (Some(identity), Some(issuer), true) = (
        verified.identity(),
        verified.issuer(),
        verified.certificate_verified(),
    ) else {
        let why = "its certificate names no identity, or no issuer";
        return Err(Rejection::Signature(why.to_owned()));
    };
    let mut identities = trust.identities().iter();
    if !identities.any(|it| it.matches(issuer, identity.as_str())) {
        return Err(Rejection::Signer(format!(
            "the signer {} ({issuer}) is not in the policy",
            identity.as_str()
        )));
    }
    Ok(Signer::Identity {
        identity: identity.as_str().to_owned(),
        issuer: issuer.to_owned(),
    })
}

/// Explains in plain words why a signature isn't valid, where the library shows values of another one.
fn reason(error: &Error) -> String {
    let Error::Certificate(error) = error else {
        return error.to_string();
    };
    let is =
        |name: &str| matches!(error, CertificateError::ChainInvalid(why) if why.contains(name));
    match error {
        CertificateError::Expired { .. } => {
            "its certificate had expired when it was signed".to_owned()
        }
        _ if is("CertExpired") => "its certificate had expired when it was signed".to_owned(),
        _ if is("CertNotValidYet") => {
            "its certificate was not valid yet when it was signed".to_owned()
        }
        _ if is("UnknownIssuer") || is("InvalidSignatureForPublicKey") => {
            "its certificate comes from no authority of the trusted root".to_owned()
        }
        _ => error.to_string(),
    }
}
