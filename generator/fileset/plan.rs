//! What writing would do.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::record::{Record, hash};
use super::{FileSet, refused};
use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// What writing does to a directory; paths as in the set, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// Files that were not there.
    pub created: Vec<String>,
    /// Files that were there with other contents.
    pub changed: Vec<String>,
    /// Files that are there as they should be.
    pub unchanged: Vec<String>,
    /// Files that an earlier run made and this one doesn't.
    pub removed: Vec<String>,
    /// Such files that stay, because somebody has changed them since.
    pub kept: Vec<String>,
}

/// How to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Overwrite files that witgen didn't make.
    pub force: bool,
}

impl FileSet {
    /// What [`FileSet::write`] would do, without doing it.
    ///
    /// # Errors
    ///
    /// Files in the way that witgen didn't make, all of them; a directory that is a file; and what
    /// can't be read.
    pub fn plan(&self, dir: &Path, options: &WriteOptions) -> Result<Plan> {
        plan(self, dir, options)
    }
}

fn plan(files: &FileSet, dir: &Path, options: &WriteOptions) -> Result<Plan> {
    for ancestor in dir.ancestors() {
        // Neither `exists` nor `is_dir` sees a link to nowhere.
        let Ok(metadata) = fs::symlink_metadata(ancestor) else {
            continue;
        };
        if ancestor.is_dir() {
            break;
        }
        let what = match metadata.is_symlink() {
            true if !ancestor.exists() => "a link to nowhere",
            _ => "a file",
        };
        return Err(Diagnostic::error(
            codes::NOT_A_DIRECTORY,
            format!(
                "`{}` is {what}, and a directory is needed",
                ancestor.display()
            ),
        )
        .at(Place::path(ancestor))
        .help("choose another place")
        .into());
    }
    let record = Record::read(dir)?;
    let mut plan = Plan::default();
    let mut foreign = Vec::new();
    for (path, contents) in files.iter() {
        match present(dir, path)? {
            Present::Nothing => plan.created.push(path.to_owned()),
            Present::Text(text) if text == contents => plan.unchanged.push(path.to_owned()),
            Present::Text(_) | Present::Other
                if record.files.contains_key(path) || options.force =>
            {
                plan.changed.push(path.to_owned());
            }
            Present::Text(_) | Present::Other => foreign.push(dir.join(path)),
            Present::InTheWay(place) => foreign.push(place),
        }
    }
    if !foreign.is_empty() {
        return Err(not_ours(dir, &foreign).into());
    }
    for (path, written) in &record.files {
        if files.get(path).is_some() {
            continue;
        }
        match present(dir, path)? {
            Present::Text(text) if hash(&text) == *written => plan.removed.push(path.clone()),
            Present::Text(_) | Present::Other => plan.kept.push(path.clone()),
            // What stands behind a link is somebody else's by now.
            Present::Nothing | Present::InTheWay(_) => {}
        }
    }
    Ok(plan)
}

/// What stands at a file's path.
pub(super) enum Present {
    Nothing,
    Text(String),
    /// A file that isn't text, or a link.
    Other,
    /// A directory at the path, or a file or a link where a directory is needed.
    InTheWay(PathBuf),
}

pub(super) fn present(dir: &Path, path: &str) -> Result<Present> {
    let mut parent = dir.to_owned();
    let (folders, _) = path.rsplit_once('/').unwrap_or(("", path));
    for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
        parent.push(folder);
        // A link to a directory is in the way too: it leads out of ours.
        match fs::symlink_metadata(&parent) {
            Ok(metadata) if !metadata.is_dir() => return Ok(Present::InTheWay(parent)),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    let path = dir.join(path);
    match fs::symlink_metadata(&path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Present::Nothing)
        }
        Err(error) => Err(refused("look at", &path, &error).into()),
        Ok(metadata) if metadata.is_dir() => Ok(Present::InTheWay(path)),
        // Reading through a link would compare with a file that stands elsewhere.
        Ok(metadata) if !metadata.is_file() => Ok(Present::Other),
        Ok(_) => match fs::read(&path) {
            Ok(bytes) => Ok(String::from_utf8(bytes).map_or(Present::Other, Present::Text)),
            Err(error) => Err(refused("read", &path, &error).into()),
        },
    }
}

fn not_ours(dir: &Path, foreign: &[PathBuf]) -> Diagnostic {
    let failure = Diagnostic::error(
        codes::NOT_OURS,
        format!(
            "{} in `{}` would be overwritten, and witgen didn't make {}",
            match foreign.len() {
                1 => "a file".to_owned(),
                count => format!("{count} files"),
            },
            dir.display(),
            if foreign.len() == 1 { "it" } else { "them" }
        ),
    );
    let failure = foreign
        .iter()
        .fold(failure, |failure, path| failure.at(Place::path(path)));
    failure.help("choose another place, or pass --force; nothing was changed")
}
