//! The project and the package of the folder in which the program runs.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::locate::{self, Found};
use crate::project::{Project, Workspace};
use crate::registry::Registries;

/// Returns the project of this folder; none without a `witgen.toml`, and for a workspace with several.
pub(super) fn project_here() -> Result<Option<Project>> {
    let workspace = Workspace::find(Path::new("."))?;
    Ok(workspace.as_ref().and_then(Workspace::project).cloned())
}

/// Returns the project that has its WIT at a path, among those of this folder's workspace; without a path, as
/// [`project_here`].
pub(super) fn project_for(wit: Option<&str>) -> Result<Option<Project>> {
    let Some(wit) = wit else {
        return project_here();
    };
    let workspace = Workspace::find(Path::new("."))?;
    let projects = workspace.iter().flat_map(Workspace::all);
    let mut about = projects.filter(|project| project.is_about(Some(wit)));
    Ok(about.next().cloned())
}

/// Returns the project of a workspace that commands in this folder are about, and the directories of the other members.
///
/// # Errors
///
/// A workspace with several packages or without members.
pub(super) fn member(workspace: &Workspace) -> Result<(Project, Vec<PathBuf>)> {
    workspace.require_members(Path::new("."))?;
    // Members that define the same package are told apart by a new version of one of them.
    let linked = workspace.clone().linked();
    let workspace = linked.as_ref().unwrap_or(workspace);
    let project = workspace.project().ok_or_else(|| several(workspace))?;
    let others = workspace.all().into_iter().filter(|other| other.dir() != project.dir());
    let others = others.map(|other| other.dir().to_owned()).collect();
    Ok((project.clone(), others))
}

/// Returns the failure of loading a package; if copies of other members' packages in its `deps/` are out of date, these instead.
pub(super) fn or_outdated_copies(failure: Failure, wit: Option<&str>) -> Failure {
    if failure.code() != codes::MISSING_PACKAGE {
        return failure;
    }
    let outdated = || {
        let workspace = Workspace::find(Path::new(".")).ok()??.linked().ok()?;
        let project = match wit {
            Some(_) => workspace.all().into_iter().find(|project| project.is_about(wit))?,
            None => workspace.project()?,
        };
        Failure::of(project.check_siblings().ok()?)
    };
    outdated().unwrap_or(failure)
}

/// Returns the package that commands in this folder are about; none if there is none.
///
/// # Errors
///
/// A workspace with several packages or without members.
pub(super) fn package_here(registries: &Registries) -> Result<Option<Found>> {
    let Some(workspace) = Workspace::find(Path::new("."))? else {
        return locate::find_named(None, Path::new("."), registries);
    };
    workspace.require_members(Path::new("."))?;
    match workspace.project() {
        Some(project) => project.clone().with_registries(registries.clone()).found(),
        None => Err(several(&workspace).into()),
    }
}

/// As [`package_here`]; fails if there is none.
pub(super) fn require_package_here(registries: &Registries) -> Result<Found> {
    match package_here(registries)? {
        Some(found) => Ok(found),
        None => locate::find_here(None, Path::new("."), registries),
    }
}

fn several(workspace: &Workspace) -> Diagnostic {
    let names: Vec<String> = workspace.all().iter().map(|it| format!("`{}`", it.name())).collect();
    let message = format!("the workspace has several packages: {}", names.join(", "));
    Diagnostic::error(codes::NO_WIT, message)
        .at(Place::path("."))
        .help("choose one with `-C DIR`")
}
