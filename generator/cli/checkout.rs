//! Paths of findings as GitHub reads them: from the root of the checkout, wherever a command runs.

use std::env;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Place};
use crate::paths::{real, relative};

/// The checkout that this folder is in.
pub(super) struct Checkout {
    /// Its root, if paths from there differ from those from here.
    root: Option<PathBuf>,
}

impl Checkout {
    /// Returns the checkout that the runner names; elsewhere paths stay as they are.
    pub fn here() -> Self {
        let root = env::var_os("GITHUB_WORKSPACE").map(|root| real(Path::new(&root)));
        let here = real(Path::new("."));
        Checkout {
            root: root.filter(|root| here != *root && here.starts_with(root)),
        }
    }

    /// Returns findings with the paths of files from the root.
    pub fn findings(&self, findings: &[Diagnostic]) -> Vec<Diagnostic> {
        let findings = findings.iter().cloned();
        findings.map(|finding| finding.map_places(|place| self.place(place))).collect()
    }

    /// Returns a place with the path of its file from the root.
    pub fn place(&self, place: Place) -> Place {
        let Some(root) = &self.root else {
            return place;
        };
        match place {
            Place::Source(position) => match path_from(root, position.path()) {
                Some(path) => Place::source(path, position.file().text().clone(), position.range()),
                None => position.into(),
            },
            Place::Path(path) => Place::Path(path_from(root, &path).unwrap_or(path)),
            place => place,
        }
    }
}

/// Returns a file's path from the root; none for what is no file here, such as one of a git revision.
fn path_from(root: &Path, path: &str) -> Option<String> {
    // A missing path will be created, and its folder may be missing too.
    let is_elsewhere = path.contains(':') && !Path::new(path).exists();
    let file = real(Path::new(path));
    (!is_elsewhere && file.starts_with(root)).then(|| relative(root, &file))
}
