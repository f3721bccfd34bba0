//! Commands that a client runs: they take long or write files, so they run on a thread of their own.

use std::path::{Path, PathBuf};

use lsp_server::ErrorCode;
use lsp_types::ExecuteCommandParams;
use url::Url;

use super::file::path_of;
use super::refusal::Refusal;
use super::settings::is_manifest;
use super::workspace::Workspace;
use crate::diagnostic::Result;
use crate::fileset::{Plan, WriteOptions};
use crate::project::{self, dependencies::PackageDir};
use crate::registry::{Registries, dependencies};

/// Fetches the packages that the package of a document needs into its `deps/`, as `witgen fetch`.
pub(super) const FETCH: &str = "witgen.fetch";

/// Writes the outputs of a document's `witgen.toml`, as `witgen generate`.
pub(super) const GENERATE: &str = "witgen.generate";

/// All commands.
pub(super) const COMMANDS: [&str; 2] = [FETCH, GENERATE];

/// A command with what it needs.
pub(super) enum Command {
    Fetch {
        wit: PathBuf,
        /// The folder of the manifest and of the lock file.
        root: PathBuf,
        registries: Box<Registries>,
    },
    /// For the project in this folder.
    Generate(PathBuf),
}

impl Command {
    /// Returns the command that a client names, for the document that its first argument is the address of; without one, for
    /// the only package that is open.
    ///
    /// # Errors
    ///
    /// A command that doesn't exist, no document, files that aren't saved, and a document without what the command needs.
    pub fn new(
        workspace: &mut Workspace,
        params: &ExecuteCommandParams,
    ) -> std::result::Result<Self, Refusal> {
        let command = params.command.as_str();
        if !COMMANDS.contains(&command) {
            let message = format!(
                "witgen has no command `{command}`; it has {}",
                COMMANDS.join(", ")
            );
            return Err((ErrorCode::InvalidParams, message));
        }
        let refused = |message: String| (ErrorCode::RequestFailed, message);
        let named = params.arguments.first().and_then(|argument| argument.as_str());
        let manifest_or_package = match named {
            Some(uri) => path_of(uri).ok_or_else(|| {
                refused(format!("`{uri}` is not the address of a file on the disk"))
            })?,
            None => only_open(workspace).ok_or_else(|| {
                let help = "pass the address of one of its documents";
                refused(format!(
                    "`{command}` needs exactly one open package; {help}"
                ))
            })?,
        };
        let (package, manifest) = places(workspace, &manifest_or_package);
        if let Some(unsaved) = workspace.unsaved(&package, manifest.as_deref()) {
            let unsaved = unsaved.display();
            return Err(refused(format!(
                "`{unsaved}` has changes; save it, then run `{command}`"
            )));
        }
        if command == GENERATE {
            let project = manifest.as_ref().and_then(|file| workspace.manifest(file));
            let project = project.filter(|manifest| manifest.mistakes.is_empty());
            let project = project.and_then(|manifest| manifest.project.clone());
            return match project {
                Some(project) if project.has_outputs() => {
                    Ok(Command::Generate(project.dir().to_owned()))
                }
                _ => {
                    let package = package.display();
                    let help = "add [docs], [golden] or [[rust]] to a valid witgen.toml";
                    Err(refused(format!("`{package}` has no outputs; {help}")))
                }
            };
        }
        if !package.is_dir() {
            let package = package.display();
            let help = "move the file to another directory";
            return Err(refused(format!(
                "`{package}` has no directory for `deps/`; {help}"
            )));
        }
        let root = match &manifest {
            Some(manifest) => manifest.parent(),
            None if package.file_name().is_some_and(|name| name == "wit") => package.parent(),
            None => None,
        };
        Ok(Command::Fetch {
            root: root.unwrap_or(&package).to_owned(),
            wit: package,
            registries: Box::new(workspace.registries.clone()),
        })
    }

    /// Returns what the command does, for a message about its progress.
    pub fn title(&self) -> String {
        match self {
            Command::Fetch { wit, .. } => format!("fetching packages for {}", wit.display()),
            Command::Generate(_) => "generating the outputs of witgen.toml".to_owned(),
        }
    }

    /// Runs the command, and returns what it has done.
    ///
    /// # Errors
    ///
    /// As `witgen fetch` and `witgen generate`.
    pub fn run(self) -> Result<String> {
        match self {
            Command::Fetch {
                wit,
                root,
                registries,
            } => {
                let dir = PackageDir::find(&root, Some(&wit))?;
                let registries = registries.with_project(dir.config().registries.clone());
                let found = dependencies(&wit, &dir.lock(), &registries, &dir.fetch_options()?)?;
                let plan = found.write(&dir.deps(), &dir.lock(), &WriteOptions::default())?;
                Ok(format!("{}; {}", found.summary(), changes([&plan])))
            }
            Command::Generate(folder) => {
                let project = project::Workspace::require(&folder)?.linked()?;
                let copied = project.update_copies(false)?;
                let made = project.derive()?.write(&WriteOptions::default())?;
                let plans = copied.iter().chain(&made);
                Ok(changes(plans.map(|(_, plan)| plan)))
            }
        }
    }
}

/// Returns how many files plans have changed.
fn changes<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> String {
    let (mut created, mut changed, mut removed) = (0, 0, 0);
    for plan in plans {
        created += plan.created.len();
        changed += plan.changed.len();
        removed += plan.removed.len();
    }
    if created + changed + removed == 0 {
        return "all files are up to date".to_owned();
    }
    format!("files: {created} created, {changed} changed, {removed} removed")
}

/// Returns a document of the only package or `witgen.toml` that is open.
fn only_open(workspace: &mut Workspace) -> Option<PathBuf> {
    let documents = workspace.all_open();
    let documents: Vec<PathBuf> = documents.iter().filter_map(|uri| path_of(uri)).collect();
    let mut packages: Vec<PathBuf> =
        documents.iter().map(|document| places(workspace, document).0).collect();
    packages.dedup();
    documents.into_iter().next().filter(|_| packages.len() == 1)
}

/// Returns the package of a document or a `witgen.toml`, and its `witgen.toml`.
fn places(workspace: &mut Workspace, path: &Path) -> (PathBuf, Option<PathBuf>) {
    if !is_manifest(path) {
        let package = workspace.package(path);
        let manifest = workspace.manifest_of(&package);
        return (package, manifest);
    }
    let project = workspace.manifest(path).and_then(|manifest| manifest.project.clone());
    let package = project.and_then(|project| project.package_path());
    let folder = path.parent().unwrap_or(path).to_owned();
    (package.unwrap_or(folder), Some(path.to_owned()))
}

/// Returns arguments of a command for a document.
pub(super) fn arguments(path: &Path) -> Option<Vec<serde_json::Value>> {
    Some(vec![Url::from_file_path(path).ok()?.to_string().into()])
}
