//! `witgen init --ci`: a workflow that checks a package and publishes its releases.

use std::fs;
use std::path::{Path, PathBuf};

use askama::Template;
use clap::ValueEnum;

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::{io_error, write_file};
use crate::git;
use crate::project::Workspace;
use crate::source;

/// Where CI runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Ci {
    /// GitHub Actions: `.github/workflows/wit.yml`
    Github,
}

/// The workflow, which calls one of ours.
#[derive(Template)]
#[template(path = "init/wit.yml", escape = "none")]
struct Workflow {
    branch: String,
    /// Patterns of the tags of releases, as strings of YAML.
    tags: Vec<String>,
    /// The owner and the name of our repository.
    repository: &'static str,
    version: &'static str,
    /// The directory of the package, as a string of YAML, unless it is that of the repository.
    directory: Option<String>,
}

/// The file of a workflow that is to be written, and the repository that it is in.
pub(super) struct Target {
    pub file: PathBuf,
    directory: String,
    branch: String,
}

/// Finds where the workflow belongs.
///
/// # Errors
///
/// A directory that is in no repository, and a file that is there already.
pub(super) fn target(force: bool) -> Result<Target> {
    let here = Path::new("");
    git::require_repository(here, Place::argument("--ci"), "leave out `--ci`")?;
    let root = PathBuf::from(git::line(here, &["rev-parse", "--show-cdup"]).unwrap_or_default());
    let file = root.join(".github/workflows/wit.yml");
    if file.exists() && !force {
        let message = format!("there is a `{}` already", file.display());
        return Err(Diagnostic::error(codes::ALREADY_THERE, message)
            .at(Place::path(&file))
            .help("edit it, or pass --force to replace it; nothing was changed")
            .into());
    }
    let directory = git::line(here, &["rev-parse", "--show-prefix"]).unwrap_or_default();
    let branch = git::line(here, &["symbolic-ref", "--quiet", "--short", "HEAD"]);
    Ok(Target {
        file,
        directory: directory.trim_end_matches('/').to_owned(),
        // Whoever prepares this on another branch merges it into the usual one.
        branch: branch.filter(|name| name == "master").unwrap_or_else(|| "main".to_owned()),
    })
}

/// Writes the workflow for the package or the workspace that is here.
///
/// # Errors
///
/// A package that can't be read, and a file that can't be written.
pub(super) fn write(target: &Target) -> Result<()> {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let workflow = Workflow {
        branch: target.branch.clone(),
        tags: tags()?.iter().map(|tag| quoted(tag)).collect(),
        repository: repository.trim_start_matches("https://github.com/"),
        version: env!("CARGO_PKG_VERSION"),
        directory: Some(&target.directory).filter(|it| !it.is_empty()).map(|it| quoted(it)),
    };
    let folder = target.file.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).map_err(|error| io_error("make", folder, &error))?;
    write_file(&target.file, crate::template::text(&workflow).as_bytes())
}

/// Returns text as a string of JSON, which is one of YAML too (YAML 1.2, 1.3).
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns a pattern per tag that releases of the packages here have.
fn tags() -> Result<Vec<String>> {
    let workspace = Workspace::find(Path::new("."))?;
    let mut tags = Vec::new();
    for project in workspace.iter().flat_map(Workspace::projects) {
        let package = source::load_released(&project.source()?)?;
        let name = package.name();
        tags.push(project.config().release.tag_of(&name.namespace, &name.name, "*"));
    }
    tags.sort();
    tags.dedup();
    Ok(tags)
}
