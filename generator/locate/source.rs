//! The source of a package, by the name that a user gives it.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::registry::{Reference, Registries};
use crate::source::{EMBEDDED, Source};

/// A source, and why it was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The source.
    pub source: Source,
    /// The reason, for people: ``from `wit` in witgen.toml``.
    pub why: &'static str,
}

/// Chooses the source that a command in directory `dir` reads: `wit` if it is given, else the `wit` key of
/// `dir`'s `witgen.toml`, else `dir/wit` if that exists, else the built-in package. A package of a registry
/// is fetched.
///
/// # Errors
///
/// A path that doesn't exist or can't be read, an invalid `witgen.toml`, and a package that can't be
/// fetched.
pub fn find(wit: Option<&str>, dir: &Path, registries: &Registries) -> Result<Found> {
    Ok(find_named(wit, dir, registries)?.unwrap_or_else(embedded))
}

/// Returns the built-in package, for commands that need none of the user's.
pub(crate) fn embedded() -> Found {
    Found {
        source: Source::Embedded,
        why: "neither --wit, nor witgen.toml, nor ./wit names another",
    }
}

/// As [`find`], for commands that describe the package of a directory: the built-in package is used only
/// by its name.
///
/// ```
/// use witgen::locate;
/// use witgen::registry::Registries;
/// use witgen::source::Source;
///
/// let registries = Registries::default();
/// let empty = tempfile::tempdir().unwrap();
/// let error = locate::find_here(None, empty.path(), &registries).unwrap_err();
/// assert_eq!(error.code(), "no-wit");
/// let found = locate::find_here(Some("wasi:http@0.3.1002"), empty.path(), &registries)?;
/// assert_eq!(found.source, Source::Embedded);
/// # Ok::<(), witgen::diagnostic::Failure>(())
/// ```
///
/// # Errors
///
/// As [`find`], and a directory without a package.
pub fn find_here(wit: Option<&str>, dir: &Path, registries: &Registries) -> Result<Found> {
    find_named(wit, dir, registries)?.ok_or_else(|| {
        no_package(dir)
            .help(format!(
                "go to the package's directory, or name the package with --wit; `--wit {EMBEDDED}` is the one built in"
            ))
            .into()
    })
}

/// Returns the source that `wit`, a `witgen.toml` or a directory `wit` names.
pub(crate) fn find_named(
    wit: Option<&str>,
    dir: &Path,
    registries: &Registries,
) -> Result<Option<Found>> {
    if let Some(wit) = wit {
        let place = Place::argument(format!("--wit {wit}"));
        return Ok(Some(Found {
            source: at_place(wit, Path::new(""), place, registries)?,
            why: "given by --wit",
        }));
    }
    match Config::find(dir)? {
        Some((file, Config { wit: Some(wit), .. })) => {
            named_in(dir, &wit, Place::path(file), registries).map(Some)
        }
        _ => Ok(in_folder(dir)),
    }
}

/// Returns the source that the `witgen.toml` of a directory names; messages point at `place`.
pub(crate) fn named_in(
    dir: &Path,
    wit: &str,
    place: Place,
    registries: &Registries,
) -> Result<Found> {
    let dir = if is_here(dir) { Path::new("") } else { dir };
    Ok(Found {
        source: at_place(wit, dir, place, registries)?,
        why: "from `wit` in witgen.toml",
    })
}

fn is_here(dir: &Path) -> bool {
    dir == Path::new(".") || dir.as_os_str().is_empty()
}

/// Returns the directory `wit` of a directory, if there is one.
pub(crate) fn in_folder(dir: &Path) -> Option<Found> {
    let wit = if is_here(dir) {
        PathBuf::from("wit")
    } else {
        dir.join("wit")
    };
    wit.is_dir().then_some(Found {
        source: Source::Directory(wit),
        why: "found here",
    })
}

/// The error for a directory without a package.
pub(crate) fn no_package(dir: &Path) -> Diagnostic {
    Diagnostic::error(codes::NO_WIT, "no WIT package in this directory").at(Place::path(dir))
}

/// Returns the source that a name stands for in a directory: a path, `git:REVISION:PATH` (the path
/// defaults to `wit`), or a package of a registry, which is fetched: `wasi:http@0.3.1002`, or `wasi:http` for
/// its latest version. The name and version of the built-in package stand for that one, unless a registry
/// is chosen.
///
/// # Errors
///
/// A path that doesn't exist, can't be read, or is neither a file nor a directory, and a package that
/// can't be fetched.
pub fn source(name: &str, dir: &Path, registries: &Registries) -> Result<Source> {
    at_place(name, dir, Place::argument(name), registries)
}

fn at_place(name: &str, dir: &Path, place: Place, registries: &Registries) -> Result<Source> {
    if let Some(revision) = name.strip_prefix("git:") {
        let (revision, path) = revision.split_once(':').unwrap_or((revision, "wit"));
        return Ok(Source::Revision {
            dir: dir.to_owned(),
            revision: revision.to_owned(),
            path: path.to_owned(),
        });
    }
    // Messages show `clocks/a.wit`, not `clocks/./a.wit`.
    let path = match name {
        "." if !dir.as_os_str().is_empty() => dir.to_owned(),
        _ => dir.join(name),
    };
    if Reference::is_meant(name) && !path.exists() {
        let reference: Reference = name.parse()?;
        if reference.to_string() == EMBEDDED && !registries.is_chosen() {
            return Ok(Source::Embedded);
        }
        let fetched = registries.fetch(&reference).map_err(|error| {
            let package = EMBEDDED.split('@').next().unwrap_or(EMBEDDED);
            if package == format!("{}:{}", reference.namespace(), reference.name()) {
                error.help(format!("`{EMBEDDED}` is built in, and needs no registry"))
            } else {
                error
            }
        })?;
        return Ok(fetched.into());
    }
    Source::at_place(&path, place)
}
