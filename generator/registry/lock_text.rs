//! Reads the text of lock files.

use std::io::ErrorKind;
use std::path::Path;

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::read::{self, MAX_TEXT_BYTES};

/// Returns the text of a lock file; `None` if it doesn't exist.
///
/// # Errors
///
/// A file that can't be read.
pub(super) fn read(path: &Path) -> Result<Option<String>> {
    match read::text(path, MAX_TEXT_BYTES) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let message = format!("cannot read `{}`: {error}", path.display());
            Err(Diagnostic::error(codes::UNREADABLE, message)
                .at(Place::path(path))
                .help("restore it, or delete it: `witgen fetch` writes a new one")
                .into())
        }
    }
}
