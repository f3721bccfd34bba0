//! Public keys in PEM, as `openssl pkey -pubout` and `cosign public-key` write them.

use std::fmt::{self, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use sigstore_verify::crypto::{KeyAlgorithm, SigningScheme, verify_signature};
use sigstore_verify::types::{DerPublicKey, SignatureBytes};

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::provenance::provider;
use crate::read;

/// The most bytes of a file with a key.
pub(super) const MAX_KEY_BYTES: u64 = 64 << 10;

/// A public key that may vouch for packages: ECDSA on P-256, or Ed25519.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    der: DerPublicKey,
    scheme: SigningScheme,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint())
    }
}

impl PublicKey {
    /// Reads the file of a public key; messages also point at `place`, which names the file.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or isn't a public key of a supported kind.
    pub fn read(path: &Path, place: Place) -> Result<Self> {
        let text = read::text(path, MAX_KEY_BYTES).map_err(|error| {
            let message = format!("cannot read the key `{}`: {error}", path.display());
            Diagnostic::error(codes::UNUSABLE_KEY, message)
                .at(place.clone())
                .help("paths are relative to the directory of the file that names the key")
        })?;
        Self::from_pem(&text).map_err(|why| {
            let message = format!("`{}` is not a usable public key: {why}", path.display());
            Diagnostic::error(codes::UNUSABLE_KEY, message)
                .at(place)
                .help("write the public half as PEM: `openssl pkey -in KEY -pubout -out KEY.pub`")
                .into()
        })
    }

    /// Reads a public key in PEM. The error says what the text is instead, and quotes none of it.
    ///
    /// # Errors
    ///
    /// Text that isn't a public key of a supported kind.
    pub fn from_pem(text: &str) -> std::result::Result<Self, String> {
        if text.contains("PRIVATE KEY-----") {
            return Err("it is a private key, which must stay secret".to_owned());
        }
        let block = pem::parse(text).map_err(|_| "it is not PEM".to_owned())?;
        if block.tag() != "PUBLIC KEY" {
            return Err(format!("it is PEM of a `{}`", block.tag()));
        }
        Self::from_der(DerPublicKey::new(block.into_contents()))
    }

    pub(super) fn from_der(der: DerPublicKey) -> std::result::Result<Self, String> {
        provider::install();
        let algorithm = KeyAlgorithm::from_spki(&der)
            .map_err(|_| "its kind is neither ECDSA on P-256 nor Ed25519".to_owned())?;
        let kind = match algorithm {
            KeyAlgorithm::EcdsaP256 | KeyAlgorithm::Ed25519 => None,
            KeyAlgorithm::EcdsaP384 => Some("ECDSA on P-384"),
            KeyAlgorithm::Rsa => Some("RSA"),
            _ => Some("another"),
        };
        match kind {
            Some(kind) => Err(format!(
                "its kind is {kind}, but only ECDSA on P-256 and Ed25519 are supported"
            )),
            None => Ok(PublicKey {
                scheme: algorithm.default_signing_scheme(),
                der,
            }),
        }
    }

    /// Returns the name of the key: the SHA-256 of its SubjectPublicKeyInfo, as `sha256:` and hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let mut text = "sha256:".to_owned();
        for byte in Sha256::digest(self.der.as_bytes()) {
            // Writing into a string never fails.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// Returns the key in PEM.
    pub fn to_pem(&self) -> String {
        self.der.to_pem()
    }

    /// Returns the hint that bundles have for the key, as cosign writes it.
    pub(in crate::provenance) fn hint(&self) -> String {
        STANDARD.encode(Sha256::digest(self.der.as_bytes()))
    }

    /// Whether the key has made a signature of a message.
    pub(in crate::provenance) fn has_signed(
        &self,
        message: &[u8],
        signature: &SignatureBytes,
    ) -> bool {
        verify_signature(&self.der, message, signature, self.scheme).is_ok()
    }
}
