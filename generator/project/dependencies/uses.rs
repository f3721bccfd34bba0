//! The places where a package's own files name other packages.

use std::sync::Arc;

use semver::Version;

use super::PackageDir;
use crate::diagnostic::{Place, Position, Result, SourceFile};
use crate::edit::mentions;

/// A place where a file names a package.
pub(super) struct Use {
    /// The package without its version.
    pub package: String,
    pub version: Option<Version>,
    pub place: Place,
}

/// Returns the places where a package's own files name other packages.
pub(super) fn uses(dir: &PackageDir) -> Result<Vec<Use>> {
    let texts = dir.own_texts()?;
    let uses = texts.into_iter().flat_map(|(path, text)| {
        let file = Arc::new(SourceFile::new(path, text.clone()));
        let foreign = mentions(&text).into_iter().filter(|it| !it.is_definition);
        foreign.map(move |mention| Use {
            package: mention.package,
            version: mention.version,
            place: Position::new(file.clone(), mention.range).into(),
        })
    });
    Ok(uses.collect())
}
