//! Identities that certificates name, and patterns for them.

use std::fmt;

/// An identity that may vouch for packages: who has verified it, and which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The service that verifies the identity: `https://token.actions.githubusercontent.com`.
    pub issuer: String,
    /// The identity, in which `*` stands for any text without `/`, and `**` for any text.
    pub subject: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.subject, self.issuer)
    }
}

impl Identity {
    /// Returns an identity.
    ///
    /// # Errors
    ///
    /// An empty issuer or subject, and a wildcard that would match identities of others. That is one in a mail address, or
    /// before the end of the first part of an address's path, which is the owner of a repository.
    pub fn new(
        issuer: impl Into<String>,
        subject: impl Into<String>,
    ) -> std::result::Result<Self, String> {
        let (issuer, subject) = (issuer.into(), subject.into());
        if issuer.is_empty() || subject.is_empty() {
            return Err("an identity needs an `issuer` and a `subject`".to_owned());
        }
        if let Some(wildcard) = subject.find('*')
            && owner_end(&subject).is_none_or(|end| wildcard < end)
        {
            return Err(format!(
                "`{subject}` would match identities of others: wildcards must follow the first part of the path and a `/`"
            ));
        }
        Ok(Identity { issuer, subject })
    }

    /// Whether a certificate with this issuer and subject is of this identity.
    pub(super) fn matches(&self, issuer: &str, subject: &str) -> bool {
        self.issuer == issuer && matches(&self.subject, subject)
    }
}

/// Returns where the first part of an address's path ends, at the `/` after it; none if there is no such part.
fn owner_end(address: &str) -> Option<usize> {
    let host = address.find("://")? + "://".len();
    let owner = host + address[host..].find('/')? + 1;
    let length = address[owner..].find('/')?;
    (length > 0).then_some(owner + length)
}

/// Whether a text matches a pattern. The time is bounded by the product of their lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // Whether the pattern so far matches the first `index` characters.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let mut next = vec![false; text.len() + 1];
        let (is_wildcard, crosses) = (first == '*', rest.starts_with("**"));
        for index in 0..=text.len() {
            let before = index.checked_sub(1);
            next[index] = if is_wildcard {
                reached[index]
                    || before.is_some_and(|before| next[before] && (crosses || text[before] != '/'))
            } else {
                before.is_some_and(|before| reached[before] && text[before] == first)
            };
        }
        reached = next;
        rest = &rest[if crosses { 2 } else { first.len_utf8() }..];
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKFLOW: &str =
        "https://github.com/WebAssembly/wasi-http/.github/workflows/publish.yml@refs/tags/v0.3.0";

    #[test]
    fn a_wildcard_matches_within_a_part_of_the_path() {
        for (pattern, is_match) in [
            (WORKFLOW, true),
            (
                "https://github.com/WebAssembly/*/.github/workflows/publish.yml@refs/tags/*",
                true,
            ),
            ("https://github.com/WebAssembly/**", true),
            ("https://github.com/WebAssembly/*", false),
            ("https://github.com/WebAssembly/wasi-http", false),
            (
                "https://github.com/WebAssembly/*/.github/workflows/publish.yml@refs/heads/*",
                false,
            ),
            ("https://github.com/Other/**", false),
        ] {
            assert_eq!(matches(pattern, WORKFLOW), is_match, "{pattern}");
        }
        assert!(matches("", "") && !matches("", "a") && matches("*", "") && !matches("*", "a/b"));
        // Backtracking would take forever.
        let (pattern, text) = ("*a".repeat(50), "a".repeat(2000) + "b");
        assert!(!matches(&pattern, &text));
    }

    #[test]
    fn wildcards_that_match_others_are_rejected() {
        for subject in [
            "*",
            "**",
            "*@example.com",
            "https://*.example.com/x",
            "https://github.com/*/wasi-http/x.yml@refs/tags/v1",
            "https://github.com*",
            "https://github.com/acme*",
            "https://github.com/acme*/**",
            "https://github.com/acme**",
            "https://github.com//**",
            "https://*/acme/shop",
        ] {
            assert!(
                Identity::new("https://issuer", subject).is_err(),
                "{subject}"
            );
        }
        assert!(Identity::new("https://issuer", "me@example.com").is_ok());
        for subject in [
            "https://github.com/acme/*",
            "https://github.com/acme/**",
            "https://github.com/WebAssembly/*/.github/workflows/publish.yml@refs/tags/*",
        ] {
            assert!(
                Identity::new("https://issuer", subject).is_ok(),
                "{subject}"
            );
        }
        assert!(Identity::new("", "me@example.com").is_err());
    }
}
