//! The packages that a package needs, and those in its `deps/`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wit_parser::{PackageName, UnresolvedPackageGroup};

use super::resolve::{parse, resolve};
use super::text::{self, Group, Input, Texts};
use super::{Features, Package, Source, wasm};
use crate::diagnostic::Result;

/// Texts of files in place of those on the disk.
pub(crate) type EditedTexts = BTreeMap<PathBuf, Arc<str>>;

/// The packages that a directory of WIT needs, and those that it has.
pub(crate) struct Needs {
    /// The package itself.
    pub name: PackageName,
    /// The packages that its text names.
    pub packages: BTreeSet<PackageName>,
    /// The entries of `deps/`.
    pub deps: Vec<DepsEntry>,
}

/// An entry of `deps/`: a package, and those that it includes.
pub(crate) struct DepsEntry {
    /// The folder or the file.
    pub path: PathBuf,
    /// The names of its packages.
    pub names: Vec<PackageName>,
    /// The packages that its text names.
    pub needs: BTreeSet<PackageName>,
}

/// Reads which packages a directory of WIT needs and has, without resolving them.
///
/// # Errors
///
/// Files that can't be read, and text that isn't WIT.
pub(crate) fn needs(wit: &Path, edited: &EditedTexts) -> Result<Needs> {
    let input = read_edited(wit, edited)?;
    let mut texts = Texts::new();
    let main = parse(input.main, &mut texts)?;
    let mut deps = Vec::new();
    for group in input.deps {
        let path = entry(wit, &group);
        let group = parse(group, &mut texts)?;
        deps.push(DepsEntry {
            path,
            names: names(&group),
            needs: foreign(&group),
        });
    }
    for path in input.encoded {
        let decoded = wasm::decode(&path)?;
        deps.push(DepsEntry {
            names: decoded
                .resolve()
                .packages
                .iter()
                .map(|(_, package)| package.name.clone())
                .collect(),
            needs: BTreeSet::new(),
            path,
        });
    }
    Ok(Needs {
        name: main.main.name.clone(),
        packages: foreign(&main),
        deps,
    })
}

/// Returns the packages that the text of a package names; `name` is what messages call it.
pub(crate) fn packages_in(name: &str, text: &Arc<str>) -> Result<BTreeSet<PackageName>> {
    let files = vec![(name.to_owned(), text.clone())];
    Ok(foreign(&parse(Group { files }, &mut Texts::new())?))
}

/// Resolves a directory of WIT with these entries of its `deps/`, and with additional texts.
///
/// # Errors
///
/// As [`super::load`].
pub(crate) fn resolve_with(
    wit: &Path,
    edited: &EditedTexts,
    kept: &[&Path],
    texts: &[(PackageName, Arc<str>)],
) -> Result<Package> {
    let mut input = read_edited(wit, edited)?;
    input.deps.retain(|group| kept.contains(&&*entry(wit, group)));
    input.encoded.retain(|path| kept.contains(&&**path));
    input.deps.extend(texts.iter().map(|(name, text)| Group {
        files: vec![(name.to_string(), text.clone())],
    }));
    resolve(input, &Features::All, Source::Directory(wit.to_owned()))
}

/// Returns the files of the package itself, with their paths as messages show them.
///
/// # Errors
///
/// Files that can't be read.
pub(crate) fn directory_texts(wit: &Path, edited: &EditedTexts) -> Result<Vec<(String, Arc<str>)>> {
    Ok(read_edited(wit, edited)?.main.files)
}

/// Reads a directory, with these texts of the package's files.
fn read_edited(wit: &Path, edited: &EditedTexts) -> Result<Input> {
    let mut input = text::read_directory(wit)?;
    for (path, text) in &mut input.main.files {
        if let Some(edited) = edited.get(Path::new(path)) {
            *text = edited.clone();
        }
    }
    Ok(input)
}

/// Returns the entry of `deps/` that a group was read from.
fn entry(wit: &Path, group: &Group) -> PathBuf {
    let deps = wit.join("deps");
    let file = group.files.first().map(|(path, _)| PathBuf::from(path));
    let inside = file.as_deref().and_then(|file| file.strip_prefix(&deps).ok());
    match inside.and_then(|inside| inside.components().next()) {
        Some(first) => deps.join(first),
        None => deps,
    }
}

/// Returns the names of the packages of a group.
fn names(group: &UnresolvedPackageGroup) -> Vec<PackageName> {
    std::iter::once(&group.main)
        .chain(&group.nested)
        .map(|package| package.name.clone())
        .collect()
}

/// Returns the packages that a group names and doesn't have.
fn foreign(group: &UnresolvedPackageGroup) -> BTreeSet<PackageName> {
    let own = names(group);
    std::iter::once(&group.main)
        .chain(&group.nested)
        .flat_map(|package| package.foreign_deps.keys().cloned())
        .filter(|name| !own.contains(name))
        .collect()
}
