//! A folder with a `witgen.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sibling::Sibling;
use crate::config::{Config, FILE, place_of};
use crate::diagnostic::{Diagnostic, Place, Result, SourceFile, codes};
use crate::locate::{self, Found};
use crate::registry::{ProjectRegistries, Reference, Registries};
use crate::source::{self, EMBEDDED, Features, Package, Source};

/// A folder with a `witgen.toml`.
#[derive(Clone, Debug)]
pub struct Project {
    pub(super) dir: PathBuf,
    pub(super) file: PathBuf,
    pub(super) text: Arc<SourceFile>,
    pub(super) config: Config,
    pub(super) registries: Registries,
    /// The packages of the workspace's members.
    pub(super) siblings: Vec<Sibling>,
}

/// A package as outputs see it.
pub(super) struct Packages {
    /// With the features that are named.
    pub chosen: Package,
    /// With all features, unless some are named.
    pub shown: Package,
    /// Texts in place of those on the disk.
    pub edited: BTreeMap<PathBuf, Arc<str>>,
}

impl Project {
    /// Returns the project of a folder. Folders above it are not searched; [`Workspace::find`](super::Workspace::find) does that.
    ///
    /// # Errors
    ///
    /// No `witgen.toml`, and one that can't be read.
    pub fn find(dir: &Path) -> Result<Self> {
        Project::open(dir)?.ok_or_else(|| no_manifest(dir).into())
    }

    /// As [`Project::find`]; none for a folder without a `witgen.toml`.
    ///
    /// # Errors
    ///
    /// A `witgen.toml` that can't be read.
    pub fn open(dir: &Path) -> Result<Option<Self>> {
        let found = Config::read(dir)?;
        found.map(|(file, text)| Self::parse(&file, &text)).transpose()
    }

    /// Returns the project of the text of a `witgen.toml`, which may differ from the file.
    ///
    /// # Errors
    ///
    /// As [`Config::parse`].
    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self> {
        let name = file.display().to_string();
        let config = Config::parse(&name, text)?;
        Ok(Project {
            dir: file.parent().unwrap_or(Path::new("")).to_owned(),
            file: file.to_owned(),
            registries: Registries::default().with_project(config.registries.clone()),
            config,
            text: Arc::new(SourceFile::new(name, text)),
            siblings: Vec::new(),
        })
    }

    /// Returns the project of a folder without a `witgen.toml`, which the manifest `file` of its workspace lists; none if the
    /// folder has no WIT.
    pub(super) fn without_manifest(dir: &Path, file: &Path) -> Option<Self> {
        let wit = if has_wit_files(dir) {
            "."
        } else if has_wit_files(&dir.join("wit")) {
            "wit"
        } else {
            return None;
        };
        Some(Project {
            dir: dir.to_owned(),
            file: file.to_owned(),
            text: Arc::new(SourceFile::new(file.display().to_string(), "")),
            config: Config {
                wit: Some(wit.to_owned()),
                ..Config::default()
            },
            registries: Registries::default(),
            siblings: Vec::new(),
        })
    }

    /// Returns the name of the project's folder, as a message shows it: `clocks`, `../clocks`, `.`.
    pub fn name(&self) -> String {
        self.dir().display().to_string()
    }

    /// Returns the folder that paths of the manifest start from.
    pub fn dir(&self) -> &Path {
        match self.dir.as_os_str().is_empty() {
            true => Path::new("."),
            false => &self.dir,
        }
    }

    /// Returns the path of the package's WIT: the one that the manifest names, or `wit`, or the folder itself if it has `.wit`
    /// files and no `wit`.
    pub(crate) fn wit_path(&self) -> PathBuf {
        match self.config.wit.as_deref() {
            Some(wit) => self.path(wit),
            None if !self.path("wit").is_dir() && has_wit_files(self.dir()) => self.path("."),
            None => self.path("wit"),
        }
    }

    /// Returns the directory of the package's WIT; none if the package is elsewhere: in a file or a registry.
    pub(crate) fn wit_directory(&self) -> Option<PathBuf> {
        let path = self.wit_path();
        path.is_dir().then_some(path)
    }

    /// Whether the manifest is about the package that a command reads, which `--wit` may name.
    pub(crate) fn is_about(&self, wit: Option<&str>) -> bool {
        wit.is_none_or(|wit| self.reads(wit))
    }

    /// Whether the project's WIT is in this directory.
    pub(crate) fn has_wit_at(&self, wit: &Path) -> bool {
        let own = self.wit_directory().and_then(|own| own.canonicalize().ok());
        own.is_some() && own == wit.canonicalize().ok()
    }

