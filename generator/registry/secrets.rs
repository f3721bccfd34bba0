//! Secrets that this process has read, and texts without them: a registry may repeat what it was sent.

use std::cmp::Reverse;
use std::sync::{Mutex, PoisonError};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// The shortest secret that the name of a version can't contain by chance.
const MIN_LENGTH_IN_NAMES: usize = 4;

/// The secrets in each form in which a registry may repeat them, in lower case, the longest first. All registries
/// share them, because requests to several run at the same time.
static SECRETS: Mutex<Vec<SecretString>> = Mutex::new(Vec::new());

/// Remembers a secret.
pub(super) fn remember(secret: &str) {
    // A parser of JSON quotes what it rejects as Rust's `Debug` does.
    let quoted = format!("{secret:?}");
    let forms = [
        secret,
        quoted.trim_matches('"'),
        &utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
    ];
    let mut known = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    for form in forms.map(str::to_ascii_lowercase) {
        if !form.is_empty() && known.iter().all(|other| other.expose_secret() != form) {
            known.push(form.into());
        }
    }
    // A secret may contain another one.
    known.sort_by_key(|secret| Reverse(secret.expose_secret().len()));
}

/// Replaces every secret in a text, in upper or lower case.
pub(super) fn redact(text: &str) -> String {
    let known = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    known.iter().fold(text.to_owned(), |text, secret| {
        let lower = text.to_ascii_lowercase();
        let mut redacted = String::with_capacity(text.len());
        let mut done = 0;
        for (at, found) in lower.match_indices(secret.expose_secret()) {
            redacted.push_str(&text[done..at]);
            redacted.push('…');
            done = at + found.len();
        }
        redacted.push_str(&text[done..]);
        redacted
    })
}

/// Whether a name that a registry gives, such as a tag or a digest, contains a secret.
pub(super) fn is_in_name(name: &str) -> bool {
    let known = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    let name = name.to_ascii_lowercase();
    known
        .iter()
        .map(ExposeSecret::expose_secret)
        .any(|secret: &str| secret.len() >= MIN_LENGTH_IN_NAMES && name.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_replaced_in_every_form_that_a_registry_may_send() {
        remember("Xy!\"zzy");
        for text in ["a Xy!\"zzy", "a xy!\"ZZY", r#"a Xy!\"zzy"#, "a Xy%21%22zzy"] {
            assert_eq!(redact(text), "a …", "{text}");
        }
        assert_eq!(redact("nothing of it"), "nothing of it");
    }

    #[test]
    fn names_with_secrets_are_recognised() {
        remember("plugh");
        assert!(is_in_name("1.0.0-PLUGH"));
        assert!(!is_in_name("1.0.0-rc.1"));
        // It would be in many names by chance.
        remember("0.0");
        assert!(!is_in_name("1.0.0"));
    }
}
