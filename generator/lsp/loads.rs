//! Packages as they resolve with the open texts.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::model::{Model, describe};
use crate::source::{Features, Package, Source, load_edited};

/// A package that resolves.
pub(super) struct Loaded {
    pub package: Package,
    pub model: Model,
}

/// The result of loading a package: the package, or its problems.
pub(super) type LoadResult = Rc<Result<Rc<Loaded>, Vec<Diagnostic>>>;

/// Loaded packages, by their folders or files.
#[derive(Default)]
pub(super) struct Loads {
    current: HashMap<PathBuf, LoadResult>,
    /// The last valid state of each package.
    last: HashMap<PathBuf, Rc<Loaded>>,
}

impl Loads {
    /// Loads a package, unless nothing has changed since it was loaded.
    pub fn load(&mut self, package: &Path, edited: &BTreeMap<PathBuf, Arc<str>>) -> LoadResult {
        if let Some(result) = self.current.get(package) {
            return result.clone();
        }
        let source = if package.is_dir() {
            Source::Directory(package.to_owned())
        } else {
            Source::File(package.to_owned())
        };
        let result = load_edited(&source, &Features::All, edited).map(|package| {
            let model = describe(&package);
            Rc::new(Loaded { package, model })
        });
        if let Ok(loaded) = &result {
            self.last.insert(package.to_owned(), loaded.clone());
        }
        let result = Rc::new(result.map_err(crate::diagnostic::Failure::into_diagnostics));
        self.current.insert(package.to_owned(), result.clone());
        result
    }

    /// Returns what a package was when it last resolved.
    pub fn last(&self, package: &Path) -> Option<Rc<Loaded>> {
        self.last.get(package).cloned()
    }

    /// Notes that texts have changed.
    pub fn invalidate(&mut self) {
        self.current.clear();
    }

    /// Forgets other packages than these.
    pub fn retain(&mut self, is_kept: impl Fn(&Path) -> bool) {
        self.current.retain(|package, _| is_kept(package));
        self.last.retain(|package, _| is_kept(package));
    }
}
