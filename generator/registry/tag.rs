//! Converts between versions and tags of an OCI registry.

use semver::Version;

use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// The length of the longest tag that registries accept (OCI distribution specification, "Pulling manifests").
const MAX_LENGTH: usize = 128;

/// Returns the tag of a version. A plain version is its own tag, so that other tools can read it. `+` isn't
/// allowed in tags and becomes `_`, as in Helm; no version contains `_`.
///
/// # Errors
///
/// A version that is too long for a tag.
pub(super) fn from_version(version: &Version) -> Result<String> {
    let tag = version.to_string().replace('+', "_");
    if tag.len() > MAX_LENGTH {
        let message = format!("the version is longer than the {MAX_LENGTH} characters of a tag");
        return Err(Diagnostic::error(codes::INVALID_VERSION, message)
            .at(Place::argument(version.to_string()))
            .help("shorten the pre-release or the build metadata")
            .into());
    }
    Ok(tag)
}

/// Parses the version of a tag; none for other tags, such as `latest`.
pub(super) fn to_version(tag: &str) -> Option<Version> {
    let version = Version::parse(&tag.replace('_', "+")).ok()?;
    // `1.0.0+a` itself isn't a valid tag.
    (!tag.contains('+')).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_survive_the_round_trip_through_their_tags() {
        for written in ["0.3.3", "0.3.3-rc.1", "0.3.3+meta.2", "1.0.0-a-b.7+c-d"] {
            let version = Version::parse(written).unwrap();
            let tag = from_version(&version).unwrap();
            let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
            assert!(tag.chars().all(is_legal), "{tag}");
            assert_eq!(to_version(&tag), Some(version));
        }
    }

    #[test]
    fn a_plain_version_is_its_own_tag() {
        assert_eq!(from_version(&Version::new(0, 3, 3)).unwrap(), "0.3.3");
    }

    #[test]
    fn tags_that_are_no_versions_are_ignored() {
        for tag in [
            "latest",
            "v1.0.0",
            "sha256-0123",
            "1.0",
            "1.0.0_a_b",
            "1.0.0+a",
            "",
        ] {
            assert_eq!(to_version(tag), None, "{tag}");
        }
    }

    #[test]
    fn a_version_that_is_too_long_for_a_tag_is_rejected() {
        let long = format!("1.0.0-{}", "a".repeat(MAX_LENGTH));
        let error = from_version(&Version::parse(&long).unwrap()).unwrap_err();
        assert_eq!(error.code(), "invalid-version");
    }
}
