//! The contents of a `witgen.toml`: its outputs are written, verified and watched.
//!
//! ```
//! use witgen::project::Project;
//!
//! let dir = tempfile::tempdir().unwrap();
//! std::fs::write(dir.path().join("witgen.toml"), "wit = 'wasi:http@0.3.1002'\n[docs]\nout = 'spec'\n").unwrap();
//! let project = Project::find(dir.path())?;
//! for output in project.derive()?.outputs {
//!     output.files.write(&output.dir, &Default::default())?;
//! }
//! assert!(dir.path().join("spec/README.md").is_file());
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use std::collections::HashMap;
use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, Failure, Result, codes};
use crate::registry::violations;
use crate::source::{self, EditedTexts, Source};

mod baseline;
pub mod dependencies;
mod derived;
mod directories;
mod edited;
mod examples;
mod folder;
mod init;
mod kept;
mod lint;
mod output;
mod relation;
mod sibling;
mod siblings;
mod statement;
mod watch;
mod workspace;

pub use derived::Derived;
pub(crate) use examples::require_known_examples;
pub use folder::Project;
pub use init::manifest;
pub(crate) use lint::docs_findings;
pub use output::Output;
pub(crate) use output::{docs_options, harness, rust_glue};
pub use relation::relations;
pub(crate) use statement::statement;
pub use watch::{Event, Stop, Watch};
pub use workspace::{Workspace, registries};

use folder::Packages;

impl Project {
    /// Makes all outputs, each on a thread of its own; nothing is written.
    ///
    /// # Errors
    ///
    /// A package that can't be read, and every output that can't be made.
    pub fn derive(&self) -> Result<Derived> {
        self.derive_from(&self.packages()?)
    }

