//! Packages that witgen contains, as files that editors can open.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use etcetera::BaseStrategy as _;

use crate::fileset::write_file;
use crate::source::built_in_texts;

/// Returns the files of a built-in package: their paths in the user's cache directory, where they are written if they
/// aren't there yet, and their texts.
pub(super) fn built_in_files(package: &str) -> Option<Vec<(PathBuf, Arc<str>)>> {
    let texts = built_in_texts(package)?;
    let cache = etcetera::choose_base_strategy().ok()?.cache_dir();
    let folder = package.replace([':', '@'], "-");
    let folder = cache.join("witgen").join("built-in").join(folder);
    let files = texts.into_iter().map(|(name, text)| {
        let path = folder.join(name);
        if fs::read_to_string(&path).ok().as_deref() != Some(&*text) {
            write_read_only(&path, &text);
        }
        (path, text)
    });
    Some(files.collect())
}

/// Writes a file for reading. If that fails, an editor can't open it, and nothing else is lost.
fn write_read_only(path: &std::path::Path, text: &str) {
    let Some(folder) = path.parent() else {
        return;
    };
    let _ = fs::create_dir_all(folder);
    if write_file(path, text.as_bytes()).is_ok()
        && let Ok(metadata) = fs::metadata(path)
    {
        let mut permissions = metadata.permissions();
        permissions.set_readonly(true);
        let _ = fs::set_permissions(path, permissions);
    }
}
