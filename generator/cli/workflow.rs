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
    /// A pattern of the branch, as YAML.
    branch: String,
    /// Patterns of the tags of releases, as strings of YAML.
    tags: Vec<String>,
    /// The owner and the name of our repository.
    repository: &'static str,
    version: &'static str,
    /// The directory of the package, as a string of YAML, unless it is that of the repository.
    directory: Option<String>,
}

/// The file of a workflow to write, and its repository.
pub(super) struct Target {
    pub file: PathBuf,
    /// The branch whose pushes are checked.
    pub branch: String,
    directory: String,
}

/// Finds where the workflow belongs.
///
/// # Errors
///
/// A directory outside of a repository, and an existing file.
pub(super) fn target(force: bool) -> Result<Target> {
    let here = Path::new("");
    git::require_repository(here, Place::argument("--ci"), "leave out `--ci`")?;
    let root = PathBuf::from(git::line(here, &["rev-parse", "--show-cdup"]).unwrap_or_default());
    let file = root.join(".github/workflows/wit.yml");
    let directory = git::line(here, &["rev-parse", "--show-prefix"]).unwrap_or_default();
    let directory = directory.trim_end_matches('/').to_owned();
    if file.exists() && !force {
        let message = format!("`{}` already exists", file.display());
        let text = fs::read_to_string(&file).unwrap_or_default();
        return Err(Diagnostic::error(codes::ALREADY_THERE, message)
            .at(Place::path(&file))
            .help(instead_of_replacing(&text, &directory))
            .into());
    }
    Ok(Target {
        file,
        branch: usual_branch(here),
        directory,
    })
}

/// Returns the help for an existing workflow. A workflow with jobs of other packages must not be replaced.
fn instead_of_replacing(workflow: &str, directory: &str) -> String {
    let directories = directories(workflow);
    if !directories.contains(&directory) {
        let job = match directory {
            "" => "a job without `directory`".to_owned(),
            _ => format!("a job with `directory: {}`", quoted(directory)),
        };
        return format!(
            "add {job} for this package, and its tags to `tags`; `witgen init` without --ci writes only the manifest; \
             nothing was changed"
        );
    }
    if directories.len() > 1 {
        return "edit it: other packages have jobs in it, too; nothing was changed".to_owned();
    }
    "edit it, or pass --force to replace it; nothing was changed".to_owned()
}

/// Returns the directories of the packages that a workflow has jobs for; that of the repository is empty.
fn directories(workflow: &str) -> Vec<&str> {
    let lines = || workflow.lines().map(|line| line.trim_start().trim_start_matches("- "));
    let mut directories: Vec<&str> = lines()
        .filter_map(|line| line.strip_prefix("directory:"))
        .map(|value| value.split(" #").next().unwrap_or(value).trim())
        .map(|value| value.trim_matches(['"', '\'']).trim_end_matches('/'))
        .map(|value| if value == "." { "" } else { value })
        .collect();
    let calls = lines()
        .filter(|line| line.starts_with("uses:") && line.contains(slug()))
        .count();
    if directories.len() < calls.max(1) {
        directories.push("");
    }
    directories
}

/// Returns the default branch, as far as the repository shows it.
fn usual_branch(here: &Path) -> String {
    let symbolic = |name: &str| git::line(here, &["symbolic-ref", "--quiet", name]);
    let remote = symbolic("refs/remotes/origin/HEAD");
    if let Some(name) = remote.as_deref().and_then(|it| it.strip_prefix("refs/remotes/origin/")) {
        return name.to_owned();
    }
    let head = symbolic("HEAD");
    match head.as_deref().and_then(|it| it.strip_prefix("refs/heads/")) {
        Some(name) if matches!(name, "main" | "master") || is_only_branch(here, name) => {
            name.to_owned()
        }
        // A workflow that is prepared on another branch is usually merged into the default one.
        _ => "main".to_owned(),
    }
}

/// Whether there is no other branch, here or in a remote repository. A branch without a commit isn't listed.
fn is_only_branch(here: &Path, name: &str) -> bool {
    let list = [
        "for-each-ref",
        "--format=%(refname)",
        "refs/heads",
        "refs/remotes",
    ];
    let is_it = |reference: &str| {
        let own = reference.strip_prefix("refs/heads/");
        own.or_else(|| reference.strip_prefix("refs/remotes/origin/")) == Some(name)
    };
    git::line(here, &list).is_some_and(|references| references.lines().all(is_it))
}

/// Writes the workflow for the package or the workspace that is here.
///
/// # Errors
///
/// A package that can't be read, and a file that can't be written.
pub(super) fn write(target: &Target) -> Result<()> {
    let workflow = Workflow {
        branch: branch_pattern(&target.branch),
        tags: tags()?.iter().map(|tag| quoted(tag)).collect(),
        repository: slug(),
        version: env!("CARGO_PKG_VERSION"),
        directory: Some(&target.directory).filter(|it| !it.is_empty()).map(|it| quoted(it)),
    };
    let folder = target.file.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).map_err(|error| io_error("make", folder, &error))?;
    write_file(&target.file, crate::template::text(&workflow).as_bytes())
}

/// Returns the owner and the name of our repository.
fn slug() -> &'static str {
    env!("CARGO_PKG_REPOSITORY").trim_start_matches("https://github.com/")
}

/// Returns the pattern of a branch as YAML. Names of branches have no other characters that patterns give a meaning.
fn branch_pattern(name: &str) -> String {
    match name {
        "main" | "master" => name.to_owned(),
        _ => quoted(&name.replace('+', "\\+").replace('!', "\\!")),
    }
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
