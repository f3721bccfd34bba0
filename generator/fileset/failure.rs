//! Errors of the file system, as diagnostics.

use std::path::Path;

use crate::diagnostic::{Diagnostic, Place, codes};

/// Returns the message of the file system, without the names of temporary files.
fn cause(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|error| error.source());
    inner.map_or_else(|| error.to_string(), ToString::to_string)
}

/// The error for an operation that fails after other files were replaced.
pub(super) fn partial_write(action: &str, path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(
        codes::CANNOT_WRITE,
        format!("cannot {action} `{}`: {}", path.display(), cause(error)),
    )
    .at(Place::path(path))
    .help("some files were written and others weren't: run the command again")
}

/// The error for an operation that fails before any file has changed.
pub(crate) fn io_error(action: &str, path: &Path, error: &std::io::Error) -> Diagnostic {
    use std::io::ErrorKind;
    let failure = Diagnostic::error(
        codes::CANNOT_WRITE,
        format!("cannot {action} `{}`: {}", path.display(), cause(error)),
    )
    .at(Place::path(path));
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            failure.help("free some space, or choose another place; nothing was changed")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            failure.help("choose a place that you may write to; nothing was changed")
        }
        _ => failure.help("choose another place; nothing was changed"),
    }
}
