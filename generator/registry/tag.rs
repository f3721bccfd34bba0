//! Versions as tags of an OCI registry, and back.

use semver::Version;

use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// The longest tag that registries take (OCI distribution specification, "Pulling manifests").
const MAX: usize = 128;

/// The tag of a version. A plain version is its own tag, which other tools read; `+` isn't allowed in
/// tags and becomes `_`, as Helm does it, which no version has in it.
///
/// # Errors
///
/// A version that is too long for a tag.
pub(super) fn of(version: &Version) -> Result<String> {
    let tag = version.to_string().replace('+', "_");
    if tag.len() > MAX {
        let message = format!("the version is longer than the {MAX} characters of a tag");
        return Err(Diagnostic::error(codes::INVALID_VERSION, message)
            .at(Place::argument(version.to_string()))
            .help("shorten the pre-release or the build metadata")
            .into());
    }
    Ok(tag)
}

/// The version that a tag stands for; none for tags that are something else, such as `latest`.
pub(super) fn version(tag: &str) -> Option<Version> {
    let version = Version::parse(&tag.replace('_', "+")).ok()?;
    // `1.0.0+a` itself is no tag.
    (!tag.contains('+')).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_comes_back_from_its_tag() {
        for written in ["0.3.3", "0.3.3-rc.1", "0.3.3+meta.2", "1.0.0-a-b.7+c-d"] {
            let version = Version::parse(written).unwrap();
            let tag = of(&version).unwrap();
            let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
            assert!(tag.chars().all(is_legal), "{tag}");
            assert_eq!(super::version(&tag), Some(version));
        }
    }

    #[test]
    fn a_plain_version_is_its_own_tag() {
        assert_eq!(of(&Version::new(0, 3, 3)).unwrap(), "0.3.3");
    }

    #[test]
    fn other_tags_are_no_versions() {
        for tag in [
            "latest",
            "v1.0.0",
            "sha256-0123",
            "1.0",
            "1.0.0_a_b",
            "1.0.0+a",
            "",
        ] {
            assert_eq!(version(tag), None, "{tag}");
        }
    }

    #[test]
    fn a_version_that_no_tag_holds_is_refused() {
        let long = format!("1.0.0-{}", "a".repeat(MAX));
        let error = of(&Version::parse(&long).unwrap()).unwrap_err();
        assert_eq!(error.code(), "invalid-version");
    }
}
