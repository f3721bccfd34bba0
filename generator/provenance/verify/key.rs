//! Attestations that a key has signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::provenance::attestation::Attestation;
use crate::provenance::policy::Trust;
use crate::provenance::rejection::Rejection;
use crate::provenance::signer::Signer;

/// Finds the key of the policy that has signed an attestation. The hint isn't covered by the signature, so it only chooses among
/// messages.
pub(super) fn verify(
    attestation: &Attestation,
    hint: &str,
    trust: &Trust,
) -> std::result::Result<Signer, Rejection> {
    if let Some(key) = trust.keys().iter().find(|key| attestation.is_signed_by(key)) {
        return Ok(Signer::Key {
            key: key.fingerprint(),
        });
    }
    match trust.keys().iter().find(|key| key.hint() == hint) {
        Some(key) => Err(Rejection::Signature(format!(
            "its signature is not valid for the key {} that it names: the statement was changed after it was signed, or another key signed it",
            key.fingerprint()
        ))),
        None => Err(Rejection::Signer(match fingerprint(hint) {
            Some(named) => {
                format!("none of the policy's keys has signed it; it names the key {named}")
            }
            None => "none of the policy's keys has signed it".to_owned(),
        })),
    }
}

/// Returns the fingerprint that a hint stands for, if it is one of ours or cosign's.
fn fingerprint(hint: &str) -> Option<String> {
    let digest = STANDARD.decode(hint).ok().filter(|digest| digest.len() == 32)?;
    let digits = digest.iter().map(|byte| format!("{byte:02x}"));
    Some(format!("sha256:{}", digits.collect::<String>()))
}
