//! Built-in packages, and pages about codes, as files in the user's cache directory that editors can open.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::BaseStrategy as _;

use crate::diagnostic::Code;
use crate::explain;
use crate::fileset::write_file;
use crate::source::built_in_texts;

/// Returns the files of a built-in package, and their texts.
pub(super) fn built_in_files(package: &str) -> Option<Vec<(PathBuf, Arc<str>)>> {
    let texts = built_in_texts(package)?;
    let folder = cache()?.join("built-in").join(package.replace([':', '@'], "-"));
    let files = texts.into_iter().map(|(name, text)| {
        let path = folder.join(name);
        write_read_only(&path, &text);
        (path, text)
    });
    Some(files.collect())
}

/// Returns the file of the page about a code, which `witgen explain` prints.
pub(super) fn page_of(code: Code) -> Option<PathBuf> {
    let path = cache()?.join("codes").join(format!("{}.md", code.id()));
    write_read_only(&path, &explain::page(code));
    Some(path)
}

fn cache() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.cache_dir().join("witgen"))
}

/// Writes a read-only file, unless it exists. If that fails, an editor can't open it, but nothing else is lost.
fn write_read_only(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return;
    }
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
