//! Why an attestation is rejected.

use std::fmt;

/// Why an attestation doesn't vouch for a package.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// It is about something else.
    Subject(String),
    /// No signer in the policy has signed it.
    Signer(String),
    /// The signature, the certificate or the entry in a log doesn't hold.
    Signature(String),
    /// Its statement has a type that the policy doesn't accept, or is about another package.
    Statement(String),
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Rejection::Subject(why)
        | Rejection::Signer(why)
        | Rejection::Signature(why)
        | Rejection::Statement(why)) = self;
        f.write_str(why)
    }
}
