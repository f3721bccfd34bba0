//! A package's directory: where its manifest, its WIT and its lock file are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::path::path_overrides;
use crate::config::{Config, FILE, overrides};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::project::folder::Project;
use crate::project::workspace::Workspace;
use crate::registry::{FetchOptions, LOCK, Override, Reference, Requirement};
use crate::source::{self, EditedTexts};

/// A package's directory.
#[derive(Clone, Debug)]
pub struct PackageDir {
    root: PathBuf,
    config: Config,
    has_manifest: bool,
    wit: PathBuf,
    /// Whether the manifest is that of the package in `wit`.
    is_own: bool,
    /// The packages of the other members of the workspace.
    members: Vec<Override>,
}

impl PackageDir {
    /// Finds the package of a directory: in `wit` if that is given, else in the folder that its `witgen.toml` names, else in
    /// its folder `wit`.
    ///
    /// # Errors
    ///
    /// A `witgen.toml` that can't be read, no directory of WIT, and a workspace with several packages.
    pub fn find(dir: &Path, wit: Option<&Path>) -> Result<Self> {
        let mut found = PackageDir::find_all(dir, wit)?;
        if found.len() == 1 {
            return Ok(found.remove(0));
        }
        let names: Vec<String> =
            found.iter().map(|it| format!("`{}`", or_here(&it.root).display())).collect();
        let message = format!("the workspace has several packages: {}", names.join(", "));
        Err(Diagnostic::error(codes::NO_WIT, message)
            .at(Place::path(dir))
            .help("choose one with `-C DIR`")
            .into())
    }

    /// As [`PackageDir::find`], for all members of a workspace, each after those that it needs.
    ///
    /// # Errors
    ///
    /// A `witgen.toml` or a member that can't be read, and members without a directory of WIT, and a workspace without members.
    pub fn find_all(dir: &Path, wit: Option<&Path>) -> Result<Vec<Self>> {
        let workspace = Workspace::find(dir)?.map(Workspace::linked).transpose()?;
        if let Some(workspace) = &workspace {
            // A member without a name would be taken from a registry, in the version that was published.
            workspace.require_readable()?;
        }
        let found = match (&workspace, wit) {
            (Some(workspace), None) => {
                workspace.require_members(dir)?;
                workspace.projects().into_iter().map(Self::of).collect()
            }
            (Some(workspace), Some(wit)) => {
                let mut all = workspace.all().into_iter();
                let named = all.find(|project| project.has_wit_at(wit)).map(Self::of);
                vec![named.unwrap_or_else(|| Self::elsewhere(dir, workspace.project(), wit))]
            }
            (None, Some(wit)) => vec![Self::elsewhere(dir, None, wit)],
            (None, None) => vec![Self::without_manifest(dir)],
        };
        let missing = found.iter().filter(|it| !it.wit.is_dir()).map(|it| {
            let message = format!("`{}` is not a directory of WIT", it.wit.display());
            Diagnostic::error(codes::NOT_A_DIRECTORY, message)
                .at(Place::path(&it.wit))
                .help("dependencies go into the `deps/` of a directory; name it with `wit` in `witgen.toml`")
        });
        match Failure::of(missing.collect()) {
            Some(failure) => Err(failure),
            None => Ok(found),
        }
    }

    pub(in crate::project) fn of(project: &Project) -> Self {
        let root = match project.dir() {
            dir if dir == Path::new(".") => PathBuf::new(),
            dir => dir.to_owned(),
        };
        PackageDir {
            wit: project.wit_path(),
            has_manifest: root.join(FILE).is_file(),
            config: project.config().clone(),
            members: project.sibling_overrides(),
            is_own: true,
            root,
        }
    }

    /// Returns the package in `wit`, which no manifest is about.
    fn elsewhere(dir: &Path, project: Option<&Project>, wit: &Path) -> Self {
        let own = project.map_or_else(|| Self::without_manifest(dir), Self::of);
        if own.wit == wit {
            return own;
        }
        // Its lock file is beside its WIT, as the tools that are run there expect it.
        let root = match wit.file_name() {
            Some(name) if name == "wit" => wit.parent().unwrap_or(Path::new("")),
            _ => wit,
        };
        PackageDir {
            is_own: false,
            wit: wit.to_owned(),
            root: root.to_owned(),
            ..own
        }
    }

    fn without_manifest(dir: &Path) -> Self {
        let root = if dir == Path::new(".") {
            PathBuf::new()
        } else {
            dir.to_owned()
        };
        PackageDir {
            wit: root.join("wit"),
            config: Config::default(),
            has_manifest: false,
            is_own: true,
            members: Vec::new(),
            root,
        }
    }

    /// Returns the directory of WIT.
    pub fn wit(&self) -> &Path {
        &self.wit
    }

    /// Returns the folder that fetched packages are written into.
    pub fn deps(&self) -> PathBuf {
        self.wit.join("deps")
    }

    /// Returns the path of the lock file.
    pub fn lock(&self) -> PathBuf {
        self.root.join(LOCK)
    }

    /// Returns the path of the manifest, whether or not it exists.
    pub fn manifest(&self) -> PathBuf {
        self.root.join(FILE)
    }

    /// Whether the manifest exists.
    pub fn has_manifest(&self) -> bool {
        self.has_manifest
    }

    /// Returns the configuration of the manifest.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the packages of the other members of the workspace.
    pub(super) fn members(&self) -> &[Override] {
        &self.members
    }

    /// Returns the folder of the manifest.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the same directory with another manifest.
    pub(super) fn with_manifest(&self, text: &str) -> Result<Self> {
        let config = Config::parse(&self.manifest().display().to_string(), text)?;
        Ok(PackageDir {
            config,
            ..self.clone()
        })
    }

    /// Returns options to fetch what the manifest lists and the WIT names.
    ///
    /// # Errors
    ///
    /// A `wkg.toml` that can't be read, and path dependencies that don't exist or lead in a circle.
    pub fn fetch_options(&self) -> Result<FetchOptions> {
        let mut options = FetchOptions {
            overrides: overrides(&self.root)?,
            members: self.members.clone(),
            ..FetchOptions::default()
        };
        if self.is_own {
            options.overrides.extend(path_overrides(&self.root, &self.config)?);
            options.requirements = self.requirements();
        }
        Ok(options)
    }

    /// Returns what the manifest requires.
    pub(crate) fn requirements(&self) -> Vec<Requirement> {
        requirements(&self.config)
    }

    /// Returns the package's own files, with their paths.
    pub(super) fn own_texts(&self) -> Result<Vec<(String, Arc<str>)>> {
        source::directory_texts(&self.wit, &EditedTexts::new())
    }

    /// Returns the entry of a package in the manifest.
    pub(super) fn listed(&self, package: &Reference) -> Option<&crate::config::Dependency> {
        let name = package.without_version();
        self.config.dependencies.iter().find(|it| it.package == name)
    }
}

fn or_here(dir: &Path) -> &Path {
    match dir.as_os_str().is_empty() {
        true => Path::new("."),
        false => dir,
    }
}

/// Returns what a manifest requires.
pub(crate) fn requirements(config: &Config) -> Vec<Requirement> {
    let requirement = |it: &crate::config::Dependency| Requirement {
        package: it.package.clone(),
        versions: it.requirement.clone(),
        place: it.place.clone(),
    };
    config.dependencies.iter().map(requirement).collect()
}
