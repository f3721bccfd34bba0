//! The source of a package, by the name that a user gives it.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::diagnostic::{Place, Result};
use crate::registry::{Reference, Registries};
use crate::source::Source;

/// A source, and why it was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The source.
    pub source: Source,
    /// The reason, for people: ``from `wit` in witgen.toml``.
    pub why: &'static str,
}

/// Chooses the source that a command in directory `dir` reads: `wit` if it is given, else the `wit` key of
/// `dir`'s `witgen.toml`, else `dir/wit` if that exists, else the embedded package. A package of a registry
/// is fetched.
///
/// # Errors
///
/// A path that doesn't exist or can't be read, an invalid `witgen.toml`, and a package that can't be
/// fetched.
pub fn find(wit: Option<&str>, dir: &Path, registries: &Registries) -> Result<Found> {
    if let Some(wit) = wit {
        let place = Place::argument(format!("--wit {wit}"));
        return Ok(Found {
            source: at_place(wit, Path::new(""), place, registries)?,
            why: "given by --wit",
        });
    }
    if let Some((file, config)) = Config::find(dir)?
        && let Some(wit) = config.wit
    {
        let dir = file.parent().unwrap_or(Path::new(""));
        return Ok(Found {
            source: at_place(&wit, dir, Place::path(&file), registries)?,
            why: "from `wit` in witgen.toml",
        });
    }
    let wit = if dir == Path::new(".") || dir.as_os_str().is_empty() {
        PathBuf::from("wit")
    } else {
        dir.join("wit")
    };
    if wit.is_dir() {
        return Ok(Found {
            source: Source::Directory(wit),
            why: "found here",
        });
    }
    Ok(Found {
        source: Source::Embedded,
        why: "neither --wit, nor witgen.toml, nor ./wit names another",
    })
}

/// Returns the source that a name stands for in a directory: a path, `git:REVISION:PATH` (the path
/// defaults to `wit`), or a package of a registry, which is fetched: `wasi:http@0.3.3`, or `wasi:http` for
/// its latest version.
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
    let path = dir.join(name);
    if Reference::is_meant(name) && !path.exists() {
        let reference: Reference = name.parse()?;
        return Ok(registries.fetch(&reference)?.into());
    }
    Source::at_place(&path, place)
}
