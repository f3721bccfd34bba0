//! Files that witgen wrote and that have not changed since.

use std::path::Path;

use super::FileSet;
use super::plan::{Existing, existing};
use super::record::{Record, hash};
use crate::diagnostic::Result;

/// Returns the files that the record of a directory lists and that have not changed since.
pub(crate) fn unchanged_files(dir: &Path) -> Result<FileSet> {
    let mut files = FileSet::new();
    for (path, written) in Record::read(dir)?.files {
        if let Existing::Text(text) = existing(dir, &path)?
            && hash(&text) == written
        {
            files.insert(path, text);
        }
    }
    Ok(files)
}
