//! The set itself.

use std::collections::BTreeMap;

/// Text files by their paths, which are relative and separated by `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<String, String>,
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
}

/// Whether a path stays inside the directory that it is relative to, on every system.
pub(super) fn is_inside(path: &str) -> bool {
    let is_name = |part: &str| !matches!(part, "" | "." | "..");
    // A backslash separates on Windows, and a colon names a drive or a stream there.
    !path.contains(['\\', ':', '\0']) && path.split('/').all(is_name)
}
