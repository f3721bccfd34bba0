//! What is wrong with a package: mistakes in texts, errors of its items, and findings of lint.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Place, Position};
use crate::lint;
use crate::model::describe;
use crate::project::Project;
use crate::source::{Features, Source, load_edited};

/// A problem, with its place in a text if it has one.
pub(super) struct Problem {
    pub place: Option<Position>,
    pub diagnostic: Diagnostic,
}

/// Finds what is wrong with a package whose texts can be parsed: what keeps it from loading, or else what lint finds.
pub(super) fn problems(source: &Source, edited: &BTreeMap<PathBuf, Arc<str>>) -> Vec<Problem> {
    let package = match load_edited(source, &Features::All, edited) {
        Ok(package) => package,
        Err(failure) => return placed(failure.into_diagnostics()),
    };
    let options = project_of(source).and_then(|project| project.lint_options().ok());
    let report = lint::run(&describe(&package), &options.unwrap_or_default());
    match report {
        Ok(report) => placed(report.diagnostics),
        Err(failure) => placed(failure.into_diagnostics()),
    }
}

/// Finds what relations and the baseline of a project find.
pub(super) fn problems_of_project(source: &Source) -> Vec<Problem> {
    let found = project_of(source).map(|project| project.check_package());
    placed(found.unwrap_or_default())
}

/// Returns the project whose package this is.
fn project_of(source: &Source) -> Option<Project> {
    let (Source::Directory(path) | Source::File(path)) = source else {
        return None;
    };
    let folders = path.ancestors().take(3);
    let projects = folders.filter_map(|folder| Project::open(folder).ok().flatten());
    let is_about = |project: &Project| match project.source() {
        Ok(Source::Directory(wit) | Source::File(wit)) => same_path(&wit, path),
        _ => false,
    };
    projects.into_iter().find(is_about)
}

fn same_path(one: &Path, other: &Path) -> bool {
    one == other
        || one
            .canonicalize()
            .ok()
            .is_some_and(|one| Some(one) == other.canonicalize().ok())
}

/// Returns diagnostics with their first places in texts.
fn placed(diagnostics: Vec<Diagnostic>) -> Vec<Problem> {
    let placed = diagnostics.into_iter().map(|diagnostic| Problem {
        place: diagnostic.places.iter().find_map(|place| match place {
            Place::Source(position) => Some(position.clone()),
            _ => None,
        }),
        diagnostic,
    });
    placed.collect()
}
