//! Packages of other members of the workspace, of which `deps/` has copies for other tools to read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wit_parser::PackageName;

use super::folder::Project;
use super::sibling::Sibling;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::{FileSet, Plan, WriteOptions, recorded_files, unchanged_files};
use crate::registry::{Override, Reference, dependency_file};
use crate::source::{self, EditedTexts, Features, Needs, Source};

/// A copy of a sibling's package, as it should be.
struct Copy<'a> {
    sibling: &'a Sibling,
    /// The path in `deps/` that `witgen fetch` writes.
    file: String,
    /// Its text, unless the sibling can't be read.
    text: Result<String>,
}

impl Project {
    /// Returns the packages of other members, as directories that packages are taken from instead of registries.
    pub(crate) fn sibling_overrides(&self) -> Vec<Override> {
        let siblings =
            self.siblings.iter().filter(|it| Some(&it.wit) != self.wit_directory().as_ref());
        let overrides = siblings.filter_map(|sibling| {
            Some(Override {
                package: Reference::try_from(&sibling.name).ok()?,
                path: sibling.wit.clone(),
                is_dependency: true,
                place: sibling.place.clone(),
            })
        });
        overrides.collect()
    }

    /// Compares the copies of other members' packages in `deps/` with these packages.
    pub(crate) fn check_siblings(&self) -> Result<Vec<Diagnostic>> {
        let Some(wit) = self.wit_directory().filter(|_| !self.siblings.is_empty()) else {
            return Ok(Vec::new());
        };
        let deps = wit.join("deps");
        let needs = source::needs(&wit, &EditedTexts::new())?;
        let recorded = recorded_files(&deps)?;
        let mut expected = FileSet::new();
        let mut vendored = Vec::new();
        for copy in self.copies(&needs) {
            match (entry_of(&needs, &copy.sibling.name), &copy.text) {
                (Some(entry), Ok(_)) if !recorded.contains(&copy.file) => {
                    vendored.push((entry, copy));
                }
                (_, Ok(text)) => expected.insert(&copy.file, text),
                // Problems of the sibling are reported when it is checked itself.
                (Some(_), Err(_)) => {}
                (None, Err(_)) => expected.insert(&copy.file, ""),
            }
        }
        let mut findings = outdated(&wit, &vendored)?;
        let drift = expected.check_for(&deps, "run `witgen generate`")?;
        let is_copy = |finding: &Diagnostic| {
            expected
                .iter()
                .any(|(path, _)| finding.places.contains(&Place::path(deps.join(path))))
        };
        // Other recorded files are those of registries, which `fetch --check` compares.
        findings.extend(drift.into_iter().filter(is_copy));
        Ok(findings)
    }

    /// Writes the copies in `deps/` of other members' packages and of path dependencies that aren't as these packages are. Returns
    /// the folder and what changed in it; with `is_dry_run`, what would change.
    ///
    /// # Errors
    ///
    /// Packages that can't be read, and files that can't be written.
    pub fn update_copies(&self, is_dry_run: bool) -> Result<Option<(PathBuf, Plan)>> {
        let Some(wit) = self.wit_directory() else {
            return Ok(None);
        };
        let deps = wit.join("deps");
        // A file of the record that isn't in the set is removed: copies of versions that are no longer needed.
        let mut files = unchanged_files(&deps)?;
        let before = files.clone();
        self.replace_sibling_copies(&wit, &mut files)?;
        self.replace_path_copies(&mut files)?;
        if files == before {
            return Ok(None);
        }
        let options = WriteOptions::default();
        let plan = match is_dry_run {
            true => files.plan(&deps, &options)?,
            false => files.write(&deps, &options)?,
        };
        Ok(Some((deps, plan)))
    }

