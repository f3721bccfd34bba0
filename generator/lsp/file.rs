//! Files of packages.

use std::path::PathBuf;

use url::Url;

use super::document::Document;

/// A file with its address.
pub(super) struct File {
    pub uri: String,
    pub path: PathBuf,
    pub document: Document,
    /// Whether it belongs to the package itself, and not to a dependency.
    pub is_own: bool,
}

/// Returns the path of a file's address.
pub(super) fn path_of(uri: &str) -> Option<PathBuf> {
    Url::parse(uri).ok()?.to_file_path().ok()
}
