//! Which versions of packages a component was built for, where another version is supported.

use std::fmt;

use semver::Version;

use crate::diagnostic::Result;
use crate::extern_names::ExternNames;
use crate::names::{compatibility_track, is_semver_compatible};
use crate::source::Package;

/// A package that a component was built for, in a version that isn't the supported one or compatible with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OtherVersion {
    /// The package: `wasi:http`.
    pub package: String,
    /// The version that the component was built for.
    pub found: Version,
    /// The version that is supported.
    pub supported: Version,
}

impl OtherVersion {
    /// Returns what to do about it.
    pub fn advice(&self) -> String {
        let OtherVersion {
            package, supported, ..
        } = self;
        let line = compatibility_track(supported);
        if self.found.pre.is_empty() {
            format!("build it for {package} {line}")
        } else {
            format!(
                "a pre-release is compatible only with itself; build it for a release of {package} {line}"
            )
        }
    }
}

impl fmt::Display for OtherVersion {
    /// `wasi:http@0.2.8, but wasi:http@0.3.1002 is supported`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OtherVersion {
            package,
            found,
            supported,
        } = self;
        write!(
            f,
            "{package}@{found}, but {package}@{supported} is supported"
        )
    }
}

/// Lists the packages that a component was built for in one version, and that another package knows only in
/// versions that aren't compatible with it.
///
/// # Errors
///
/// A component that can't be parsed.
pub(crate) fn other_versions(package: &Package, component: &[u8]) -> Result<Vec<OtherVersion>> {
    let names = ExternNames::of(component)?;
    let known = || package.resolve().packages.iter().map(|(_, package)| &package.name);
    let mut others: Vec<_> = names
        .iter()
        .filter_map(|name| {
            let (path, version) = name.split_once('@')?;
            let (package, found) = (path.split('/').next()?, Version::parse(version).ok()?);
            let versions = known().filter(|known| {
                package.split_once(':') == Some((known.namespace.as_str(), known.name.as_str()))
            });
            let versions: Vec<_> = versions.filter_map(|known| known.version.as_ref()).collect();
            let supported = *versions.iter().max()?;
            let is_known = versions.iter().any(|known| is_semver_compatible(known, &found));
            (!is_known).then(|| OtherVersion {
                package: package.to_owned(),
                found,
                supported: supported.clone(),
            })
        })
        .collect();
    others.sort();
    others.dedup();
    Ok(others)
}
