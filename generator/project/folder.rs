//! A folder with a `witgen.toml`.

use std::path::{Path, PathBuf};

use crate::config::{Config, FILE};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::locate;
use crate::registry::Registries;
use crate::source::{self, Features, Package, Source};

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
        match Config::find(dir)? {
            Some((file, config)) => Ok(Project {
                dir: file.parent().unwrap_or(Path::new("")).to_owned(),
                file,
                config,
                registries: Registries::default(),
            }),
            None => Err(Diagnostic::error(
                codes::NO_CONFIG,
                format!("there is no `{FILE}` here, which says what is to be made"),
            )
            .at(Place::path(dir))
            .help("`witgen init` writes one for the package that is here")
            .into()),
        }
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

    /// Where the package is read from.
    ///
    /// # Errors
    ///
    /// A place that doesn't exist, and what keeps a registry's package from coming.
    pub fn source(&self) -> Result<Source> {
        let dir = if self.dir.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &self.dir
        };
        Ok(locate::find(None, dir, &self.registries)?.source)
    }

    /// Loads the package.
    pub(super) fn packages(&self) -> Result<Packages> {
        let source = self.source()?;
        let chosen = self.config.features();
        let shown = match &chosen {
            Features::Only(names) if names.is_empty() => Features::All,
            chosen => chosen.clone(),
        };
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
    pub(super) fn path(&self, written: &str) -> PathBuf {
        self.dir.join(written)
    }
}
