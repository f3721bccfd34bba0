//! References to container images.

use std::fmt;
use std::str::FromStr;

/// A reference to a container image, with a tag or a digest.
///
/// ```
/// use witgen::deploy::Image;
///
/// let image: Image = "registry.example:5000/witgen-serve:0.1.0".parse()?;
/// assert!(!image.has_digest());
/// assert!("witgen-serve".parse::<Image>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    text: String,
    has_digest: bool,
}

impl Image {
    /// Whether the reference names a digest. A tag can be moved to another image.
    pub fn has_digest(&self) -> bool {
        self.has_digest
    }
}

impl fmt::Display for Image {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Image {
    type Err = String;

    /// Parses a reference (OCI distribution specification, "Pulling manifests"). The error says what to write.
    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "write it as HOST/NAME:TAG or HOST/NAME@sha256:DIGEST";
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (path, tag) = match name.rsplit_once(':') {
            // A host may have a port.
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (name, None),
        };
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_digest = |digest: &str| {
            let digits = digest.strip_prefix("sha256:");
            digits.is_some_and(|it| it.len() == 64 && it.bytes().all(is_digit))
        };
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let is_tag = |tag: &str| !tag.is_empty() && tag.len() <= 128 && tag.bytes().all(is_word);
        let is_path = |path: &str| {
            let is_part = |part: &str| {
                !part.is_empty() && part.bytes().all(|byte| is_word(byte) || byte == b':')
            };
            path.split('/').all(is_part)
        };
        let is_valid = is_path(path) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest);
        match (is_valid, tag, digest) {
            (false, ..) => Err(FORM.to_owned()),
            (true, None, None) => Err(format!("the image has no tag and no digest; {FORM}")),
            (true, _, digest) => Ok(Image {
                text: text.to_owned(),
                has_digest: digest.is_some(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn a_reference_has_a_tag_or_a_digest() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for (text, is_valid) in [
            ("a:1", true),
            ("r.example/a/b:1.0-rc_1", true),
            ("r.example:5000/a:1", true),
            (&format!("r.example:5000/a@{digest}"), true),
            (&format!("r.example/a:1@{digest}"), true),
            ("a", false),
            ("r.example:5000/a", false),
            ("", false),
            (":1", false),
            ("a:", false),
            ("a@sha256:00", false),
            ("a b:1", false),
            ("a:1\nkind: Pod", false),
            ("r//a:1", false),
        ] {
            assert_eq!(text.parse::<Image>().is_ok(), is_valid, "{text}");
        }
    }
}
