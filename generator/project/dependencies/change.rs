//! A change of a package's files: its `deps/` and lock file, its manifest, its WIT. All are written, or none.

use std::path::PathBuf;

use super::PackageDir;
use crate::diagnostic::Result;
use crate::fileset::{Plan, WriteOptions, rewrite_files};
use crate::registry::{Dependencies, signers_file};

/// A change of a package's files, which was made in memory and resolves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Change {
    /// The dependencies after the change.
    pub dependencies: Dependencies,
    /// The folder of fetched packages.
    pub deps: PathBuf,
    /// The manifest and files of WIT that change, with their new texts.
    pub files: Vec<(PathBuf, String)>,
    lock: PathBuf,
}

impl Change {
    pub(super) fn new(
        dir: &PackageDir,
        dependencies: Dependencies,
        files: Vec<(PathBuf, String)>,
    ) -> Self {
        Change {
            dependencies,
            deps: dir.deps(),
            files,
            lock: dir.lock(),
        }
    }

    /// Returns what [`Change::write`] would do to `deps/`, without doing it.
    ///
    /// # Errors
    ///
    /// As [`FileSet::plan`](crate::fileset::FileSet::plan).
    pub fn plan(&self, options: &WriteOptions) -> Result<Plan> {
        self.dependencies.files.plan(&self.deps, options)
    }

    /// Writes everything: all contents to temporary files first, then each file by rename.
    ///
    /// # Errors
    ///
    /// Files that are in the way, and a write that fails; the files have their old contents then.
    pub fn write(&self, options: &WriteOptions) -> Result<Plan> {
        let plan = self.plan(options)?;
        let lock = self.dependencies.lock.iter().map(|text| (&self.lock, text));
        let signers_path = signers_file(&self.lock);
        let signers = self.dependencies.signers.iter().map(|text| (&signers_path, text));
        let own = self.files.iter().map(|(path, text)| (path, text));
        let files: Vec<(PathBuf, &[u8])> = own
            .chain(lock)
            .chain(signers)
            .map(|(path, text)| (path.clone(), text.as_bytes()))
            .collect();
        rewrite_files(&files, || {
            // An empty set leaves no record behind where there was none.
            if !self.dependencies.files.is_empty() || !plan.removed.is_empty() {
                self.dependencies.files.write(&self.deps, options)?;
            }
            Ok(plan)
        })
    }

    /// Returns the files outside of `deps/` that change.
    pub fn changed_files(&self) -> impl Iterator<Item = PathBuf> {
        let lock = self.dependencies.lock.is_some().then_some(self.lock.clone());
        let signers = self.dependencies.signers.is_some().then(|| signers_file(&self.lock));
        self.files.iter().map(|(path, _)| path.clone()).chain(lock).chain(signers)
    }
}
