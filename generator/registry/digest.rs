//! Digests of contents, as OCI registries and lock files write them.

use std::fmt::Write;

use sha2::{Digest as _, Sha256};

use super::fault::Fault;

/// Returns the digest of contents: `sha256:` and 64 hexadecimal digits.
pub(crate) fn sha256(contents: &[u8]) -> String {
    let mut digest = "sha256:".to_owned();
    for byte in Sha256::digest(contents) {
        // Writing into a string never fails.
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

/// Returns the digits of a SHA-256 digest; they are safe in a path and in a URL. None if it isn't one.
pub(super) fn digits(digest: &str) -> Option<&str> {
    let digits = digest.strip_prefix("sha256:")?;
    let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    (digits.len() == 64 && digits.chars().all(is_digit)).then_some(digits)
}

/// Checks that contents have a digest.
///
/// # Errors
///
/// Contents with another one.
pub(super) fn verify(contents: &[u8], expected: &str) -> Result<(), Fault> {
    let found = sha256(contents);
    if found == expected {
        return Ok(());
    }
    Err(Fault::DigestMismatch {
        expected: expected.to_owned(),
        found,
    })
}
