//! Finds the files to format.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::own_files::{Unreadable, own_files};

/// Returns the `.wit` files of a path, sorted: the file itself, or all in a folder and the folders in it. Hidden folders, links,
/// and the folders `deps`, `node_modules` and `target` are left out.
///
/// # Errors
///
/// A path that doesn't exist or can't be read.
pub fn files(path: &Path) -> Result<Vec<PathBuf>> {
    Ok(own_files(path, "wit").map_err(unreadable)?)
}

fn unreadable(failure: Unreadable) -> Diagnostic {
    let Unreadable { path, error } = failure;
    let message = format!("cannot read `{}`: {error}", path.display());
    Diagnostic::error(codes::UNREADABLE, message).at(Place::path(path)).help(
        "name a `.wit` file or a directory; without a path, the files of the package are formatted",
    )
}
