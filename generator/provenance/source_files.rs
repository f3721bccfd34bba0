//! The digest of the files that a package was made from.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::predicate::{Digest, SourceFiles};

/// Describes files: their digest is the SHA-256 of what `sha256sum` prints for them, sorted by path. The paths start from `root`.
pub(crate) fn source_files(root: &Path, texts: &BTreeMap<PathBuf, Arc<str>>) -> SourceFiles {
    let named = texts.iter().map(|(path, text)| {
        let path = path.strip_prefix(root).unwrap_or(path);
        let parts = path.components().map(|part| part.as_os_str().to_string_lossy());
        (parts.collect::<Vec<_>>().join("/"), text)
    });
    let named: BTreeMap<String, &Arc<str>> = named.collect();
    let mut lines = String::new();
    for (path, text) in &named {
        // Writing into a string never fails.
        let _ = writeln!(lines, "{}  {path}", Digest::of(text.as_bytes()).sha256);
    }
    SourceFiles {
        digest: Digest::of(lines.as_bytes()),
        files: named.into_keys().collect(),
        ..SourceFiles::default()
    }
}
