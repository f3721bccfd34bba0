//! The `witgen.toml`s that packages have, as they were when they were last valid.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use crate::config::FILE;
use crate::diagnostic::{Diagnostic, Failure};
use crate::project::Project;
use crate::registry::Registries;

/// A `witgen.toml`.
pub(super) struct Manifest {
    text: Arc<str>,
    /// The settings of the last valid text.
    pub project: Option<Rc<Project>>,
    /// The mistakes in the text.
    pub mistakes: Vec<Diagnostic>,
}

/// The files that were read, by their paths.
#[derive(Default)]
pub(super) struct Settings(HashMap<PathBuf, Manifest>);

impl Settings {
    /// Reads a text, unless it was read before. If it isn't valid, the project is that of the last text that was.
    pub fn read(&mut self, file: &Path, text: &Arc<str>, registries: &Registries) -> &Manifest {
        let parse = |text: &str| {
            let project = Project::parse(file, text)?.with_registries(registries.clone());
            Ok(Rc::new(project))
        };
        let manifest = self.0.entry(file.to_owned()).or_insert_with(|| Manifest {
            text: Arc::from(""),
            project: parse("").ok(),
            mistakes: Vec::new(),
        });
        if manifest.text != *text {
            manifest.text = text.clone();
            manifest.mistakes = match parse(text) {
                Ok(project) => {
                    manifest.project = Some(project);
                    Vec::new()
                }
                Err(failure) => Failure::into_diagnostics(failure),
            };
        }
        manifest
    }

    /// Forgets a file that was removed.
    pub fn forget(&mut self, file: &Path) {
        self.0.remove(file);
    }
}

/// Whether a file is a `witgen.toml`.
pub(super) fn is_manifest(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == FILE)
}
