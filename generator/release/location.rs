//! Where packages are that can be edited: in a directory with a `witgen.toml`, a directory `wit`, or `.wit` files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::locate;
use crate::registry::Reference;
use crate::source::{self, Source};

/// Texts by their paths.
pub(super) type Files = BTreeMap<PathBuf, Arc<str>>;

/// Returns the package in a directory.
///
/// # Errors
///
/// No package, and one that isn't in files.
pub(super) fn package_in(dir: &Path) -> Result<Source> {
    if let Some(found) = find_package_in(dir)? {
        return Ok(found);
    }
    if let Some((file, config)) = Config::find(dir)?
        && let Some(wit) = config.wit
    {
        return Err(not_editable(&wit, Place::path(file)).into());
    }
    Err(locate::no_package(dir)
        .help("go to the package's directory, or name its WIT with `wit` in witgen.toml")
        .into())
}

/// As [`package_in`]; nothing for a directory without a package, or with one that isn't in files.
pub(super) fn find_package_in(dir: &Path) -> Result<Option<Source>> {
    let dir = if dir == Path::new(".") {
        Path::new("")
    } else {
        dir
    };
    if let Some((file, config)) = Config::find(or_here(dir))?
        && let Some(wit) = config.wit
    {
        let path = dir.join(&wit);
        if !path.exists() && Reference::is_meant(&wit) {
            return Ok(None);
        }
        return Source::at(&path).map(Some).map_err(|error| error.at(Place::path(file)));
    }
    let wit = dir.join("wit");
    if wit.is_dir() {
        return Ok(Some(Source::Directory(wit)));
    }
    let mut entries = fs::read_dir(or_here(dir)).into_iter().flatten().flatten();
    let has_wit = entries.any(|entry| entry.path().extension().is_some_and(|it| it == "wit"));
    Ok(has_wit.then(|| Source::Directory(or_here(dir).to_owned())))
}

/// Returns the absolute path of a package in files, without links.
pub(super) fn canonical(source: &Source) -> Option<PathBuf> {
    match source {
        Source::Directory(path) | Source::File(path) | Source::Wasm(path) => {
            fs::canonicalize(path).ok()
        }
        _ => None,
    }
}

/// Returns the texts of a package.
///
/// # Errors
///
/// A package that isn't text, and files that can't be read.
pub(super) fn texts_of(source: &Source) -> Result<Files> {
    match source::own_texts(source)? {
        Some(texts) => Ok(texts),
        None => {
            let written = source.to_string();
            Err(not_editable(&written, Place::argument(&written)).into())
        }
    }
}

fn not_editable(package: &str, place: Place) -> Diagnostic {
    let message =
        format!("`{package}` is not WIT text on this disk, so its version can't be changed");
    Diagnostic::error(codes::NOT_EDITABLE, message)
        .at(place)
        .help("change the `.wit` files that it was built from")
}

fn or_here(dir: &Path) -> &Path {
    if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        dir
    }
}
