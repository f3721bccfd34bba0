//! The folder whose `witgen.toml` a command reads.

use std::path::{Path, PathBuf};

use super::FILE;
use crate::paths::absolute;

/// Returns the nearest folder with a `witgen.toml`: `dir` itself or one above it, as `..` from `dir`. None if there is no such
/// folder.
///
/// ```
/// use witgen::config;
///
/// let root = tempfile::tempdir().unwrap();
/// std::fs::write(root.path().join("witgen.toml"), "").unwrap();
/// let inner = root.path().join("wit/deps");
/// std::fs::create_dir_all(&inner).unwrap();
/// assert_eq!(config::manifest_folder(&inner), Some(inner.join("../..")));
/// ```
pub fn manifest_folder(dir: &Path) -> Option<PathBuf> {
    above(dir).find(|folder| folder.join(FILE).is_file())
}

/// Returns a folder and those above it: `.`, `..`, `../..`.
pub(crate) fn above(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let count = absolute(dir).ancestors().count();
    let dir = dir.to_owned();
    let is_here = dir == Path::new(".") || dir.as_os_str().is_empty();
    (0..count).map(move |depth| {
        let up: PathBuf = std::iter::repeat_n("..", depth).collect();
        match (is_here, depth) {
            (true, 0) => PathBuf::from("."),
            (true, _) => up,
            (false, _) => dir.join(up),
        }
    })
}
