//! A package of another member of the workspace.

use std::collections::BTreeSet;
use std::path::PathBuf;

use wit_parser::PackageName;

use crate::diagnostic::{Place, Result};
use crate::source::{self, Features, Source};

/// A package that a member of the workspace defines.
#[derive(Clone, Debug)]
pub(super) struct Sibling {
    /// The package.
    pub name: PackageName,
    /// The directory of its WIT.
    pub wit: PathBuf,
    /// The packages that its text names.
    pub needs: BTreeSet<PackageName>,
    /// Where the workspace lists it.
    pub place: Place,
}

impl Sibling {
    /// Returns the package as text, as `deps/` has it.
    ///
    /// # Errors
    ///
    /// A package that can't be loaded.
    pub fn text(&self) -> Result<String> {
        let package = source::load(&Source::at(&self.wit)?, &Features::All)?;
        let texts = source::package_texts(package.resolve())?;
        let own = texts.into_iter().find(|(name, _)| *name == self.name);
        Ok(own.map(|(_, text)| text.to_string()).unwrap_or_default())
    }
}