    /// Whether a name on the command line stands for the package of the project.
    fn reads(&self, wit: &str) -> bool {
        let own = self.config.wit.as_deref().unwrap_or("wit");
        if Reference::is_meant(own) {
            return wit == own;
        }
        let absolute = |path: &Path| path.canonicalize().ok();
        let path = absolute(Path::new(wit));
        path.is_some() && path == absolute(&self.path(own))
    }

    /// With packages from these registries, where the manifest names such.
    #[must_use]
    pub fn with_registries(mut self, registries: Registries) -> Self {
        self.registries = registries.with_project(self.config.registries.clone());
        self
    }

    /// Returns the same project, with these registries and this policy if its manifest has none.
    pub(super) fn or_registries(mut self, registries: &ProjectRegistries) -> Self {
        self.config.registries = self.config.registries.or(registries);
        self.registries = self.registries.with_project(self.config.registries.clone());
        self
    }

    /// Returns the path of the manifest.
    pub(crate) fn manifest(&self) -> &Path {
        &self.file
    }

    /// The manifest's contents.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the path of the package, if it isn't one of a registry or of git.
    pub(crate) fn package_path(&self) -> Option<PathBuf> {
        let written = self.config.wit.as_deref().unwrap_or("wit");
        let path = self.path(written);
        let is_elsewhere = written.starts_with("git:") || Reference::is_meant(written);
        (!is_elsewhere || path.exists()).then_some(path)
    }

    /// Returns the place of a key in the manifest, given the tables around it.
    pub(super) fn place_of(&self, keys: &[&str]) -> Place {
        place_of(&self.text, keys)
    }

    /// Where the package is read from. Without one, glue is made from the built-in package.
    ///
    /// # Errors
    ///
    /// A place that doesn't exist, what keeps a registry's package from coming, and no package where the
    /// manifest describes one.
    pub fn source(&self) -> Result<Source> {
        match self.found()? {
            Some(found) => Ok(found.source),
            None if !self.config.describes_a_package() => Ok(Source::Embedded),
            None => Err(locate::no_package(self.dir())
                .help(format!(
                    "name one with `wit` in {FILE}; `wit = \"{EMBEDDED}\"` is the one built in"
                ))
                .into()),
        }
    }

    /// Returns where the package is read from, and why; none if neither the manifest nor the folder has one.
    pub(crate) fn found(&self) -> Result<Option<Found>> {
        let found = match &self.config.wit {
            Some(wit) => {
                let place = self.place_of(&["wit"]);
                Some(locate::named_in(self.dir(), wit, place, &self.registries)?)
            }
            None => locate::in_folder(self.dir()).or_else(|| {
                has_wit_files(self.dir()).then(|| Found {
                    source: Source::Directory(self.path(".")),
                    why: "found here",
                })
            }),
        };
        Ok(found.map(|found| match self.file.parent() {
            Some(folder) if folder == self.dir => found,
            _ => Found {
                why: "a member of the workspace",
                ..found
            },
        }))
    }

    /// The features that the specification and lint look at: all, unless some are named.
    pub(crate) fn shown_features(&self) -> Features {
        match self.config.features() {
            Features::Only(names) if names.is_empty() => Features::All,
            chosen => chosen,
        }
    }

    /// Loads the package.
    pub(super) fn packages(&self) -> Result<Packages> {
        let source = self.source()?;
        let (chosen, shown) = (self.config.features(), self.shown_features());
        if chosen == shown {
            let shown = source::load(&source, &shown)?;
            let chosen = shown.clone();
            return Ok(Packages {
                chosen,
                shown,
                edited: BTreeMap::new(),
            });
        }
        Ok(Packages {
            chosen: source::load(&source, &chosen)?,
            shown: source::load(&source, &shown)?,
            edited: BTreeMap::new(),
        })
    }

    /// A path of the manifest.
    pub(crate) fn path(&self, written: &str) -> PathBuf {
        match written {
            "." => self.dir().to_owned(),
            _ => self.dir.join(written),
        }
    }
}

/// The error for a folder without a `witgen.toml`.
pub(super) fn no_manifest(dir: &Path) -> Diagnostic {
    let message = format!("no `{FILE}` in this directory or above it");
    Diagnostic::error(codes::NO_CONFIG, message)
        .at(Place::path(dir))
        .help("run `witgen init` to create one for the package in this directory")
}

/// Whether a directory has `.wit` files itself.
fn has_wit_files(dir: &Path) -> bool {
    let entries = dir.read_dir().into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .any(|it| it.extension().is_some_and(|it| it == "wit"))
}
