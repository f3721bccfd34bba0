//! The rules of lint, as the manifest wants them applied.

use super::Project;
use super::folder::Packages;
use crate::config;
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::lint::{self, Baseline, Options};
use crate::model::{self, Model};

impl Project {
    /// The options of lint.
    ///
    /// # Errors
    ///
    /// Rules that don't exist, and a baseline that can't be read.
    pub fn lint_options(&self) -> Result<Options> {
        let config = &self.config.lint;
        let mut options = Options::default();
        let levels = Failure::collect(config.rules.iter().map(|(id, level)| {
            let placed = |error: Failure| error.at(self.place_of(&["lint", "rules", id]));
            Ok((
                lint::rule(id).map_err(placed)?.id.to_owned(),
                level_of(*level),
            ))
        }));
        let allow = Failure::collect(config.allow.iter().map(|allow| {
            let placed = |error: Failure| error.at(self.place_of(&["lint", "allow"]));
            allow.parse().map_err(placed)
        }));
        let baseline = config.baseline.as_ref().map(|path| {
            let placed = |error: Failure| error.at(self.place_of(&["lint", "baseline"]));
            Baseline::read(&self.path(path)).map_err(placed)
        });
        let baseline = baseline.transpose();
        let failures = [
            levels.as_ref().err(),
            allow.as_ref().err(),
            baseline.as_ref().err(),
        ];
        let found = failures
            .into_iter()
            .flatten()
            .flat_map(|failure| failure.diagnostics().to_vec());
        if let Some(failure) = Failure::of(found.collect()) {
            return Err(failure);
        }
        (options.levels, options.allow, options.baseline) = (levels?, allow?, baseline?);
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

/// The findings of the rules.
pub(super) fn check(project: &Project, packages: &Packages) -> Result<Vec<Diagnostic>> {
    let report = lint::run(&model::describe(&packages.shown), &project.lint_options()?)?;
    Ok(weighed(Some(project), report.diagnostics))
}

/// Returns the rules' findings in documentation that generating the specification has produced.
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
