//! The signer of an attestation.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The signer of an attestation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Signer {
    /// The owner of a key.
    Key {
        /// The fingerprint of the public key: `sha256:` and hexadecimal digits.
        key: String,
    },
    /// An identity that a certificate of Fulcio names.
    Identity {
        /// The identity, such as the address of a workflow.
        identity: String,
        /// The service that has verified the identity.
        issuer: String,
    },
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Signer::Key { key } => write!(f, "the key {key}"),
            Signer::Identity { identity, issuer } => write!(f, "{identity} ({issuer})"),
        }
    }
}
