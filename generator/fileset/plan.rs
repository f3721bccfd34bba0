//! Plans a write without doing it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::record::{Record, hash};
use super::{FileSet, io_error, path_in};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::read;

/// The most bytes of an existing file that are compared with a new one.
pub(super) const MAX_FILE_BYTES: u64 = 1 << 30;

/// The effect of a write on a directory; the paths are sorted, and those of the set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// Files that don't exist before the write.
    pub created: Vec<String>,
    /// Files that exist with other contents.
    pub changed: Vec<String>,
    /// Files that exist with the same contents.
    pub unchanged: Vec<String>,
    /// Files that an earlier run wrote, and the set no longer contains.
    pub removed: Vec<String>,
    /// Such files that stay, because the user changed them.
    pub kept: Vec<String>,
}

/// Options for writing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Overwrites files that witgen didn't write.
    pub force: bool,
}

impl FileSet {
    /// Returns what [`FileSet::write`] would do, without doing it.
    ///
    /// # Errors
    ///
    /// All files that would be overwritten and that witgen didn't write; a directory that is a file; and files
    /// that can't be read.
    pub fn plan(&self, dir: &Path, options: &WriteOptions) -> Result<Plan> {
        require_directory(dir)?;
        plan(self, dir, options)
    }
}

/// Rejects a directory that is a file, or is below one.
pub(super) fn require_directory(dir: &Path) -> Result<()> {
    for ancestor in dir.ancestors() {
        // `exists` and `is_dir` are false for a dangling link.
        let Ok(metadata) = fs::symlink_metadata(ancestor) else {
            continue;
        };
        if ancestor.is_dir() {
            break;
        }
        let kind = if metadata.is_symlink() && !ancestor.exists() {
            "a link to nowhere"
        } else {
            "a file"
        };
        return Err(Diagnostic::error(
            codes::NOT_A_DIRECTORY,
            format!(
                "`{}` is {kind}, and a directory is needed",
                ancestor.display()
            ),
        )
        .at(Place::path(ancestor))
        .help("choose another place")
        .into());
    }
    Ok(())
}

pub(super) fn plan(files: &FileSet, dir: &Path, options: &WriteOptions) -> Result<Plan> {
    let record = Record::read(dir)?;
    let mut plan = Plan::default();
    let mut foreign = Vec::new();
    for (path, contents) in files.iter() {
        match existing(dir, path)? {
            Existing::Missing => plan.created.push(path.to_owned()),
            Existing::Text(text) if text == contents => plan.unchanged.push(path.to_owned()),
            Existing::Text(_) | Existing::Other
                if record.files.contains_key(path) || options.force =>
            {
                plan.changed.push(path.to_owned());
            }
            Existing::Text(_) | Existing::Other => foreign.push(path_in(dir, path)),
            Existing::Obstacle(place) => foreign.push(place),
        }
    }
    if !foreign.is_empty() {
        return Err(would_overwrite(dir, &foreign).into());
    }
    for (path, written) in &record.files {
        if files.get(path).is_some() {
            continue;
        }
        match existing(dir, path)? {
            Existing::Text(text) if hash(&text) == *written => plan.removed.push(path.clone()),
            Existing::Text(_) | Existing::Other => plan.kept.push(path.clone()),
            // A file behind a link belongs to the user.
            Existing::Missing | Existing::Obstacle(_) => {}
        }
    }
    Ok(plan)
}

/// The state of the path of a file.
pub(super) enum Existing {
    Missing,
    Text(String),
    /// A file that isn't text, or a link.
    Other,
    /// A directory at the path, or a file or a link where a directory is needed.
    Obstacle(PathBuf),
}

/// Looks at the path of a file, without following links.
pub(super) fn existing(dir: &Path, path: &str) -> Result<Existing> {
    let mut parent = dir.to_owned();
    let (folders, _) = path.rsplit_once('/').unwrap_or(("", path));
    for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
        parent.push(folder);
        // A link to a directory is an obstacle too: it leads out of the directory.
        match fs::symlink_metadata(&parent) {
            Ok(metadata) if !metadata.is_dir() => return Ok(Existing::Obstacle(parent)),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    let path = path_in(dir, path);
    match fs::symlink_metadata(&path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Existing::Missing)
        }
        Err(error) => Err(io_error("look at", &path, &error).into()),
        Ok(metadata) if metadata.is_dir() => Ok(Existing::Obstacle(path)),
        // A read through a link would compare with a file elsewhere.
        Ok(metadata) if !metadata.is_file() => Ok(Existing::Other),
        Ok(_) => match read::regular(&path, MAX_FILE_BYTES) {
            Ok(bytes) => Ok(String::from_utf8(bytes).map_or(Existing::Other, Existing::Text)),
            Err(error) if error.kind() == ErrorKind::FileTooLarge => Ok(Existing::Other),
            Err(error) => Err(io_error("read", &path, &error).into()),
        },
    }
}

/// The error for files that witgen didn't write and would overwrite.
fn would_overwrite(dir: &Path, foreign: &[PathBuf]) -> Diagnostic {
    let error = Diagnostic::error(
        codes::NOT_OURS,
        format!(
            "{} in `{}` would be overwritten, and witgen didn't write {}",
            match foreign.len() {
                1 => "a file".to_owned(),
                count => format!("{count} files"),
            },
            dir.display(),
            if foreign.len() == 1 { "it" } else { "them" }
        ),
    );
    foreign
        .iter()
        .fold(error, |error, path| error.at(Place::path(path)))
        .help("choose another place, or pass --force; nothing was changed")
}
