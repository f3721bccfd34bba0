//! Which packages a package needs, and which of them stand beside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wit_parser::{PackageName, UnresolvedPackageGroup};

use super::resolve::{parse, resolve};
use super::text::{self, Group, Input, Texts};
use super::{Features, Package, Source, wasm};
use crate::diagnostic::Result;

/// What a directory of WIT needs, and has.
pub(crate) struct Needs {
    /// The package itself.
    pub name: PackageName,
    /// The packages that its text names.
    pub packages: BTreeSet<PackageName>,
    /// The packages in `deps/`.
    pub vendored: Vec<Vendored>,
}

/// A package in `deps/`.
pub(crate) struct Vendored {
    /// Its folder or file.
    pub path: PathBuf,
    /// Its name, and those of packages that it carries.
    pub names: Vec<PackageName>,
    /// The packages that its text names.
    pub needs: BTreeSet<PackageName>,
}

/// Reads what a directory of WIT needs and has; whether that is enough is not looked at.
///
/// # Errors
///
/// What can't be read, and text that isn't WIT.
pub(crate) fn needs(wit: &Path) -> Result<Needs> {
    let input = text::directory(wit)?;
    let mut texts = Texts::new();
    let main = parse(input.main, &mut texts)?;
    let mut vendored = Vec::new();
    for group in input.deps {
        let path = entry(wit, &group);
        let group = parse(group, &mut texts)?;
        vendored.push(Vendored {
            path,
            names: names(&group),
            needs: foreign(&group),
        });
    }
    for path in input.encoded {
        let decoded = wasm::decode(&path)?;
        let packages = decoded.resolve().packages.iter();
        vendored.push(Vendored {
            names: packages.map(|(_, package)| package.name.clone()).collect(),
            needs: BTreeSet::new(),
            path,
        });
    }
    Ok(Needs {
        name: main.main.name.clone(),
        packages: foreign(&main),
        vendored,
    })
}

/// Resolves a directory of WIT with these entries of its `deps/`, and these texts beside them.
///
/// # Errors
///
/// As [`super::load`].
pub(crate) fn resolved_with(
    wit: &Path,
    kept: &[&Path],
    texts: &[(PackageName, Arc<str>)],
) -> Result<Package> {
    let mut input: Input = text::directory(wit)?;
    input
        .deps
        .retain(|group| kept.contains(&&*entry(wit, group)));
    input.encoded.retain(|path| kept.contains(&&**path));
    input.deps.extend(texts.iter().map(|(name, text)| Group {
        files: vec![(name.to_string(), text.clone())],
    }));
    resolve(input, &Features::All, Source::Directory(wit.to_owned()))
}

/// The entry of `deps/` that a group was read from.
fn entry(wit: &Path, group: &Group) -> PathBuf {
    let deps = wit.join("deps");
    let file = group.files.first().map(|(path, _)| PathBuf::from(path));
    let inside = file
        .as_deref()
        .and_then(|file| file.strip_prefix(&deps).ok());
    match inside.and_then(|inside| inside.components().next()) {
        Some(first) => deps.join(first),
        None => deps,
    }
}

fn names(group: &UnresolvedPackageGroup) -> Vec<PackageName> {
    let nested = group.nested.iter();
    let packages = std::iter::once(&group.main).chain(nested);
    packages.map(|package| package.name.clone()).collect()
}

/// The packages that a group names and doesn't have.
fn foreign(group: &UnresolvedPackageGroup) -> BTreeSet<PackageName> {
    let own = names(group);
    let packages = std::iter::once(&group.main).chain(&group.nested);
    let named = packages.flat_map(|package| package.foreign_deps.keys().cloned());
    named.filter(|name| !own.contains(name)).collect()
}