    fn derive_from(&self, packages: &Packages) -> Result<Derived> {
        self.check_places()?;
        let jobs = output::jobs(self);
        let results = std::thread::scope(|scope| {
            let threads: Vec<_> =
                jobs.iter().map(|job| scope.spawn(move || job.run(self, packages))).collect();
            let results = threads.into_iter().map(|thread| {
                let result = thread.join();
                result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            results.collect::<Vec<_>>()
        });
        let (outputs, findings): (_, Vec<_>) =
            Failure::collect::<_, Vec<_>>(results)?.into_iter().unzip();
        Ok(Derived {
            outputs,
            findings: findings.into_iter().flatten().collect(),
        })
    }

    /// Compares the copies of other members' packages and of path dependencies in `deps/` with these packages.
    fn check_copies(&self) -> Vec<Diagnostic> {
        let mut findings = self.check_siblings().unwrap_or_else(Failure::into_diagnostics);
        let of_paths = self.check_path_dependencies().unwrap_or_else(Failure::into_diagnostics);
        // A path dependency may be a member.
        let is_new = |finding: &Diagnostic| findings.iter().all(|it| it.message != finding.message);
        let of_paths: Vec<Diagnostic> = of_paths.into_iter().filter(is_new).collect();
        findings.extend(of_paths);
        findings
    }

    /// Whether the manifest names outputs.
    pub fn has_outputs(&self) -> bool {
        !output::jobs(self).is_empty()
    }

    /// Verifies everything and changes nothing: whether the outputs are up to date, the rules of lint and the relations hold,
    /// and the version allows the changes since the baseline. Reports all problems at once.
    pub fn check(&self) -> Vec<Diagnostic> {
        let outdated = self.check_copies();
        if !outdated.is_empty() {
            // Outputs from other copies would differ too.
            return outdated;
        }
        let packages = match self.packages() {
            Ok(packages) => packages,
            Err(failure) => return failure.into_diagnostics(),
        };
        let (mut findings, others) = std::thread::scope(|scope| {
            let others = scope.spawn(|| {
                let mut findings = self.check_requirements(&packages);
                findings.extend(crate::relation::check(
                    &packages.chosen,
                    &relations(&self.config),
                ));
                findings.extend(self.check_baseline(&packages));
                findings
                    .extend(lint::check(self, &packages).unwrap_or_else(Failure::into_diagnostics));
                findings
            });
            let findings = self.check_outputs(&packages);
            let others = others.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (findings, others)
        });
        findings.extend(others);
        findings
    }

    /// Checks the manifest alone: its directories, the rules and the files that it names. Nothing is fetched.
    pub(crate) fn check_settings(&self) -> Vec<Diagnostic> {
        let source = self.package_path().map(|_| self.source()).transpose();
        let failures = [
            source.err(),
            self.check_places().err(),
            self.lint_options().err(),
        ];
        failures.into_iter().flatten().flat_map(Failure::into_diagnostics).collect()
    }

    /// Verifies the package alone: relations hold, and the version allows what has changed since the baseline.
    pub(crate) fn check_package(&self) -> Vec<Diagnostic> {
        let packages = match self.packages() {
            Ok(packages) => packages,
            Err(failure) => return failure.into_diagnostics(),
        };
        let mut findings = self.check_requirements(&packages);
        findings.extend(crate::relation::check(
            &packages.chosen,
            &relations(&self.config),
        ));
        findings.extend(self.check_baseline(&packages));
        findings
    }

    /// Reports versions in the WIT that `[dependencies]` doesn't allow.
    fn check_requirements(&self, packages: &Packages) -> Vec<Diagnostic> {
        let requirements = dependencies::requirements(&self.config);
        let Source::Directory(wit) = packages.chosen.source() else {
            return Vec::new();
        };
        if requirements.is_empty() {
            return Vec::new();
        }
        match source::directory_texts(wit, &EditedTexts::new()) {
            Ok(texts) => violations(&texts, &requirements),
            Err(failure) => failure.into_diagnostics(),
        }
    }

    fn check_baseline(&self, packages: &Packages) -> Vec<Diagnostic> {
        let Some(baseline) = &self.config.baseline else {
            return Vec::new();
        };
        baseline::check(self, packages, baseline).unwrap_or_else(Failure::into_diagnostics)
    }

    fn check_outputs(&self, packages: &Packages) -> Vec<Diagnostic> {
        let derived = match self.derive_from(packages) {
            Ok(derived) => derived,
            Err(failure) => return failure.into_diagnostics(),
        };
        // Names and links in the documentation are what rules of lint find too.
        let mut findings = Vec::new();
        for output in &derived.outputs {
            match output.files.check_for(&output.dir, "run `witgen generate`") {
                Ok(drift) => findings.extend(drift),
                Err(failure) => findings.extend(failure.into_diagnostics()),
            }
        }
        findings
    }

    /// Fails if two outputs share a directory: each would remove what the other made.
    fn check_places(&self) -> Result<()> {
        let mut taken: HashMap<PathBuf, String> = HashMap::new();
        let jobs = output::jobs(self).into_iter();
        Failure::collect(jobs.map(|job| {
            let (written, title) = (job.out(), job.title());
            let invalid =
                |message| Diagnostic::error(codes::INVALID_CONFIG, message).at(job.place(self));
            if written.is_empty() {
                let failure = invalid(format!("`out` of {title} is empty"));
                return Err(failure.help("name a directory").into());
            }
            let dir = crate::paths::real(&self.path(written));
            let deps = self.wit_directory().map(|wit| crate::paths::real(&wit.join("deps")));
            if deps.is_some_and(|deps| dir.starts_with(deps)) {
                let message =
                    format!("`out` of {title} is `{written}`, the directory of dependencies");
                return Err(invalid(message).help("name another directory").into());
            }
            match taken.insert(dir, title.clone()) {
                Some(other) => {
                    let message = format!("{other} and {title} are both written into `{written}`");
                    Err(invalid(message).help("give each its own directory").into())
                }
                None => Ok(()),
            }
        }))
    }
}
