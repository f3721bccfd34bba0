//! Everything that a `witgen.toml` says: made, verified, kept made.
//!
//! ```
//! use witgen::project::Project;
//!
//! let dir = tempfile::tempdir().unwrap();
//! std::fs::write(dir.path().join("witgen.toml"), "[docs]\nout = 'spec'\n").unwrap();
//! let project = Project::find(dir.path())?;
//! for output in project.derive().map_err(|mut errors| errors.remove(0))?.outputs {
//!     output.files.write(&output.dir, &Default::default())?;
//! }
//! assert!(dir.path().join("spec/README.md").is_file());
//! # Ok::<(), witgen::diagnostic::Diagnostic>(())
//! ```

use std::collections::HashMap;
use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, Result};
use crate::fileset::{Plan, WriteOptions};

mod baseline;
mod folder;
mod init;
mod lint;
mod output;
mod relation;
mod watch;

pub use folder::Project;
pub use init::manifest;
pub use output::Output;
pub use relation::relations;
pub use watch::{Event, Stop, Watch};

use folder::Packages;

/// All outputs of a project.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Derived {
    /// In the order of the manifest.
    pub outputs: Vec<Output>,
    /// What was found while they were made: names in the documentation that lead nowhere.
    pub findings: Vec<Diagnostic>,
}

impl Project {
    /// Makes all outputs, each on a thread of its own; nothing is written.
    ///
    /// # Errors
    ///
    /// A package that can't be read, and every output that can't be made.
    pub fn derive(&self) -> std::result::Result<Derived, Vec<Diagnostic>> {
        let packages = self.packages().map_err(|error| vec![error])?;
        self.derive_from(&packages)
    }

    fn derive_from(&self, packages: &Packages) -> std::result::Result<Derived, Vec<Diagnostic>> {
        self.check_places().map_err(|error| vec![error])?;
        let jobs = output::jobs(self);
        let results = std::thread::scope(|scope| {
            let threads: Vec<_> = jobs
                .iter()
                .map(|job| scope.spawn(move || job.run(self, packages)))
                .collect();
            let results = threads.into_iter().map(|thread| {
                let result = thread.join();
                result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            results.collect::<Vec<_>>()
        });
        let mut derived = Derived::default();
        let mut errors = Vec::new();
        for result in results {
            match result {
                Ok((output, findings)) => {
                    derived.outputs.push(output);
                    derived.findings.extend(findings);
                }
                Err(error) => errors.push(error),
            }
        }
        match errors.is_empty() {
            true => Ok(derived),
            false => Err(errors),
        }
    }

    /// Verifies everything and changes nothing: outputs are what would be made, the rules of lint are
    /// kept, relations hold, and the version allows what has changed since the baseline. What is wrong is
    /// found all at once.
    pub fn check(&self) -> Vec<Diagnostic> {
        let packages = match self.packages() {
            Ok(packages) => packages,
            Err(error) => return vec![error],
        };
        let (mut findings, others) = std::thread::scope(|scope| {
            let others = scope.spawn(|| {
                let mut findings =
                    crate::relation::check(&packages.chosen, &relations(&self.config));
                findings.extend(self.check_baseline(&packages));
                findings.extend(lint::check(self, &packages).unwrap_or_else(|error| vec![error]));
                findings
            });
            let findings = self.check_outputs(&packages);
            let others = others.join();
            let others = others.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (findings, others)
        });
        findings.extend(others);
        findings
    }

    fn check_baseline(&self, packages: &Packages) -> Vec<Diagnostic> {
        let Some(baseline) = &self.config.baseline else {
            return Vec::new();
        };
        baseline::check(self, packages, baseline).unwrap_or_else(|error| vec![error])
    }

    fn check_outputs(&self, packages: &Packages) -> Vec<Diagnostic> {
        let derived = match self.derive_from(packages) {
            Ok(derived) => derived,
            Err(errors) => return errors,
        };
        // Names and links in the documentation are what rules of lint find too.
        let mut findings = Vec::new();
        for output in &derived.outputs {
            match output.files.check_for(&output.dir, "run `witgen generate`") {
                Ok(drift) => findings.extend(drift),
                Err(error) => findings.push(error),
            }
        }
        findings
    }

    /// Fails if two outputs share a directory: each would remove what the other made.
    fn check_places(&self) -> Result<()> {
        let mut taken: HashMap<PathBuf, String> = HashMap::new();
        for job in output::jobs(self) {
            let written = job.out();
            if written.is_empty() {
                let message = format!("`out` of {} is empty", job.title());
                return Err(Diagnostic::error("invalid-config", message)
                    .at(job.place(&self.file))
                    .help("name a directory"));
            }
            let dir = crate::paths::absolute(&self.path(written));
            if let Some(other) = taken.insert(dir, job.title()) {
                let title = job.title();
                let message = format!("{other} and {title} are both written into `{written}`");
                return Err(Diagnostic::error("invalid-config", message)
                    .at(job.place(&self.file))
                    .help("give each a directory of its own"));
            }
        }
        Ok(())
    }
}

impl Derived {
    /// Writes all outputs, or none: what is in the way of one keeps all from being written.
    ///
    /// # Errors
    ///
    /// What is in the way, and what the file system refuses.
    pub fn write(
        &self,
        options: &WriteOptions,
    ) -> std::result::Result<Vec<(PathBuf, Plan)>, Vec<Diagnostic>> {
        self.plan(options)?;
        self.each(|output| output.files.write(&output.dir, options))
    }

    /// What [`Derived::write`] would do, without doing it.
    ///
    /// # Errors
    ///
    /// As [`Derived::write`].
    pub fn plan(
        &self,
        options: &WriteOptions,
    ) -> std::result::Result<Vec<(PathBuf, Plan)>, Vec<Diagnostic>> {
        self.each(|output| output.files.plan(&output.dir, options))
    }

    fn each(
        &self,
        act: impl Fn(&Output) -> Result<Plan>,
    ) -> std::result::Result<Vec<(PathBuf, Plan)>, Vec<Diagnostic>> {
        let mut plans = Vec::new();
        let mut errors = Vec::new();
        for output in &self.outputs {
            match act(output) {
                Ok(plan) => plans.push((output.dir.clone(), plan)),
                Err(error) => errors.push(error),
            }
        }
        match errors.is_empty() {
            true => Ok(plans),
            false => Err(errors),
        }
    }
}
