//! Requirements for versions, as manifests write them.

use std::sync::Arc;

use semver::{Version, VersionReq};

use super::Reference;
use crate::diagnostic::{Diagnostic, Place, Position, Result, SourceFile, codes};
use crate::edit::{Mention, mentions};

/// A package that a manifest requires, whether or not WIT names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The package, without a version.
    pub package: Reference,
    /// The versions that are allowed.
    pub versions: VersionReq,
    /// Where this is written.
    pub place: Place,
}

impl Requirement {
    /// Whether this is about any version of a package.
    pub(crate) fn is_about(&self, package: &Reference) -> bool {
        self.package.package() == package.package()
    }
}

/// Parses a requirement, as in Cargo.toml: `0.3`, `=0.3.1`, `>=0.3, <0.5`.
///
/// # Errors
///
/// A text that isn't one.
pub fn parse_requirement(written: &str, place: Place) -> Result<VersionReq> {
    VersionReq::parse(written.trim()).map_err(|error| {
        let message = format!("`{written}` is not a requirement for versions: {error}");
        Diagnostic::error(codes::INVALID_REQUIREMENT, message)
            .at(place)
            .help("write a version or a part of one, as in Cargo.toml: `0.3`, `=0.3.1`, `>=0.3, <0.5`")
            .into()
    })
}

/// Returns the newest version that a requirement allows. It is a pre-release only if the requirement names one.
pub(crate) fn newest<'a>(
    versions: impl IntoIterator<Item = &'a Version>,
    requirement: &VersionReq,
) -> Option<&'a Version> {
    versions.into_iter().filter(|version| requirement.matches(version)).max()
}

/// Returns an error for each place in a package's texts that names a version which a requirement doesn't allow.
pub(crate) fn violations(
    texts: &[(String, Arc<str>)],
    requirements: &[Requirement],
) -> Vec<Diagnostic> {
    let found = texts.iter().flat_map(|(path, text)| {
        let file = Arc::new(SourceFile::new(path.as_str(), text.clone()));
        mentions(text).into_iter().filter_map(move |mention| {
            let (version, requirement) = violated(&mention, requirements)?;
            let (package, versions) = (&requirement.package, &requirement.versions);
            let message =
                format!("`{package}@{version}` is used, but the manifest requires `{versions}`");
            let place = Position::new(file.clone(), mention.range.clone());
            Some(
                Diagnostic::error(codes::REQUIREMENT_VIOLATED, message)
                    .at(place.into())
                    .at(requirement.place.clone())
                    .help("`witgen update` changes the version in the WIT; or change the requirement in `[dependencies]`"),
            )
        })
    });
    found.collect()
}

fn violated<'a>(
    mention: &Mention,
    requirements: &'a [Requirement],
) -> Option<(Version, &'a Requirement)> {
    let version = mention.version.clone().filter(|_| !mention.is_definition)?;
    let requirement = requirements.iter().find(|it| it.package.to_string() == mention.package)?;
    (!requirement.versions.matches(&version)).then_some((version, requirement))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newest_of(versions: &[&str], requirement: &str) -> Option<String> {
        let versions: Vec<Version> = versions.iter().map(|it| it.parse().unwrap()).collect();
        newest(&versions, &requirement.parse().unwrap()).map(ToString::to_string)
    }

    #[test]
    fn the_newest_version_is_a_pre_release_only_if_the_requirement_names_one() {
        let versions = [
            "0.3.0",
            "0.3.2",
            "0.3.10",
            "0.3.11-rc.1",
            "0.4.0-rc.1",
            "0.4.0-rc.2",
        ];
        for (requirement, expected) in [
            ("0.3", Some("0.3.10")),
            ("*", Some("0.3.10")),
            ("=0.3.2", Some("0.3.2")),
            ("0.3.11-rc.1", Some("0.3.11-rc.1")),
            ("0.4", None),
            ("0.4.0-rc.1", Some("0.4.0-rc.2")),
            (">=0.3, <0.3.5", Some("0.3.2")),
        ] {
            assert_eq!(
                newest_of(&versions, requirement).as_deref(),
                expected,
                "{requirement}"
            );
        }
    }
}
