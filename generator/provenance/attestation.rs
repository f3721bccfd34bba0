//! Attestations: Sigstore bundles with an in-toto statement in a DSSE envelope.

use std::fmt;
use std::sync::Arc;

use sigstore_verify::bundle::{BundleV03, VerificationMaterialV03};
use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::intoto::{Digest, Statement, Subject};
use sigstore_verify::types::{
    Bundle, DsseEnvelope, KeyId, PayloadBytes, Sha256Hash, SignatureContent,
    dsse::{DsseSignature, pae},
};

use super::key::{PublicKey, SigningKey};
use super::predicate::{PREDICATE_TYPE, Predicate};
use super::target::Target;
use crate::diagnostic::Result;

/// The media type of bundles.
pub const BUNDLE_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// The type of in-toto statements in an envelope.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The types of statements that are read. Version 0.1 has the same fields, and tools still write it.
const STATEMENT_TYPES: [&str; 2] = [Statement::TYPE_V1, "https://in-toto.io/Statement/v0.1"];

/// A signed statement about a package. Whether its signature holds, and who made it, is for
/// [`verify`](super::verify()) to find out.
#[derive(Clone)]
pub struct Attestation {
    json: Arc<str>,
    pub(super) bundle: Bundle,
    pub(super) envelope: DsseEnvelope,
    pub(super) statement: Statement,
}

impl fmt::Debug for Attestation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an attestation of {}", self.predicate_type())
    }
}

impl Attestation {
    /// Reads a bundle. The error says what the bytes are instead.
    ///
    /// # Errors
    ///
    /// Bytes that are no bundle with a statement.
    pub fn parse(bytes: &[u8]) -> std::result::Result<Self, String> {
        let json = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
        let bundle = Bundle::from_json(json).map_err(|error| format!("not a bundle: {error}"))?;
        let SignatureContent::DsseEnvelope(envelope) = &bundle.content else {
            return Err("it signs a file, and contains no statement".to_owned());
        };
        let envelope = envelope.clone();
        if envelope.payload_type != PAYLOAD_TYPE {
            let found = &envelope.payload_type;
            return Err(format!("its payload is `{found}`, not `{PAYLOAD_TYPE}`"));
        }
        let statement: Statement = serde_json::from_slice(envelope.payload.as_bytes())
            .map_err(|error| format!("it contains no statement of in-toto: {error}"))?;
        if !STATEMENT_TYPES.contains(&statement.type_.as_str()) {
            return Err(format!("its statement is a `{}`", statement.type_));
        }
        Ok(Attestation {
            json: json.into(),
            bundle,
            envelope,
            statement,
        })
    }

    /// Signs what witgen states about a package that has the first digest of `target`.
    ///
    /// # Errors
    ///
    /// A key that can't sign.
    pub fn sign(predicate: &Predicate, target: &Target, key: &SigningKey) -> Result<Self> {
        let digest = target.digests().next().expect("contents have a digest");
        let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
        let hash = Sha256Hash::from_hex(digits).expect("this is a digest of SHA-256");
        let name = format!("{}@{}", target.package, target.version);
        let statement = Statement::new(
            vec![Subject::new(name, Digest::sha256(hash))],
            PREDICATE_TYPE,
            serde_json::to_value(predicate).expect("plain data always serialises"),
        );
        let payload = serde_json::to_vec(&statement).expect("plain data always serialises");
        let signature = key.sign(&pae(PAYLOAD_TYPE, &payload))?;
        let envelope = DsseEnvelope::new(
            PAYLOAD_TYPE,
            PayloadBytes::new(payload),
            DsseSignature::new(signature, KeyId::default()),
        );
        let hint = key.public().hint();
        let bundle = BundleV03::new(
            VerificationMaterialV03::PublicKey { hint },
            SignatureContent::DsseEnvelope(envelope.clone()),
        )
        .into_bundle();
        Ok(Attestation {
            json: bundle.to_json().expect("plain data always serialises").into(),
            bundle,
            envelope,
            statement,
        })
    }

    /// Returns the bundle as JSON, as it was read or made.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Returns the type of what it states.
    pub fn predicate_type(&self) -> &str {
        &self.statement.predicate_type
    }

    /// Returns what it states.
    pub fn predicate(&self) -> &serde_json::Value {
        &self.statement.predicate
    }

    /// Returns the names and the SHA-256 of what it is about.
    pub fn subjects(&self) -> impl Iterator<Item = (&str, Option<String>)> {
        self.statement.subject.iter().map(|subject| {
            let digest = subject.digest.sha256.as_ref();
            (
                subject.name.as_str(),
                digest.map(|it| format!("sha256:{}", it.to_hex())),
            )
        })
    }

    /// Explains why the subject of the statement is another package; `None` if it is this one.
    pub fn difference(&self, target: &Target) -> Option<String> {
        if self.subject(target).is_none() {
            return Some(format!("it is about {}", self.shown_subjects()));
        }
        if self.predicate_type() != PREDICATE_TYPE {
            return None;
        }
        match serde_json::from_value::<Predicate>(self.predicate().clone()) {
            Ok(predicate) => predicate.difference(target),
            Err(error) => Some(format!("its statement can't be read: {error}")),
        }
    }

    /// Returns the digest under which the statement names a package.
    pub(super) fn subject(&self, target: &Target) -> Option<Sha256Hash> {
        let digests = target.digests().filter_map(|digest| {
            let digits = digest.strip_prefix("sha256:")?;
            Sha256Hash::from_hex(digits).ok()
        });
        digests.into_iter().find(|digest| self.statement.matches_sha256(digest))
    }

    /// Describes what the statement is about, for messages.
    pub(super) fn shown_subjects(&self) -> String {
        let named: Vec<String> = self.subjects().filter_map(|(_, digest)| digest).collect();
        match named.as_slice() {
            [] => "nothing with a SHA-256".to_owned(),
            [one] => one.clone(),
            [one, rest @ ..] => format!("{one} and {} more", rest.len()),
        }
    }

    /// Whether a signature of this key is on the same statement.
    pub fn states_the_same(&self, other: &Attestation, key: &PublicKey) -> bool {
        self.envelope.payload == other.envelope.payload && self.is_signed_by(key)
    }

    /// Whether a key has made the signature.
    pub(super) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.has_signed(&self.envelope.pae(), &self.envelope.signature.sig)
    }

    /// Returns the hint of the key that has made the signature; none if a certificate stands for it.
    pub(super) fn key_hint(&self) -> Option<&str> {
        match &self.bundle.verification_material.content {
            VerificationMaterialContent::PublicKey(key) => Some(&key.hint),
            _ => None,
        }
    }
}
