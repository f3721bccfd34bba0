//! Files that are not on the disk yet, and the one way there.
//!
//! ```
//! use witgen::fileset::{FileSet, WriteOptions};
//!
//! let dir = tempfile::tempdir().unwrap();
//! let mut files = FileSet::new();
//! files.insert("src/mod.rs", "// made\n");
//! let written = files.write(dir.path(), &WriteOptions::default())?;
//! assert_eq!(written.created, ["src/mod.rs"]);
//! assert!(files.check(dir.path())?.is_empty());
//! # Ok::<(), witgen::diagnostic::Diagnostic>(())
//! ```
//!
//! A run writes only what changed, each file beside its place first and then by rename, so that
//! a crash leaves the old file or the new one. Which files are ours stands in a record beside them,
//! [`RECORD`]: a file that isn't in it is never overwritten unless asked, and one that is in it and
//! no longer made is removed unless somebody changed it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::diagnostic::{Diagnostic, Place, Result};

mod check;
mod plan;
mod record;
mod write;

pub use plan::Plan;
pub use record::RECORD;
pub use write::write_file;

/// Text files by their paths, which are relative and separated by `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<String, String>,
}

/// How to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Overwrite files that witgen didn't make.
    pub force: bool,
}

impl FileSet {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces one.
    ///
    /// # Panics
    ///
    /// If the path is absolute, empty, or leads out of the directory: paths are the program's own.
    pub fn insert(&mut self, path: impl Into<String>, contents: impl Into<String>) {
        let path = path.into();
        assert!(
            is_inside(&path),
            "`{path}` is not a path inside a directory"
        );
        self.files.insert(path, contents.into());
    }

    /// Adds all files of another set, in a folder of that name.
    ///
    /// # Panics
    ///
    /// As [`FileSet::insert`].
    pub fn insert_folder(&mut self, folder: &str, files: FileSet) {
        for (path, contents) in files.files {
            self.insert(format!("{folder}/{path}"), contents);
        }
    }

    /// A file's contents.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Paths and contents, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter();
        files.map(|(path, contents)| (path.as_str(), contents.as_str()))
    }

    /// Whether there is no file in it.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// What [`FileSet::write`] would do, without doing it.
    ///
    /// # Errors
    ///
    /// Files in the way that witgen didn't make, all of them; a directory that is a file; and what
    /// can't be read.
    pub fn plan(&self, dir: &Path, options: &WriteOptions) -> Result<Plan> {
        plan::plan(self, dir, options)
    }

    /// Writes the set into a directory, which is made if need be, and removes what an earlier run
    /// made there and this one doesn't.
    ///
    /// # Errors
    ///
    /// As [`FileSet::plan`], and what the file system refuses. Nothing has changed then, unless the
    /// file system refused a rename after it had taken every file.
    pub fn write(&self, dir: &Path, options: &WriteOptions) -> Result<Plan> {
        let plan = self.plan(dir, options)?;
        write::write(self, dir, &plan)?;
        Ok(plan)
    }

    /// Compares a directory with the set: what is missing, what differs, and what an earlier run
    /// made and this one doesn't. Line endings may differ, since version control changes them.
    ///
    /// # Errors
    ///
    /// What can't be read.
    pub fn check(&self, dir: &Path) -> Result<Vec<Diagnostic>> {
        check::check(self, dir, "run the command again without --check")
    }

    /// As [`FileSet::check`], with a word on how to mend what is found.
    pub(crate) fn check_for(&self, dir: &Path, help: &str) -> Result<Vec<Diagnostic>> {
        check::check(self, dir, help)
    }
}

/// The files of a directory that an earlier run made, by its record.
pub(crate) fn made_in(dir: &Path) -> Result<BTreeSet<String>> {
    Ok(record::Record::read(dir)?.files.into_keys().collect())
}

/// Whether a path stays inside the directory that it is relative to, on every system.
fn is_inside(path: &str) -> bool {
    let is_name = |part: &str| !matches!(part, "" | "." | "..");
    // A backslash separates on Windows, and a colon names a drive or a stream there.
    !path.contains(['\\', ':', '\0']) && path.split('/').all(is_name)
}

/// The file system's word, without the names of files that only we know.
fn cause(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|error| error.source());
    inner.map_or_else(|| error.to_string(), ToString::to_string)
}

/// The failure of an operation after which some files are new and others old.
fn interrupted(what: &str, path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(
        "cannot-write",
        format!("cannot {what} `{}`: {}", path.display(), cause(error)),
    )
    .at(Place::path(path))
    .help("some files are new already and others are as they were; run the command again")
}

/// The failure of an operation of the file system.
pub(crate) fn refused(what: &str, path: &Path, error: &std::io::Error) -> Diagnostic {
    use std::io::ErrorKind;
    let failure = Diagnostic::error(
        "cannot-write",
        format!("cannot {what} `{}`: {}", path.display(), cause(error)),
    )
    .at(Place::path(path));
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            failure.help("make room, or choose another place; nothing was changed")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            failure.help("choose a place that you may write to; nothing was changed")
        }
        _ => failure.help("choose another place; nothing was changed"),
    }
}
