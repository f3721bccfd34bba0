//! Finds the files to format.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// Folders of files that others made.
const FOREIGN_FOLDERS: [&str; 3] = ["deps", "node_modules", "target"];

/// Returns the `.wit` files of a path, sorted: the file itself, or all in a folder and the folders in it. Hidden folders, links,
/// and the folders `deps`, `node_modules` and `target` are left out.
///
/// # Errors
///
/// A path that doesn't exist or can't be read.
pub fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?;
            let kind = entry.file_type().map_err(|error| unreadable(&folder, &error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if kind.is_dir() && !name.starts_with('.') && !FOREIGN_FOLDERS.contains(&name.as_str())
            {
                folders.push(entry.path());
            } else if kind.is_file() && name.ends_with(".wit") {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let message = format!("cannot read `{}`: {error}", path.display());
    Diagnostic::error(codes::UNREADABLE, message).at(Place::path(path)).help(
        "name a `.wit` file or a directory; without a path, the files of the package are formatted",
    )
}
