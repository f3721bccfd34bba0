//! The rules of lint, as the manifest wants them applied.

use super::Project;
use super::folder::Packages;
use crate::config;
use crate::diagnostic::{Diagnostic, Failure, Place, Result};
use crate::lint::{self, Baseline, Options};
use crate::model;

impl Project {
    /// What lint is asked for.
    ///
    /// # Errors
    ///
    /// Rules that don't exist, and a baseline that can't be read.
    pub fn lint_options(&self) -> Result<Options> {
        let config = &self.config.lint;
        let placed = |error: Failure| error.at(Place::path(&self.file));
        let mut options = Options::default();
        for (id, level) in &config.rules {
            let rule = lint::rule(id).map_err(placed)?;
            options.levels.insert(rule.id.to_owned(), level_of(*level));
        }
        for allow in &config.allow {
            options.allow.push(allow.parse().map_err(placed)?);
        }
        let baseline = config.baseline.as_ref().map(|path| Baseline::read(&self.path(path)));
        options.baseline = baseline.transpose().map_err(placed)?;
        Ok(options)
    }
}

fn level_of(level: config::Level) -> lint::Level {
    match level {
        config::Level::Off => lint::Level::Off,
        config::Level::Warning => lint::Level::Warning,
        config::Level::Error => lint::Level::Error,
    }
}

/// What the rules find.
pub(super) fn check(project: &Project, packages: &Packages) -> Result<Vec<Diagnostic>> {
    let options = project.lint_options()?;
    let report = lint::run(&model::describe(&packages.shown), &options)?;
    let mut findings = report.diagnostics;
    if project.config.lint.deny_warnings {
        let errors = findings.into_iter().map(Diagnostic::with_severity_of_error);
        findings = errors.collect();
    }
    Ok(findings)
}
