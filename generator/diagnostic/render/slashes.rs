//! Paths for programs that know only `/`.

use std::borrow::Cow;

/// Returns a path with `/` between folders. On Windows a path may have backslashes; elsewhere, they are part of names.
pub(super) fn with_slashes(path: &str) -> Cow<'_, str> {
    if cfg!(windows) && path.contains('\\') {
        path.replace('\\', "/").into()
    } else {
        path.into()
    }
}
