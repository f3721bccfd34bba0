//! The record of the files that witgen wrote into a directory.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

use super::FileSet;
use super::set::is_inside;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::read::{self, MAX_LIST_BYTES};

/// The record's file name.
pub const RECORD: &str = ".witgen.json";

/// The files of a directory that witgen wrote, with hashes of their contents.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// An explanation for readers of the file.
    about: String,
    pub files: BTreeMap<String, String>,
}

impl Record {
    /// Returns the record of a set.
    pub fn new(files: &FileSet) -> Self {
        Record {
            about: "Files that witgen made here. It overwrites and removes these and no others."
                .to_owned(),
            files: files.iter().map(|(path, contents)| (path.to_owned(), hash(contents))).collect(),
        }
    }

    /// Reads the record of a directory; without a file, the record is empty.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(RECORD);
        let text = match read::text(&path, MAX_LIST_BYTES) {
            Ok(text) => text,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(Self::default());
            }
            Err(error) => return Err(super::io_error("read", &path, &error).into()),
        };
        let invalid = |why: String| {
            Diagnostic::error(
                codes::INVALID_RECORD,
                format!("`{RECORD}` is not a record of witgen's: {why}"),
            )
            .at(Place::path(&path))
            .help("restore it, or delete it and pass --force")
        };
        let record: Self =
            serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        // The directory, and its record, may come from others. The record decides which files are overwritten
        // and removed, so it must not name files elsewhere.
        match record.files.keys().find(|path| !is_inside(path)) {
            Some(path) => Err(invalid(format!("it names `{path}`")).into()),
            None => Ok(record),
        }
    }

    /// Returns the text of the file.
    pub fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("plain data always serialises");
        format!("{text}\n")
    }

    /// Returns a record with the files of both.
    pub fn merged(&self, other: &Record) -> Self {
        let mut files = other.files.clone();
        files.extend(self.files.clone());
        Record {
            about: self.about.clone(),
            files,
        }
    }
}

/// Returns the files that the record of a directory lists.
pub(crate) fn recorded_files(dir: &Path) -> Result<BTreeSet<String>> {
    Ok(Record::read(dir)?.files.into_keys().collect())
}

/// Returns the XXH64 hash of a text with Unix line endings, in hexadecimal digits.
pub(super) fn hash(contents: &str) -> String {
    let hash = if contents.contains('\r') {
        XxHash64::oneshot(0, contents.replace("\r\n", "\n").as_bytes())
    } else {
        XxHash64::oneshot(0, contents.as_bytes())
    };
    format!("{hash:016x}")
}
