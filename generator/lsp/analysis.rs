//! Finds the problems of a package and its `witgen.toml`: errors of items, findings of lint, relations and the baseline.

use std::path::Path;
use std::rc::Rc;

use super::workspace::Workspace;
use crate::diagnostic::{Diagnostic, Failure};
use crate::lint;
use crate::project::Project;

/// Finds what is wrong with a package whose texts can be parsed: what keeps it from loading, or else what lint finds.
pub(super) fn problems(workspace: &mut Workspace, package: &Path) -> Vec<Diagnostic> {
    let loaded = workspace.load(package);
    let loaded = match &*loaded {
        Ok(loaded) => loaded,
        Err(diagnostics) => return diagnostics.clone(),
    };
    let project = workspace.project(package);
    let options = project.and_then(|project| project.lint_options().ok());
    let report = lint::run(&loaded.model, &options.unwrap_or_default());
    report.map_or_else(Failure::into_diagnostics, |report| report.diagnostics)
}

/// Finds what is wrong with a `witgen.toml` itself.
pub(super) fn problems_of_settings(workspace: &mut Workspace, manifest: &Path) -> Vec<Diagnostic> {
    match workspace.manifest(manifest) {
        Some(found) if found.mistakes.is_empty() => {
            let project = found.project.clone();
            project.map(|project| project.check_settings()).unwrap_or_default()
        }
        Some(found) => found.mistakes.clone(),
        None => Vec::new(),
    }
}

/// Returns the project whose relations and baseline can be checked; none if its package doesn't load, which is a problem of its
/// own.
pub(super) fn checkable_project(workspace: &mut Workspace, manifest: &Path) -> Option<Rc<Project>> {
    let project = workspace.manifest(manifest)?.project.clone()?;
    let loaded = project.package_path().map(|package| workspace.load(&package));
    loaded.is_none_or(|loaded| loaded.is_ok()).then_some(project)
}
