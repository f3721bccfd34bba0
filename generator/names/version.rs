//! Whether one version can stand for another.

use semver::Version;
use wit_parser::PackageName;

/// Returns the versions that a version is compatible with, as the Component Model's canonical interface
/// names write them: `1`, `0.3`, `0.0.7`, and a pre-release in full. Build metadata doesn't count.
pub(crate) fn compatibility_track(version: &Version) -> String {
    PackageName::version_compat_track_string(version).0
}

/// Whether the Component Model links an item of one version to an item of the other.
pub(crate) fn is_semver_compatible(one: &Version, other: &Version) -> bool {
    let track = |version| PackageName::version_compat_track(version).0;
    track(one) == track(other)
}

/// Does the same for items that may have no version: without one, an item is compatible only with another
/// that has none.
pub(crate) fn are_semver_compatible(one: Option<&Version>, other: Option<&Version>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => is_semver_compatible(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// Whether two names are those of one interface in compatible versions: `wasi:http/origin@0.3.2` and
/// `wasi:http/origin@0.3.1002`.
pub(crate) fn is_same_interface(one: &str, other: &str) -> bool {
    let parts = |name: &str| match name.split_once('@') {
        Some((path, version)) => (path.to_owned(), Version::parse(version).ok()),
        None => (name.to_owned(), None),
    };
    let ((one, one_version), (other, other_version)) = (parts(one), parts(other));
    one == other && are_semver_compatible(one_version.as_ref(), other_version.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn compatibility_follows_the_component_model() {
        for (one, other, expected) in [
            ("0.3.2", "0.3.3", true),
            ("0.3.2", "0.3.1002", true),
            ("0.3.3", "0.4.0", false),
            ("0.2.0", "0.3.0", false),
            ("1.0.0", "1.9.0", true),
            ("1.0.0", "2.0.0", false),
            ("0.0.1", "0.0.2", false),
            ("0.0.1", "0.0.1", true),
            ("0.0.0", "0.0.1", false),
            // A pre-release is compatible only with itself.
            ("0.3.0-rc.1", "0.3.0", false),
            ("0.3.0-rc.1", "0.3.0-rc.2", false),
            ("0.3.0-rc.1", "0.3.0-rc.1", true),
            ("1.0.0-rc.1", "1.0.0", false),
            // Semantic Versioning 2.0.0, 10: build metadata is ignored.
            ("0.3.2+a", "0.3.3+b", true),
            ("0.0.1+a", "0.0.1+b", true),
            ("1.0.0-rc.1+a", "1.0.0-rc.1+b", true),
        ] {
            let (a, b) = (version(one), version(other));
            assert_eq!(is_semver_compatible(&a, &b), expected, "{one} {other}");
            assert_eq!(is_semver_compatible(&b, &a), expected, "{other} {one}");
        }
    }

    #[test]
    fn items_without_a_version_are_compatible_with_each_other() {
        let one = version("1.0.0");
        assert!(are_semver_compatible(None, None));
        assert!(!are_semver_compatible(Some(&one), None));
        assert!(are_semver_compatible(Some(&one), Some(&one)));
    }

    #[test]
    fn tracks_are_those_of_canonical_interface_names() {
        for (written, expected) in [
            ("1.2.3", "1"),
            ("0.3.2", "0.3"),
            ("0.0.7", "0.0.7"),
            ("0.0.7+a", "0.0.7"),
            ("0.3.0-rc.1", "0.3.0-rc.1"),
        ] {
            assert_eq!(compatibility_track(&version(written)), expected);
        }
    }
}
