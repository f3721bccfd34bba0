//! Private keys, which sign attestations.

use std::fmt;
use std::sync::Arc;

use pkcs8::{ObjectIdentifier, PrivateKeyInfo};
use secrecy::ExposeSecret as _;
use sigstore_verify::crypto::KeyPair;
use sigstore_verify::types::SignatureBytes;

use super::public::PublicKey;
use super::secret;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::provenance::provider;

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A private key: ECDSA on P-256, or Ed25519. No output shows it.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<KeyPair>,
    public: PublicKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the private key of {:?}", self.public)
    }
}

impl SigningKey {
    /// Reads the key that an argument names: a file, or `env:NAME` for a variable of the environment. The key is PKCS#8 in PEM,
    /// without encryption.
    ///
    /// # Errors
    ///
    /// A key that can't be read, that others may read, or of another kind or form. The message quotes nothing of the key.
    pub fn read(argument: &str) -> Result<Self> {
        let (text, place) = secret::read(argument)?;
        Self::from_pem(text.expose_secret()).map_err(|Unusable { why, help }| {
            let message = format!("`{argument}` is not a usable private key: {why}");
            Diagnostic::error(codes::UNUSABLE_KEY, message).at(place).help(help).into()
        })
    }

    /// Reads a private key.
    fn from_pem(text: &str) -> std::result::Result<Self, Unusable> {
        provider::install();
        let blocks = pem::parse_many(text).map_err(|_| Unusable::new("it is not PEM"))?;
        // A file of OpenSSL may begin with the parameters of a curve.
        let Some(block) = blocks.iter().find(|block| block.tag().ends_with("PRIVATE KEY")) else {
            return Err(match blocks.first() {
                Some(other) => Unusable::new(format!("it is PEM of a `{}`", other.tag())),
                None => Unusable::new("it is not PEM"),
            });
        };
        match block.tag() {
            "PRIVATE KEY" => {}
            tag if tag.starts_with("ENCRYPTED ") => {
                return Err(Unusable {
                    why: "it is encrypted, and witgen supports no passphrases".to_owned(),
                    help: "decrypt it into a variable of the environment, and name that: `--sign env:NAME`",
                });
            }
            tag => {
                return Err(Unusable {
                    why: format!("it is a `{tag}`, not PKCS#8"),
                    help: "convert it: `openssl pkcs8 -topk8 -nocrypt -in KEY -out KEY.pk8`",
                });
            }
        }
        require_kind(block.contents())?;
        let pair = KeyPair::from_pkcs8_der(block.contents())
            .map_err(|_| Unusable::new("its parts don't belong together"))?;
        let public = pair.public_key_der().map_err(|error| Unusable::new(error.to_string()))?;
        let public = PublicKey::from_der(public).map_err(Unusable::new)?;
        Ok(SigningKey {
            pair: Arc::new(pair),
            public,
        })
    }

    /// Returns the public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message.
    pub(in crate::provenance) fn sign(&self, message: &[u8]) -> Result<SignatureBytes> {
        self.pair.sign(message).map_err(|error| {
            Diagnostic::error(codes::UNUSABLE_KEY, format!("cannot sign: {error}"))
                .help("the system gives no random numbers")
                .into()
        })
    }
}

/// Why a text is not a usable key, and what to do.
struct Unusable {
    why: String,
    help: &'static str,
}

impl Unusable {
    fn new(why: impl Into<String>) -> Self {
        Unusable {
            why: why.into(),
            help: "make one: `openssl genpkey -algorithm ed25519 -out KEY`",
        }
    }
}

/// Rejects keys of kinds that aren't supported.
fn require_kind(der: &[u8]) -> std::result::Result<(), Unusable> {
    let Ok(info) = PrivateKeyInfo::try_from(der) else {
        return Err(Unusable::new("it is damaged"));
    };
    let curve = info.algorithm.parameters_oid();
    let kind = match info.algorithm.oid {
        ED25519 => return Ok(()),
        EC if curve == Ok(P256) => return Ok(()),
        EC if curve == Ok(P384) => "ECDSA on P-384",
        EC => "ECDSA on another curve",
        RSA => "RSA",
        _ => "another",
    };
    Err(Unusable::new(format!(
        "its kind is {kind}, but only ECDSA on P-256 and Ed25519 are supported"
    )))
}
