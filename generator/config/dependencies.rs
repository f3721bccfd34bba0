//! `[dependencies]`: the packages that a package uses.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use semver::VersionReq;
use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::registry::{Reference, parse_requirement};

/// A package that the manifest lists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dependency {
    /// The package, without a version.
    pub package: Reference,
    /// The versions that are allowed; any, if only a path is given.
    pub requirement: VersionReq,
    /// The directory of the package, from the folder of the file; none for a package of a registry.
    pub path: Option<String>,
    /// Where the value is written.
    pub place: Place,
}

/// A dependency: a requirement for versions, as in `"0.3"`, or a table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a dependency is a requirement, as in \"0.3\", or a table with `path` or `version`"
)]
pub(super) enum DependencyEntry {
    Requirement(String),
    Table(DependencyTable),
}

/// A dependency as a table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DependencyTable {
    /// The requirement for versions, as in Cargo.toml: `"0.3"`, `"=0.3.1"`, `">=0.3, <0.5"`.
    pub version: Option<String>,
    /// The directory of the package, instead of a registry.
    pub path: Option<String>,
}

/// Reads the section.
///
/// # Errors
///
/// All keys that aren't packages, requirements that aren't any, and tables that say nothing.
pub(super) fn read(
    section: BTreeMap<Spanned<String>, Spanned<DependencyEntry>>,
    place: impl Fn(Range<usize>) -> Place,
) -> Result<Vec<Dependency>> {
    Failure::collect(section.into_iter().map(|(name, entry)| {
        let (name_place, value_place) = (place(name.span()), place(entry.span()));
        let package = name
            .get_ref()
            .parse::<Reference>()
            .map_err(|error| error.map(|error| error.instead_at(name_place.clone())))?;
        if let Some(version) = package.version() {
            let message = format!("the key `{package}` has a version");
            let failure = Diagnostic::error(codes::INVALID_CONFIG, message).at(name_place);
            let package = package.without_version();
            return Err(failure.help(format!("write `\"{package}\" = \"{version}\"`")).into());
        }
        let table = match entry.into_inner() {
            DependencyEntry::Requirement(version) => DependencyTable {
                version: Some(version),
                path: None,
            },
            DependencyEntry::Table(table) => table,
        };
        if table.version.is_none() && table.path.is_none() {
            let message = format!("the dependency `{package}` has neither a version nor a path");
            return Err(Diagnostic::error(codes::INVALID_CONFIG, message)
                .at(value_place)
                .help(format!(
                    "write `\"{package}\" = \"0.3\"`, or `\"{package}\" = {{ path = \"../dir\" }}`"
                ))
                .into());
        }
        let requirement = match table.version {
            Some(version) => parse_requirement(&version, value_place.clone())?,
            None => VersionReq::STAR,
        };
        Ok(Dependency {
            package,
            requirement,
            path: table.path,
            place: value_place,
        })
    }))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn read(lines: &str) -> crate::diagnostic::Result<Config> {
        Config::parse("witgen.toml", &format!("[dependencies]\n{lines}\n"))
    }

    #[test]
    fn dependencies_have_requirements_or_paths_or_both() {
        let config = read(
            "\"wasi:clocks\" = \"0.3\"\n\"a:b\" = { path = \"../b\" }\n\"a:c\" = { path = \"../c\", version = \"=1.0.0\" }",
        );
        let shown: Vec<String> = config
            .unwrap()
            .dependencies
            .iter()
            .map(|it| format!("{} {} {:?}", it.package, it.requirement, it.path))
            .collect();
        assert_eq!(
            shown,
            [
                "a:b * Some(\"../b\")",
                "a:c =1.0.0 Some(\"../c\")",
                "wasi:clocks ^0.3 None"
            ]
        );
    }

    #[test]
    fn dependencies_that_say_nothing_are_rejected_where_they_are_written() {
        for (line, message, place) in [
            (
                "\"a:b\" = \"new\"",
                "`new` is not a requirement for versions",
                "2:9",
            ),
            (
                "\"a:b\" = \"\"",
                "`` is not a requirement for versions",
                "2:9",
            ),
            ("\"a:b@1\" = \"1\"", "`a:b@1` is not the name", "2:1"),
            (
                "\"a:b@1.0.0\" = \"1\"",
                "the key `a:b@1.0.0` has a version",
                "2:1",
            ),
            ("clocks = \"1\"", "`clocks` is not the name", "2:1"),
            ("\"a:b\" = {}", "neither a version nor a path", "2:9"),
            ("\"a:b\" = 3", "a dependency is a requirement", "2:9"),
            (
                "\"a:b\" = { git = \"x\" }",
                "a dependency is a requirement",
                "2:9",
            ),
        ] {
            let error = read(line).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
            assert!(
                error.contains(&format!("--> witgen.toml:{place}")),
                "{error}"
            );
        }
    }
}
