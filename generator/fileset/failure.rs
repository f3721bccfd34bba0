//! What the file system refuses.

use std::path::Path;

use crate::diagnostic::{Diagnostic, Place, codes};

/// The file system's word, without the names of files that only we know.
fn cause(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|error| error.source());
    inner.map_or_else(|| error.to_string(), ToString::to_string)
}

/// The failure of an operation after which some files are new and others old.
pub(super) fn interrupted(what: &str, path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(
        codes::CANNOT_WRITE,
        format!("cannot {what} `{}`: {}", path.display(), cause(error)),
    )
    .at(Place::path(path))
    .help("some files are new already and others are as they were; run the command again")
}

/// The failure of an operation of the file system.
pub(crate) fn refused(what: &str, path: &Path, error: &std::io::Error) -> Diagnostic {
    use std::io::ErrorKind;
    let failure = Diagnostic::error(
        codes::CANNOT_WRITE,
        format!("cannot {what} `{}`: {}", path.display(), cause(error)),
    )
    .at(Place::path(path));
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            failure.help("make room, or choose another place; nothing was changed")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            failure.help("choose a place that you may write to; nothing was changed")
        }
        _ => failure.help("choose another place; nothing was changed"),
    }
}
