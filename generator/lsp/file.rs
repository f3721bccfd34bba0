//! Files of packages.

use std::path::PathBuf;

use super::document::Document;

/// A file with its address.
pub(super) struct File {
    pub uri: String,
    pub path: PathBuf,
    pub document: Document,
    /// Whether it belongs to the package itself, and not to a dependency.
    pub is_own: bool,
}
