//! Sets of text files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Text files by their paths, which are relative and separated by `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<String, String>,
}

impl FileSet {
    /// Returns an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces one.
    ///
    /// # Panics
    ///
    /// If the path is absolute, empty, or leads out of the directory: paths come from the program.
    pub fn insert(&mut self, path: impl Into<String>, contents: impl Into<String>) {
        let path = path.into();
        assert!(
            is_inside(&path),
            "`{path}` is not a path inside a directory"
        );
        self.files.insert(path, contents.into());
    }

    /// Adds all files of another set in a folder.
    ///
    /// # Panics
    ///
    /// As [`FileSet::insert`].
    pub fn insert_folder(&mut self, folder: &str, files: FileSet) {
        for (path, contents) in files.files {
            self.insert(format!("{folder}/{path}"), contents);
        }
    }

    /// Removes a file, and returns its contents.
    pub(crate) fn remove(&mut self, path: &str) -> Option<String> {
        self.files.remove(path)
    }

    /// Returns the contents of a file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Returns paths and contents, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, contents)| (path.as_str(), contents.as_str()))
    }

    /// Whether the set has no files.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// Returns the path of a set's file in a directory, separated as the system does it.
pub(crate) fn path_in(dir: &Path, path: &str) -> PathBuf {
    path.split('/').fold(dir.to_owned(), |folder, name| folder.join(name))
}

/// Whether a path stays inside the directory that it is relative to, on every system.
pub(super) fn is_inside(path: &str) -> bool {
    let is_name = |part: &str| !matches!(part, "" | "." | "..");
    // On Windows, a backslash is a separator, and a colon follows a drive or precedes a stream.
    !path.contains(['\\', ':', '\0']) && path.split('/').all(is_name)
}
