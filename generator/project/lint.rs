//! The rules of lint, as the manifest wants them applied.

use super::Project;
use super::folder::Packages;
use crate::config;
use crate::diagnostic::{Diagnostic, Failure, Place, Result};
use crate::lint::{self, Baseline, Options};
use crate::model::{self, Model};

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
    let report = lint::run(&model::describe(&packages.shown), &project.lint_options()?)?;
    Ok(weighed(Some(project), report.diagnostics))
}

/// What the rules find in documentation, where making the specification found something.
pub(crate) fn docs_findings(
    project: Option<&Project>,
    model: &Model,
    found: Vec<Diagnostic>,
) -> Result<Vec<Diagnostic>> {
    if found.is_empty() {
        return Ok(found);
    }
    let options = project.map(Project::lint_options).transpose()?.unwrap_or_default();
    let mut findings = lint::run_on_docs(model, &options)?.diagnostics;
    // With other options, the pages have other links.
    findings.retain(|finding| {
        let is_same = |it: &Diagnostic| it.code == finding.code && it.message == finding.message;
        found.iter().any(is_same)
    });
    Ok(weighed(project, findings))
}

/// Makes errors of warnings if the manifest denies these.
fn weighed(project: Option<&Project>, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if project.is_some_and(|project| project.config.lint.deny_warnings) {
        findings.into_iter().map(Diagnostic::with_severity_of_error).collect()
    } else {
        findings
    }
}