    /// Puts the copies of other members' packages in place of those among the files of `deps/`.
    fn replace_sibling_copies(&self, wit: &Path, files: &mut FileSet) -> Result<()> {
        if self.siblings.is_empty() {
            return Ok(());
        }
        let needs = source::needs(wit, &EditedTexts::new())?;
        let recorded = recorded_files(&wit.join("deps"))?;
        let copies = self.copies(&needs);
        for name in needs.deps.iter().flat_map(|entry| &entry.names) {
            let is_needed = copies.iter().any(|copy| copy.sibling.name == *name);
            let is_member =
                |it: &Sibling| (&it.name.namespace, &it.name.name) == (&name.namespace, &name.name);
            let file = dependency_file(name);
            // Without the copy, a folder with other files is no package.
            let is_alone = || {
                let folder = wit.join("deps").join(&file);
                let entries = folder.parent().and_then(|folder| folder.read_dir().ok());
                entries.is_some_and(|entries| entries.count() == 1)
            };
            if !is_needed
                && !needs.packages.contains(name)
                && self.siblings.iter().any(is_member)
                && is_alone()
            {
                files.remove(&file);
            }
        }
        for Copy {
            sibling,
            file,
            text,
        } in copies
        {
            if entry_of(&needs, &sibling.name).is_none() || recorded.contains(&file) {
                files.insert(file, text?);
            }
        }
        Ok(())
    }

    /// Returns the copies that the package needs: of what it uses itself, and of what that uses.
    fn copies(&self, needs: &Needs) -> Vec<Copy<'_>> {
        let by_name: BTreeMap<&PackageName, &Sibling> =
            self.siblings.iter().map(|it| (&it.name, it)).collect();
        // The dependencies of a copy are those of its sibling.
        let is_copy = |name: &PackageName| {
            let is_same =
                |it: &Sibling| (&it.name.namespace, &it.name.name) == (&name.namespace, &name.name);
            self.siblings.iter().any(is_same)
        };
        let others = needs.deps.iter().filter(|entry| !entry.names.iter().any(is_copy));
        let in_deps = others.flat_map(|entry| &entry.needs);
        let mut pending: Vec<&PackageName> = needs.packages.iter().chain(in_deps).collect();
        let mut found = BTreeMap::new();
        while let Some(name) = pending.pop() {
            if *name != needs.name
                && let Some(sibling) = by_name.get(name)
                && found.insert(name.to_string(), *sibling).is_none()
            {
                pending.extend(&sibling.needs);
            }
        }
        let copies = found.into_values().map(|sibling| Copy {
            sibling,
            file: dependency_file(&sibling.name),
            text: sibling.text(),
        });
        copies.collect()
    }
}

/// Returns the entry of `deps/` that has a package.
fn entry_of<'a>(needs: &'a Needs, name: &PackageName) -> Option<&'a Path> {
    let entry = needs.deps.iter().find(|entry| entry.names.contains(name));
    entry.map(|entry| entry.path.as_path())
}

/// Returns a finding for each vendored package that differs from the member's.
fn outdated(wit: &Path, vendored: &[(&Path, Copy<'_>)]) -> Result<Vec<Diagnostic>> {
    if vendored.is_empty() {
        return Ok(Vec::new());
    }
    let package = source::load(&Source::Directory(wit.to_owned()), &Features::All)?;
    let texts = source::package_texts(package.resolve())?;
    let differing = vendored.iter().filter(|(_, copy)| {
        let found = texts.iter().find(|(name, _)| *name == copy.sibling.name);
        found.is_some_and(|(_, text)| copy.text.as_ref().is_ok_and(|own| **text != **own))
    });
    let findings = differing.map(|(entry, copy)| {
        let (shown, name) = (entry.display(), &copy.sibling.name);
        let message = format!("`{shown}` has another `{name}` than the workspace");
        Diagnostic::error(codes::DRIFT, message)
            .at(Place::path(entry))
            .at(copy.sibling.place.clone())
            .help(format!("remove `{shown}` and run `witgen fetch`"))
    });
    Ok(findings.collect())
}
