//! All outputs of projects, which are written together.

use std::path::PathBuf;

use super::output::Output;
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::fileset::{Plan, WriteOptions};

/// All outputs of a project.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Derived {
    /// In the order of the manifest.
    pub outputs: Vec<Output>,
    /// What was found while they were made: names in the documentation that lead nowhere.
    pub findings: Vec<Diagnostic>,
}

impl Derived {
    /// Writes all outputs, or none: what is in the way of one keeps all from being written.
    ///
    /// # Errors
    ///
    /// What is in the way, and what the file system refuses.
    pub fn write(&self, options: &WriteOptions) -> Result<Vec<(PathBuf, Plan)>> {
        self.plan(options)?;
        self.each(|output| output.files.write(&output.dir, options))
    }

    /// What [`Derived::write`] would do, without doing it.
    ///
    /// # Errors
    ///
    /// As [`Derived::write`].
    pub fn plan(&self, options: &WriteOptions) -> Result<Vec<(PathBuf, Plan)>> {
        self.each(|output| output.files.plan(&output.dir, options))
    }

    fn each(&self, act: impl Fn(&Output) -> Result<Plan>) -> Result<Vec<(PathBuf, Plan)>> {
        let plans = self.outputs.iter();
        Failure::collect(plans.map(|output| Ok((output.dir.clone(), act(output)?))))
    }
}
