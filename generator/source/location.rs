//! The locations that WIT can be read from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{embedded, wasm};
use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// A location that WIT can be read from.
///
/// ```
/// use witgen::source::Source;
///
/// let source = Source::at("wit".as_ref())?;
/// assert_eq!(source, Source::Directory("wit".into()));
/// # Ok::<(), witgen::diagnostic::Failure>(())
/// ```
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
    /// A package or a component of a registry, after its download.
    Registry {
        /// The package with its version, which an encoded package must have too: `wasi:http@0.3.1002`.
        name: String,
        /// An encoded WIT package, or a component.
        contents: Arc<[u8]>,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Embedded => write!(f, "the built-in package {}", embedded::NAME),
            Source::Directory(path) | Source::File(path) | Source::Wasm(path) => {
                write!(f, "{}", path.display())
            }
            Source::Revision { revision, path, .. } => write!(f, "git:{revision}:{path}"),
            Source::Registry { name, .. } => f.write_str(name),
        }
    }
}

impl Source {
    /// Returns the source at a path; its kind follows from the file's type and first bytes.
    ///
    /// # Errors
    ///
    /// A path that doesn't exist, can't be read, or is neither a file nor a directory.
    pub fn at(path: &Path) -> Result<Source> {
        Source::at_place(path, Place::path(path))
    }

    /// As [`Source::at`]; messages point at `place`, where the path was given.
    pub(crate) fn at_place(path: &Path, place: Place) -> Result<Source> {
        let metadata = match path.metadata() {
            Ok(metadata) => metadata,
            Err(error) => return Err(unreadable(path, &error, place).into()),
        };
        if metadata.is_dir() {
            return Ok(Source::Directory(path.to_owned()));
        }
        if !metadata.is_file() {
            return Err(Diagnostic::error(
                codes::NOT_A_FILE,
                format!("`{}` is neither a file nor a directory", path.display()),
            )
            .at(place)
            .help("WIT is read from a directory, a `.wit` file or a `.wasm` file")
            .into());
        }
        if wasm::is_wasm(path)? {
            Ok(Source::Wasm(path.to_owned()))
        } else {
            Ok(Source::File(path.to_owned()))
        }
    }
}

/// The error for a path that can't be read.
fn unreadable(path: &Path, error: &std::io::Error, place: Place) -> Diagnostic {
    let shown = path.display();
    Diagnostic::error(codes::UNREADABLE, format!("cannot read `{shown}`: {error}"))
        .at(place)
        .help("name a directory, a `.wit` file, a `.wasm` file, or a package of a registry; without --wit, the built-in package is used")
}
