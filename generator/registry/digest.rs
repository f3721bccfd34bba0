//! Digests of contents, as OCI registries and locks write them.

use std::fmt::Write;

use sha2::{Digest as _, Sha256};

/// `sha256:` and 64 hexadecimal digits.
pub(super) fn of(contents: &[u8]) -> String {
    let mut digest = "sha256:".to_owned();
    for byte in Sha256::digest(contents) {
        // Writing into a string never fails.
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

/// The digits of a digest, if it is one; they are safe in a path and in an address.
pub(super) fn digits(digest: &str) -> Option<&str> {
    let digits = digest.strip_prefix("sha256:")?;
    let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    (digits.len() == 64 && digits.chars().all(is_digit)).then_some(digits)
}
