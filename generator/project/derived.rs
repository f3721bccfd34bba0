//! All outputs of projects, which are written together.

use std::path::{Path, PathBuf};

use super::output::Output;
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::fileset::{FileSet, Plan, WriteOptions, write_sets};

/// All outputs of a project.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Derived {
    /// In the order of the manifest.
    pub outputs: Vec<Output>,
    /// The findings of generating them: names in the documentation that don't exist.
    pub findings: Vec<Diagnostic>,
}

impl Derived {
    /// Writes all outputs, or none: what is in the way of one keeps all from being written.
    ///
    /// # Errors
    ///
    /// Files that witgen didn't generate at these places, and errors of the file system.
    pub fn write(&self, options: &WriteOptions) -> Result<Vec<(PathBuf, Plan)>> {
        self.plan(options)?;
        let sets: Vec<(&FileSet, &Path)> =
            self.outputs.iter().map(|it| (&it.files, it.dir.as_path())).collect();
        let plans = write_sets(&sets, options)?;
        Ok(self.outputs.iter().map(|it| it.dir.clone()).zip(plans).collect())
    }

    /// Returns what [`Derived::write`] would do, without doing it.
    ///
    /// # Errors
    ///
    /// As [`Derived::write`].
    pub fn plan(&self, options: &WriteOptions) -> Result<Vec<(PathBuf, Plan)>> {
        let plans = self.outputs.iter();
        Failure::collect(plans.map(|output| {
            let plan = output.files.plan(&output.dir, options)?;
            Ok((output.dir.clone(), plan))
        }))
    }
}
