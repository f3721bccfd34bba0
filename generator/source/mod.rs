//! Reads WIT from its source, and resolves it to a [`Package`].
//!
//! ```
//! use witgen::source::{Features, Source, load};
//!
//! let package = load(&Source::Embedded, &Features::default())?;
//! assert_eq!(package.name().to_string(), "wasi:http@0.3.1002");
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use wit_parser::Resolve;

use crate::diagnostic::Result;

mod builtin;
mod comment;
mod component;
mod embedded;
mod failure;
mod features;
mod git;
mod location;
mod needs;
mod package;
mod package_line;
mod registry;
mod resolve;
mod text;
mod wasm;
mod world_gates;

pub(crate) use comment::{Comment, string_literal};
pub(crate) use embedded::NAME as EMBEDDED;
pub(crate) use embedded::{files as embedded_files, version as embedded_version};
pub use features::Features;
pub use location::Source;
pub(crate) use needs::{EditedTexts, Needs, directory_texts, needs, packages_in, resolve_with};
pub use package::{Include, Package};
use text::Input;

pub(crate) use registry::{decode, package_texts, require_name};

/// Reads and resolves a package with its dependencies.
///
/// # Errors
///
/// A source that can't be read, text that isn't valid WIT, and an unknown name, each with file and line; and a feature in
/// `features` that no item of the package names.
pub fn load(source: &Source, features: &Features) -> Result<Package> {
    let package = read(source, features)?;
    if let Features::Only(names) = features
        && !names.is_empty()
    {
        let known = features::features_of(read(source, &Features::All)?.resolve());
        features::require(names, &known, package.name())?;
    }
    Ok(package)
}

/// Reads a package as it is published: with the items behind its own gates, because the gates are published
/// with them. The gates of dependencies can't be published; items behind them are omitted if the package
/// resolves without them.
///
/// # Errors
///
/// As [`load`].
pub fn load_released(source: &Source) -> Result<Package> {
    let all = read(source, &Features::All)?;
    let Source::Directory(path) = source else {
        return Ok(all);
    };
    let is_own = |file: &String| Path::new(file).parent() == Some(path);
    let has_gated_dependencies = all
        .texts
        .iter()
        .any(|(path, file)| !is_own(path) && file.text().contains("@unstable"));
    if !has_gated_dependencies {
        return Ok(all);
    }
    let plain = read(source, &Features::default())?;
    let mut dependencies = package_texts(plain.resolve())?;
    dependencies.retain(|(name, _)| name != plain.name());
    Ok(resolve_with(path, &EditedTexts::new(), &[], &dependencies).unwrap_or(all))
}

/// Returns the built-in package with the default features. It is loaded only once.
pub(crate) fn embedded_package() -> Result<&'static Package> {
    static PACKAGE: LazyLock<Result<Package>> =
        LazyLock::new(|| load(&Source::Embedded, &Features::default()));
    PACKAGE.as_ref().map_err(Clone::clone)
}

/// Returns a package that the program contains, with what it uses: `wasi:cli@0.3.2`.
pub(crate) fn load_built_in(name: &str) -> Option<Result<Resolve>> {
    let input = Input {
        main: builtin::group(name)?,
        deps: Vec::new(),
        encoded: Vec::new(),
    };
    let package = resolve::resolve(input, &Features::All, Source::Embedded);
    Some(package.map(Package::into_resolve))
}

/// Returns the packages that the program contains, with their versions.
pub(crate) fn built_in_packages() -> impl Iterator<Item = String> {
    builtin::names()
}

/// Returns the files of a package that the program contains, with their names: `wasi:cli@0.3.2`.
pub(crate) fn built_in_texts(name: &str) -> Option<Vec<(String, Arc<str>)>> {
    let files = builtin::group(name)?.files.into_iter();
    let named = files.map(|(path, text)| {
        let name = path.trim_end_matches(" (built in)");
        let file = name.rsplit_once('/').filter(|(_, file)| file.ends_with(".wit"));
        (
            file.map_or("package.wit", |(_, file)| file).to_owned(),
            text,
        )
    });
    Some(named.collect())
}

/// Loads the package in a directory, or in one file of it, with other texts in place of those on the disk.
///
/// # Errors
///
/// As [`load`].
pub(crate) fn load_edited(
    source: &Source,
    features: &Features,
    edited: &BTreeMap<PathBuf, Arc<str>>,
) -> Result<Package> {
    let mut input = match source {
        Source::Directory(path) => text::read_edited_directory(path)?,
        Source::File(path) => match edited.get(path) {
            Some(text) => Input::of_text(path, text.clone()),
            None => text::read_file(path)?,
        },
        other => return load(other, features),
    };
    let groups = std::iter::once(&mut input.main).chain(&mut input.deps);
    for (path, text) in groups.flat_map(|group| &mut group.files) {
        if let Some(edited) = edited.get(Path::new(path)) {
            *text = edited.clone();
        }
    }
    if let Source::Directory(folder) = source {
        for (path, text) in edited {
            let name = path.display().to_string();
            let is_new = !input.main.files.iter().any(|(path, _)| *path == name);
            let is_wit = path.extension().is_some_and(|extension| extension == "wit");
            if is_new && is_wit && path.parent() == Some(folder) {
                input.main.files.push((name, text.clone()));
            }
        }
        text::require_files(folder, &input.main)?;
    }
    resolve::resolve(input, features, source.clone())
}

/// Returns the texts of a package by their paths, without those of its dependencies; nothing for a package that isn't WIT
/// text on the disk.
///
/// # Errors
///
/// A file that can't be read.
pub(crate) fn own_texts(source: &Source) -> Result<Option<BTreeMap<PathBuf, Arc<str>>>> {
    let group = match source {
        Source::Directory(path) => text::read_group(path)?,
        Source::File(path) => text::read_file(path)?.main,
        _ => return Ok(None),
    };
    let files = group.files.into_iter().map(|(path, text)| (path.into(), text));
    Ok(Some(files.collect()))
}

fn read(source: &Source, features: &Features) -> Result<Package> {
    let input = match source {
        Source::Embedded => embedded::input(),
        Source::Directory(path) => text::read_directory(path)?,
        Source::File(path) => text::read_file(path)?,
        Source::Wasm(path) => return component::load(path),
        Source::Revision {
            dir,
            revision,
            path,
        } => git::read(dir, revision, path)?,
        Source::Registry { name, contents } => return registry::load(name, contents, features),
    };
    resolve::resolve(input, features, source.clone())
}
