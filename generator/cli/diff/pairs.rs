//! Which packages are compared.

use std::path::Path;

use super::super::here::require_package_here;
use crate::diagnostic::Result;
use crate::locate;
use crate::project::{Project, Workspace};
use crate::registry::Registries;
use crate::source::Source;

/// A package as it was and as it is.
pub(super) struct Pair {
    pub old: Source,
    pub new: Source,
}

/// Returns the packages that two names stand for. Without a second one, the package that is here is compared, and in the
/// directory of a workspace each member with itself in a revision.
pub(super) fn pairs(old: &str, new: Option<&str>, registries: &Registries) -> Result<Vec<Pair>> {
    let here = Path::new("");
    if let Some(new) = new {
        return Ok(vec![Pair {
            old: locate::source(old, here, registries)?,
            new: locate::source(new, here, registries)?,
        }]);
    }
    let compared_with = |new: Source| {
        let old = locate::source(&at_path_of(&new, old), here, registries)?;
        Ok(Pair { old, new })
    };
    match members(registries)? {
        Some(members) if is_whole_revision(old) => members
            .iter()
            .filter_map(|member| member.found().transpose())
            .map(|found| compared_with(found?.source))
            .collect(),
        _ => Ok(vec![compared_with(
            require_package_here(registries)?.source,
        )?]),
    }
}

/// Returns the members of the workspace that has its manifest here; none if a command is about one package.
fn members(registries: &Registries) -> Result<Option<Vec<Project>>> {
    let Some(workspace) = Workspace::find(Path::new("."))? else {
        return Ok(None);
    };
    if workspace.project().is_some() {
        return Ok(None);
    }
    workspace.require_members(Path::new("."))?;
    let workspace = workspace.with_registries(registries).linked()?;
    Ok(Some(workspace.projects().into_iter().cloned().collect()))
}

/// Whether a name is a revision without a path.
fn is_whole_revision(name: &str) -> bool {
    name.strip_prefix("git:").is_some_and(|revision| !revision.contains(':'))
}

/// Returns a name with the path of the package, if it is a revision without one.
fn at_path_of(package: &Source, name: &str) -> String {
    match package {
        Source::Directory(path) | Source::File(path) if is_whole_revision(name) => {
            format!("{name}:{}", path.display())
        }
        _ => name.to_owned(),
    }
}
