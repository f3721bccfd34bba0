//! The comparison with what was released before.

use std::path::Path;

use super::Project;
use super::folder::Packages;
use crate::compat::{Change, Comparison, Release, compare};
use crate::config::{Baseline, FailOn};
use crate::diagnostic::{Diagnostic, Failure, Result, codes};
use crate::locate;

impl FailOn {
    /// Whether a change breaks those.
    pub fn is_broken_by(self, change: &Change) -> bool {
        match self {
            FailOn::Guest => change.breaks.guest,
            FailOn::Host => change.breaks.host,
            FailOn::Source => change.breaks.source,
            FailOn::Any => change.breaks.any(),
        }
    }

    /// Whether any change of a comparison breaks those.
    pub fn fails(self, comparison: &Comparison) -> bool {
        comparison.changes.iter().any(|change| self.is_broken_by(change))
    }
}

/// Compares the package with the baseline, and returns changes that its version doesn't allow and changes that the manifest
/// never allows.
pub(super) fn check(
    project: &Project,
    packages: &Packages,
    baseline: &Baseline,
) -> Result<Vec<Diagnostic>> {
    let new = Release::of(&packages.chosen, &project.config().features())?;
    let comparison = comparison(project, baseline, &new)?;
    let mut findings = refused(baseline, &comparison, comparison.is_too_low);
    if comparison.is_too_low {
        let least = comparison.least.as_ref().map(ToString::to_string).unwrap_or_default();
        let message = format!(
            "`{}` must be at least {least}, given the changes since `{}`",
            comparison.new, comparison.old
        );
        let finding = baseline.place.iter().cloned().fold(
            Diagnostic::error(codes::VERSION_TOO_LOW, message),
            Diagnostic::at,
        );
        findings.push(finding.help(format!(
            "run `witgen bump {least}`, or undo the changes; `witgen diff {}` shows all",
            baseline.package
        )));
    }
    Ok(findings)
}

/// Compares a package with the baseline.
pub(super) fn comparison(
    project: &Project,
    baseline: &Baseline,
    new: &Release,
) -> Result<Comparison> {
    let dir = project.file.parent().unwrap_or(Path::new(""));
    let placed = |failure: Failure| match &baseline.place {
        Some(place) => failure.at(place.clone()),
        None => failure,
    };
    let source = locate::source(&baseline.package, dir, &project.registries).map_err(placed)?;
    let old = Release::load(&source, &project.config().features()).map_err(placed)?;
    Ok(compare(&old, new))
}

/// Returns the changes that the manifest never allows, and those that break something if the version is too low.
pub(super) fn refused(
    baseline: &Baseline,
    comparison: &Comparison,
    is_too_low: bool,
) -> Vec<Diagnostic> {
    let is_refused = |change: &&Change| {
        let is_never_allowed = baseline.fail_on.iter().any(|whom| whom.is_broken_by(change));
        is_never_allowed || (is_too_low && change.is_breaking())
    };
    let refused = comparison.changes.iter().filter(is_refused);
    refused.map(|change| change.diagnostic().with_severity_of_error()).collect()
}
