//! Where WIT comes from, and how it becomes a [`Package`].
//!
//! ```
//! use witgen::source::{Features, Source, load};
//!
//! let package = load(&Source::Embedded, &Features::default())?;
//! assert_eq!(package.name().to_string(), "wasi:http@0.3.3");
//! # Ok::<(), witgen::diagnostic::Diagnostic>(())
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::registry::{Fetched, Reference, Registries};

mod embedded;
mod failure;
mod features;
mod git;
mod needs;
mod package;
mod registry;
mod text;
mod wasm;

pub use features::Features;
pub(crate) use needs::{Needs, needs, resolved_with};
pub use package::{Include, Package};
pub(crate) use registry::{decode, is_itself, texts};

/// A place that WIT can be read from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The `wasi:http` package that is part of this program.
    Embedded,
    /// A directory with `*.wit` files, and its dependencies in `deps/`.
    Directory(PathBuf),
    /// One file of WIT text, which is a package on its own.
    File(PathBuf),
    /// A file of WebAssembly, binary or text: a WIT package encoded as a component, or a component
    /// whose world is read from it.
    Wasm(PathBuf),
    /// WIT text of a git revision.
    Revision {
        /// A directory of the work tree.
        dir: PathBuf,
        /// A commit, a branch or a tag.
        revision: String,
        /// The package's directory or file, from `dir`.
        path: String,
    },
    /// A package or a component of a registry, as it came from there.
    Registry(Fetched),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Embedded => write!(f, "the embedded package {}", embedded::NAME),
            Source::Directory(path) | Source::File(path) | Source::Wasm(path) => {
                write!(f, "{}", path.display())
            }
            Source::Revision { revision, path, .. } => write!(f, "git:{revision}:{path}"),
            Source::Registry(fetched) => write!(f, "{}", fetched.reference()),
        }
    }
}

/// A source, and why it was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The source.
    pub source: Source,
    /// What led to it, for people: ``from `wit` in witgen.toml``.
    pub why: &'static str,
}

impl Source {
    /// Chooses the source that a command in directory `dir` reads: `wit` if it is given, else the
    /// `wit` key of `dir`'s `witgen.toml`, else `dir/wit` if that exists, else the embedded package.
    /// What is named may be a package of a registry, which is fetched.
    ///
    /// # Errors
    ///
    /// A path that doesn't exist or can't be read, an invalid `witgen.toml`, and what keeps a registry's
    /// package from coming.
    pub fn find(wit: Option<&str>, dir: &Path, registries: &Registries) -> Result<Found> {
        if let Some(wit) = wit {
            let place = Place::argument(format!("--wit {wit}"));
            let source = Source::written(wit, Path::new(""), place, registries)?;
            return Ok(Found {
                source,
                why: "given by --wit",
            });
        }
        if let Some((file, config)) = Config::find(dir)?
            && let Some(wit) = config.wit
        {
            let dir = file.parent().unwrap_or(Path::new(""));
            return Ok(Found {
                source: Source::written(&wit, dir, Place::path(&file), registries)?,
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

    /// The source that somebody names, from a directory: a path, `git:REVISION:PATH`, where the path is
    /// `wit` unless it is said, or a package of a registry, which is fetched: `wasi:http@0.3.3`, or
    /// `wasi:http` for its latest version.
    ///
    /// # Errors
    ///
    /// A path that doesn't exist, can't be read, or is neither a file nor a directory, and what keeps a
    /// registry's package from coming.
    pub fn named(written: &str, dir: &Path, registries: &Registries) -> Result<Source> {
        Source::written(written, dir, Place::argument(written), registries)
    }

    fn written(written: &str, dir: &Path, place: Place, registries: &Registries) -> Result<Source> {
        if let Some(revision) = written.strip_prefix("git:") {
            let (revision, path) = revision.split_once(':').unwrap_or((revision, "wit"));
            return Ok(Source::Revision {
                dir: dir.to_owned(),
                revision: revision.to_owned(),
                path: path.to_owned(),
            });
        }
        let path = dir.join(written);
        if Reference::is_meant(written) && !path.exists() {
            let reference: Reference = written.parse()?;
            return Ok(Source::Registry(registries.fetch(&reference)?));
        }
        Source::found_at(&path, place)
    }

    /// The source at a path: what it is shows in its kind and its first bytes.
    ///
    /// # Errors
    ///
    /// A path that doesn't exist, can't be read, or is neither a file nor a directory.
    pub fn at(path: &Path) -> Result<Source> {
        Source::found_at(path, Place::path(path))
    }

    fn found_at(path: &Path, place: Place) -> Result<Source> {
        let metadata = match path.metadata() {
            Ok(metadata) => metadata,
            Err(error) => return Err(missing(path, &error, place)),
        };
        if metadata.is_dir() {
            return Ok(Source::Directory(path.to_owned()));
        }
        if !metadata.is_file() {
            return Err(Diagnostic::error(
                "not-a-file",
                format!("`{}` is neither a file nor a directory", path.display()),
            )
            .at(place)
            .help("WIT is read from a directory, a `.wit` file or a `.wasm` file"));
        }
        if wasm::is_wasm(path)? {
            Ok(Source::Wasm(path.to_owned()))
        } else {
            Ok(Source::File(path.to_owned()))
        }
    }
}

/// The failure to find what the user named.
fn missing(path: &Path, error: &std::io::Error, place: Place) -> Diagnostic {
    let shown = path.display();
    Diagnostic::error("unreadable", format!("cannot read `{shown}`: {error}"))
        .at(place)
        .help("name a directory, a `.wit` file, a `.wasm` file, or a package of a registry, such as `wasi:http@0.3.3`; without --wit, the package embedded in witgen is used")
}

/// Reads and resolves a package with its dependencies.
///
/// # Errors
///
/// What can't be read, isn't valid WIT, or names what doesn't exist, each with file and line; and
/// a feature in `features` that no item of the package names.
pub fn load(source: &Source, features: &Features) -> Result<Package> {
    let package = resolve(source, features)?;
    if let Features::Only(names) = features
        && !names.is_empty()
    {
        let known = features::known(&resolve(source, &Features::All)?);
        features::require(names, &known, &package)?;
    }
    Ok(package)
}

/// Reads a package as it is published: with all that is behind its own gates, which are published with
/// it. The gates of its dependencies can't be; what is behind these is left out where the package
/// resolves without it.
///
/// # Errors
///
/// As [`load`].
pub fn load_released(source: &Source) -> Result<Package> {
    let all = resolve(source, &Features::All)?;
    let Source::Directory(path) = source else {
        return Ok(all);
    };
    let is_own = |file: &String| Path::new(file).parent() == Some(path);
    let mut others = all.texts.iter().filter(|(file, _)| !is_own(file));
    if !others.any(|(_, text)| text.contains("@unstable")) {
        return Ok(all);
    }
    let plain = resolve(source, &Features::default())?;
    let mut dependencies = texts(plain.resolve())?;
    dependencies.retain(|(name, _)| name != plain.name());
    Ok(resolved_with(path, &[], &dependencies).unwrap_or(all))
}

fn resolve(source: &Source, features: &Features) -> Result<Package> {
    let input = match source {
        Source::Embedded => embedded::input(),
        Source::Directory(path) => text::directory(path)?,
        Source::File(path) => text::file(path)?,
        Source::Wasm(path) => return wasm::load(path),
        Source::Revision {
            dir,
            revision,
            path,
        } => git::input(dir, revision, path)?,
        Source::Registry(fetched) => return registry::load(fetched, features),
    };
    package::resolve(input, features, source.clone())
}
