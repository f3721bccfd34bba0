//! Files with their contents before and after.

use std::path::PathBuf;

use similar::TextDiff;

use super::location::Files;
use super::texts::Texts;
use crate::diagnostic::Result;
use crate::fileset::rewrite_files;

/// A file that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileChange {
    /// Its path.
    pub path: PathBuf,
    /// Its contents before; none if it doesn't exist.
    pub old: Option<String>,
    /// Its contents after.
    pub new: String,
}

impl FileChange {
    /// Returns the lines that change, as a unified difference without lines around them.
    pub fn difference(&self) -> String {
        let name = self.path.display().to_string();
        let old = self.old.as_deref().unwrap_or_default();
        let diff = TextDiff::from_lines(old, &self.new);
        let mut unified = diff.unified_diff();
        unified.context_radius(0).header(&name, &name).to_string()
    }
}

/// Returns the changes of a package's files.
pub(super) fn changes(texts: &Texts, edited: Files) -> Vec<FileChange> {
    let changes = edited.into_iter().map(|(path, new)| FileChange {
        old: texts.text(&path).map(ToString::to_string),
        path,
        new: new.to_string(),
    });
    changes.collect()
}

/// Writes all files, and then calls `then`; or changes none if any of this fails.
pub(super) fn write<T>(files: &[FileChange], then: impl FnOnce() -> Result<T>) -> Result<T> {
    let files: Vec<(PathBuf, &[u8])> =
        files.iter().map(|file| (file.path.clone(), file.new.as_bytes())).collect();
    rewrite_files(&files, then)
}
