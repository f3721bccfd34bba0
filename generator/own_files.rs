//! Finds the files that people have written in a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders of files that others made.
const FOREIGN_FOLDERS: [&str; 3] = ["deps", "node_modules", "target"];

/// A path that can't be read, and why.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub path: PathBuf,
    pub error: io::Error,
}

/// Returns the files of a path with an extension, sorted: the file itself, or all in a folder and the folders in it. Hidden files and
/// folders, links, and the folders `deps`, `node_modules` and `target` are left out.
///
/// # Errors
///
/// A path that doesn't exist or can't be read.
pub(crate) fn own_files(path: &Path, extension: &str) -> Result<Vec<PathBuf>, Unreadable> {
    let unreadable = |path: &Path, error| Unreadable {
        path: path.to_owned(),
        error,
    };
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, error))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&folder, error))?;
            let kind = entry.file_type().map_err(|error| unreadable(&folder, error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() && !FOREIGN_FOLDERS.contains(&name.as_str()) {
                folders.push(entry.path());
            } else if kind.is_file()
                && Path::new(&name).extension().is_some_and(|it| it == extension)
            {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}
