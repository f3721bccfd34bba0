//! A folder with a `witgen.toml`.

use std::path::{Path, PathBuf};

use crate::config::{Config, FILE};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::locate;
use crate::registry::{Reference, Registries};
use crate::source::{self, EMBEDDED, Features, Package, Source};

/// A folder with a `witgen.toml`.
#[derive(Clone, Debug)]
pub struct Project {
    pub(super) dir: PathBuf,
    pub(super) file: PathBuf,
    pub(super) config: Config,
    pub(super) registries: Registries,
}

/// A package as outputs see it.
pub(super) struct Packages {
    /// With the features that are named.
    pub chosen: Package,
    /// With all features, unless some are named.
    pub shown: Package,
}

impl Project {
    /// The project of a folder; folders above are not looked into.
    ///
    /// # Errors
    ///
    /// No `witgen.toml`, and one that can't be read.
    pub fn find(dir: &Path) -> Result<Self> {
        Project::open(dir)?.ok_or_else(|| {
            Diagnostic::error(
                codes::NO_CONFIG,
                format!("there is no `{FILE}` here, which says what is to be made"),
            )
            .at(Place::path(dir))
            .help("`witgen init` writes one for the package that is here")
            .into()
        })
    }

    /// As [`Project::find`]; none for a folder without a `witgen.toml`.
    ///
    /// # Errors
    ///
    /// A `witgen.toml` that can't be read.
    pub fn open(dir: &Path) -> Result<Option<Self>> {
        let found = Config::find(dir)?;
        Ok(found.map(|(file, config)| Project {
            dir: file.parent().unwrap_or(Path::new("")).to_owned(),
            file,
            config,
            registries: Registries::default(),
        }))
    }

    /// Whether the manifest is about the package that a command reads, which `--wit` may name.
    pub(crate) fn is_about(&self, wit: Option<&str>) -> bool {
        wit.is_none_or(|wit| self.reads(wit))
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
        self.registries = registries;
        self
    }

    /// What the manifest says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where the package is read from. Without one, glue is made from the embedded package.
    ///
    /// # Errors
    ///
    /// A place that doesn't exist, what keeps a registry's package from coming, and no package where the
    /// manifest describes one.
    pub fn source(&self) -> Result<Source> {
        let dir = if self.dir.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &self.dir
        };
        match locate::find_named(None, dir, &self.registries)? {
            Some(found) => Ok(found.source),
            None if !self.config.describes_a_package() => Ok(Source::Embedded),
            None => Err(locate::no_package(dir)
                .help(format!(
                    "name one with `wit` in {FILE}; `wit = \"{EMBEDDED}\"` is the one built in"
                ))
                .into()),
        }
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
            return Ok(Packages { chosen, shown });
        }
        Ok(Packages {
            chosen: source::load(&source, &chosen)?,
            shown: source::load(&source, &shown)?,
        })
    }

    /// A path of the manifest.
    pub(crate) fn path(&self, written: &str) -> PathBuf {
        self.dir.join(written)
    }
}
