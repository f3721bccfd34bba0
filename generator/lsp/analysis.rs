//! What is wrong with a package and its `witgen.toml`: errors of items, findings of lint, relations and the baseline.

use std::path::Path;

use super::workspace::Workspace;
use crate::diagnostic::{Diagnostic, Failure};
use crate::lint;

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

/// Finds what relations and the baseline of a project find. A package that doesn't load has problems of its own.
pub(super) fn problems_of_project(workspace: &mut Workspace, manifest: &Path) -> Vec<Diagnostic> {
    let Some(project) = workspace.manifest(manifest).and_then(|found| found.project.clone()) else {
        return Vec::new();
    };
    let package = project.package_path();
    let loaded = package.map(|package| workspace.load(&package));
    match loaded.as_deref() {
        Some(Err(_)) => Vec::new(),
        _ => project.check_package(),
    }
}
