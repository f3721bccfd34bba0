//! Which packages and settings have to be checked, and what is shown of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::analysis::checkable_project;
use super::features::diagnostics::{of_package, of_project, of_settings};
use super::file::path_of;
use super::published::{Found, Published, Reporter};
use super::settings::is_manifest;
use super::workspace::{Workspace, package_root};
use crate::diagnostic::Diagnostic;
use crate::panics::catch_panic;
use crate::project::Project;

/// A change of a document. A save repeats the checks of relations and the baseline, and an edit invalidates their findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Opened,
    Edited,
    Saved,
}

/// The documents to check, and the problems that are shown.
#[derive(Default)]
pub(super) struct Checks {
    waiting: BTreeMap<PathBuf, Change>,
    /// The packages of open documents that were checked.
    checked: BTreeSet<PathBuf>,
    /// The checks that saves ask for.
    project_checks: Vec<ProjectCheck>,
    /// How many edits, saves and closed documents there have been.
    changes: usize,
    published: Published,
}

/// A check of relations and a baseline, which may need the network and so runs on a thread of its own.
pub(super) struct ProjectCheck {
    manifest: PathBuf,
    /// How many changes there were before it.
    changes: usize,
    project: Project,
}

/// The findings of such a check.
pub(super) struct ProjectFindings {
    manifest: PathBuf,
    changes: usize,
    /// None if the check has panicked.
    findings: Option<Vec<Diagnostic>>,
}

impl ProjectCheck {
    pub fn run(self) -> ProjectFindings {
        ProjectFindings {
            findings: catch_panic(|| self.project.check_package()).ok(),
            manifest: self.manifest,
            changes: self.changes,
        }
    }
}

impl Checks {
    /// Whether nothing has to be checked.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Notes that a document has changed.
    pub fn note(&mut self, uri: &str, change: Change) {
        self.changes += usize::from(change != Change::Opened);
        if let Some(path) = path_of(uri) {
            let waiting = self.waiting.entry(path).or_insert(change);
            *waiting = change.max(*waiting);
        }
    }

    /// Returns the problems of a file that are shown.
    pub fn problems(&self, uri: &str) -> Vec<lsp_types::Diagnostic> {
        self.published.of(uri)
    }

    /// Notes that a document was closed. Returns the addresses of files whose problems change.
    pub fn close(&mut self, workspace: &mut Workspace, uri: &str) -> BTreeSet<String> {
        let Some(path) = path_of(uri) else {
            return BTreeSet::new();
        };
        self.waiting.remove(&path);
        self.changes += 1;
        let root = package_root(&path);
        // The text on the disk counts again.
        for other in workspace.open_documents() {
            let is_of_package = path_of(&other).is_some_and(|it| package_root(&it) == root);
            if is_manifest(&path) || is_of_package {
                self.note(&other, Change::Edited);
            }
        }
        if self.is_idle() {
            self.drop_outdated(workspace)
        } else {
            // The next check does that, and shows what is wrong now.
            BTreeSet::new()
        }
    }

    /// Checks each package and each `witgen.toml` whose documents have changed. Returns the addresses of the documents, and of
    /// files whose problems change.
    pub fn run(&mut self, workspace: &mut Workspace) -> BTreeSet<String> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut packages: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
        let mut manifests: BTreeMap<PathBuf, Change> = BTreeMap::new();
        let mut changed: BTreeSet<String> = BTreeSet::new();
        for (path, change) in &waiting {
            changed.extend(workspace.address(path));
            let documents = if is_manifest(path) {
                note_manifest(&mut manifests, path.clone(), *change);
                // The rules of lint may have other levels.
                workspace.open_paths()
            } else {
                vec![path.clone()]
            };
            for document in documents {
                let package = workspace.package(&document);
                if let Some(manifest) = workspace.manifest_of(&package) {
                    note_manifest(&mut manifests, manifest, *change);
                }
                packages.entry(package).or_insert(document);
            }
        }
        changed.extend(self.drop_outdated(workspace));
        // The name of a package in one file decides what the others belong to.
        for document in workspace.open_paths() {
            let package = workspace.package(&document);
            if self.checked.insert(package.clone()) {
                packages.entry(package).or_insert(document);
            }
        }
        for (package, document) in packages {
            let found = catch_panic(|| of_package(workspace, &package, &document));
            changed.extend(self.report(Reporter::Package(package), found.ok()));
        }
        for (manifest, change) in manifests {
            let found = catch_panic(|| of_settings(workspace, &manifest));
            changed.extend(self.report(Reporter::Settings(manifest.clone()), found.ok()));
            match change {
                Change::Opened => {}
                Change::Saved if let Some(project) = checkable_project(workspace, &manifest) => {
                    self.project_checks.push(ProjectCheck {
                        manifest,
                        changes: self.changes,
                        project: (*project).clone(),
                    });
                }
                Change::Edited | Change::Saved => {
                    changed.extend(self.report(Reporter::Project(manifest), Some(Found::new())));
                }
            }
        }
        changed
    }

    /// Returns the checks of relations and baselines that saves ask for, once.
    pub fn project_checks(&mut self) -> Vec<ProjectCheck> {
        std::mem::take(&mut self.project_checks)
    }

    /// Shows what relations and a baseline have found, unless documents have changed since the check began. Returns the
    /// addresses of files whose problems change.
    pub fn end_project_check(
        &mut self,
        workspace: &Workspace,
        found: ProjectFindings,
    ) -> BTreeSet<String> {
        let Some(findings) = found.findings.filter(|_| found.changes == self.changes) else {
            return BTreeSet::new();
        };
        let findings = of_project(workspace, &found.manifest, findings);
        self.report(Reporter::Project(found.manifest), Some(findings))
    }

    /// Shows what a reporter has found; if it has panicked, what it found before.
    fn report(&mut self, reporter: Reporter, found: Option<Found>) -> BTreeSet<String> {
        let replaced = found.map(|found| self.published.replace(reporter, found));
        replaced.unwrap_or_default()
    }

    /// Removes the problems of packages and settings of which no document is open.
    fn drop_outdated(&mut self, workspace: &mut Workspace) -> BTreeSet<String> {
        let packages: BTreeSet<PathBuf> =
            workspace.open_paths().iter().map(|path| workspace.package(path)).collect();
        let manifests: BTreeSet<PathBuf> =
            packages.iter().filter_map(|package| workspace.manifest_of(package)).collect();
        let is_live = |manifest: &Path| manifests.contains(manifest) || workspace.is_open(manifest);
        let changed = self.published.retain(|reporter| match reporter {
            Reporter::Package(package) => packages.contains(package),
            Reporter::Settings(manifest) | Reporter::Project(manifest) => is_live(manifest),
        });
        self.checked.retain(|package| packages.contains(package));
        workspace.forget_packages_except(&packages);
        changed
    }
}

fn note_manifest(manifests: &mut BTreeMap<PathBuf, Change>, path: PathBuf, change: Change) {
    let noted = manifests.entry(path).or_insert(change);
    *noted = change.max(*noted);
}
