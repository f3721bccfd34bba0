//! Packages of path dependencies, of which `deps/` has copies for other tools to read.

use super::dependencies::PackageDir;
use super::folder::Project;
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::fileset::{FileSet, recorded_files};
use crate::registry::{FetchOptions, Reference, dependency_file, resolve_dependencies};
use crate::source::{self, EditedTexts};

/// The copies of path dependencies, as they should be.
struct Copies {
    files: FileSet,
    /// The copies that witgen wrote before and nothing needs now.
    outdated: Vec<String>,
}

impl Project {
    /// Compares the copies of path dependencies in `deps/` with the packages in these directories.
    pub(super) fn check_path_dependencies(&self) -> Result<Vec<Diagnostic>> {
        let Some(Copies { files, outdated }) = self.path_copies()? else {
            return Ok(Vec::new());
        };
        let deps = self.path(self.config.wit.as_deref().unwrap_or("wit")).join("deps");
        let drift = files.check_for(&deps, "run `witgen generate`")?;
        let expected = files.iter().map(|(path, _)| path);
        let copies: Vec<Place> = expected
            .chain(outdated.iter().map(String::as_str))
            .map(|path| Place::path(deps.join(path)))
            .collect();
        // Other recorded files are those of registries, which `fetch --check` compares.
        let is_copy = |finding: &Diagnostic| finding.places.iter().any(|it| copies.contains(it));
        Ok(drift.into_iter().filter(is_copy).collect())
    }

    /// Puts the copies of path dependencies in place of those among the files of `deps/`.
    ///
    /// # Errors
    ///
    /// Directories that don't exist or have other packages.
    pub(super) fn replace_path_copies(&self, files: &mut FileSet) -> Result<()> {
        if let Some(copies) = self.path_copies()? {
            for path in copies.outdated {
                files.remove(&path);
            }
            for (path, text) in copies.files.iter() {
                files.insert(path, text);
            }
        }
        Ok(())
    }

    /// Returns the copies of path dependencies; none if the manifest lists none. Packages of registries are left out, so nothing
    /// is fetched.
    fn path_copies(&self) -> Result<Option<Copies>> {
        let mut listed = self.config.dependencies.iter();
        let Some(wit) = self.wit_directory().filter(|_| listed.any(|it| it.path.is_some())) else {
            return Ok(None);
        };
        let dir = PackageDir::of(self);
        let mut options = FetchOptions {
            directories_only: true,
            ..dir.fetch_options()?
        };
        let is_overridden = |package: &Reference| {
            options
                .overrides
                .iter()
                .any(|it| it.package.without_version() == package.without_version())
        };
        let recorded = recorded_files(&wit.join("deps"))?;
        let needs = source::needs(&wit, &EditedTexts::new())?;
        let names = needs.deps.iter().flat_map(|entry| &entry.names);
        let before = names
            .filter(|name| Reference::try_from(*name).is_ok_and(|it| is_overridden(&it)))
            .map(dependency_file)
            .filter(|file| recorded.contains(file));
        let before: Vec<String> = before.collect();
        options.requirements.retain(|it| is_overridden(&it.package));
        let registries = self.registries.offline();
        let (found, _) = resolve_dependencies(&wit, &dir.lock(), &registries, &options)?;
        let outdated = before.into_iter().filter(|file| found.files.get(file).is_none()).collect();
        Ok(Some(Copies {
            files: found.files,
            outdated,
        }))
    }
}
