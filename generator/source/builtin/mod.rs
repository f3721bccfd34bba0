//! Packages that the program contains, for worlds that use them without a copy in `deps/`.
//!
//! `wasi:http` is this repository's. The packages of WASI that it uses are here as signatures, without documentation; the
//! released ones have that.

use std::sync::Arc;

use wit_parser::{PackageName, Resolve, UnresolvedPackageGroup};

use super::embedded;
use super::text::Group;

/// The packages of WASI, by name.
const WASI: [(&str, &str); 5] = [
    ("cli", include_str!("cli.wit")),
    ("clocks", include_str!("clocks.wit")),
    ("filesystem", include_str!("filesystem.wit")),
    ("random", include_str!("random.wit")),
    ("sockets", include_str!("sockets.wit")),
];

/// Returns the version in the first line of a package: `package wasi:cli@0.3.2;`.
fn version(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.split(['@', ';']).nth(1).unwrap_or_default()
}

/// Returns the files of a built-in package with this name and version: `wasi:cli@0.3.2`.
pub(super) fn group(id: &str) -> Option<Group> {
    let files: Vec<(String, Arc<str>)> = if id == embedded::NAME {
        let files = embedded::package_files();
        files
            .map(|(path, text)| {
                let file = path.rsplit('/').next().unwrap_or(path);
                (format!("{id}/{file} (built in)"), text.into())
            })
            .collect()
    } else {
        let (_, text) = WASI
            .iter()
            .find(|(name, text)| id == format!("wasi:{name}@{}", version(text)))?;
        vec![(format!("{id} (built in)"), (*text).into())]
    };
    Some(Group { files })
}

/// Returns the first built-in package that groups of files need and don't have.
pub(super) fn missing<'a>(
    groups: impl Iterator<Item = &'a UnresolvedPackageGroup> + Clone,
    encoded: &Resolve,
) -> Option<Group> {
    let packages = || {
        groups
            .clone()
            .flat_map(|group| std::iter::once(&group.main).chain(&group.nested))
    };
    let has = |name: &PackageName| {
        packages().any(|package| package.name == *name)
            || encoded.packages.iter().any(|(_, package)| package.name == *name)
    };
    let needed = packages().flat_map(|package| package.foreign_deps.keys());
    needed.filter(|name| !has(name)).find_map(|name| group(&name.to_string()))
}

/// Returns the names of the built-in packages, with their versions.
pub(super) fn names() -> impl Iterator<Item = String> {
    let wasi = WASI.iter().map(|(name, text)| format!("wasi:{name}@{}", version(text)));
    wasi.chain([embedded::NAME.to_owned()])
}

/// Returns the name of the built-in version of a package.
pub(super) fn version_of(name: &PackageName) -> Option<String> {
    let package = format!("{}:{}", name.namespace, name.name);
    names().find(|built_in| built_in.split('@').next() == Some(&package))
}
