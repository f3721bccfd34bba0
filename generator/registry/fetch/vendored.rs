//! The packages in `deps/`: vendored ones, which the user added, and those that another tool fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use wit_parser::PackageName;

use super::super::lock::Lock;
use super::wanted::{NamedText, Wanted, folder_of};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::registry::{Reference, Requirement};
use crate::source::{self, EditedTexts, Needs};

/// The packages in `deps/` that witgen didn't write.
pub(super) struct Vendored {
    /// Vendored packages; they take precedence over registries.
    pub packages: Vec<VendoredPackage>,
    /// The entries of locked packages that aren't in our record: another tool fetched them.
    of_other_tools: BTreeMap<String, PathBuf>,
}

/// A vendored package, which the user added to `deps/`.
pub(super) struct VendoredPackage {
    pub name: PackageName,
    /// Its entry in `deps/`, which may contain several packages.
    pub path: PathBuf,
    /// The packages that the entry uses.
    pub needs: BTreeSet<PackageName>,
}

impl Vendored {
    /// Sorts the entries of `deps/`; `recorded` are the files that witgen wrote. With `update`, every entry
    /// that a tool may have fetched counts as fetched, locked or not.
    pub fn new(
        needs: &Needs,
        lock: &Lock,
        recorded: &BTreeSet<String>,
        wit: &Path,
        update: bool,
    ) -> Self {
        let deps = wit.join("deps");
        let mut vendored = Vendored {
            packages: Vec::new(),
            of_other_tools: BTreeMap::new(),
        };
        for entry in &needs.deps {
            let folder = entry.path.strip_prefix(&deps).ok().and_then(Path::to_str);
            let is_recorded =
                |folder: &str| recorded.iter().any(|path| path.split('/').next() == Some(folder));
            if folder.is_some_and(is_recorded) {
                continue;
            }
            for name in &entry.names {
                let package = format!("{}:{}", name.namespace, name.name);
                // Tools fetch into this folder. All other folders were added by the user.
                let is_fetch_folder = folder == Some(&folder_of(name));
                if is_fetch_folder && (update || lock.has_version(&package, name.version.as_ref()))
                {
                    let path = entry.path.clone();
                    vendored.of_other_tools.insert(name.to_string(), path);
                } else {
                    vendored.packages.push(VendoredPackage {
                        name: name.clone(),
                        path: entry.path.clone(),
                        needs: entry.needs.clone(),
                    });
                }
            }
        }
        vendored
    }

    /// Returns the index of the package with a name; a name without a version matches every version.
    pub fn find(&self, wanted: &PackageName) -> Option<usize> {
        self.packages.iter().position(|package| {
            let name = &package.name;
            (&name.namespace, &name.name) == (&wanted.namespace, &wanted.name)
                && (wanted.version.is_none() || wanted.version == name.version)
        })
    }

    /// Returns the index of a package that a manifest requires.
    fn find_required(&self, requirement: &Requirement) -> Option<usize> {
        self.packages.iter().position(|package| {
            let version = package.name.version.as_ref();
            let is_same = Reference::try_from(&package.name)
                .is_ok_and(|package| requirement.is_about(&package));
            is_same && version.is_none_or(|version| requirement.versions.matches(version))
        })
    }

    /// Follows the needs of a package, and what its manifest requires. Returns the vendored packages that it uses, and the other packages,
    /// which have to be found.
    pub fn split_needs(
        &self,
        needs: &Needs,
        requirements: &[Requirement],
    ) -> Result<(BTreeSet<usize>, Vec<Wanted>)> {
        let mut used = BTreeSet::new();
        let mut wanted = BTreeMap::new();
        let listed = requirements.iter().filter_map(|it| self.find_required(it));
        let listed = listed.map(|index| &self.packages[index].name);
        let mut queue: Vec<&PackageName> = needs.packages.iter().chain(listed).collect();
        while let Some(name) = queue.pop() {
            match self.find(name) {
                Some(index) if used.insert(index) => queue.extend(&self.packages[index].needs),
                Some(_) => {}
                // A vendored package may use the package that needs it.
                None if *name == needs.name => {}
                None => {
                    let package: Reference = name.try_into()?;
                    let listed = requirements.iter().find(|it| it.is_about(&package)).cloned();
                    let is_named = true;
                    wanted.insert(
                        name.to_string(),
                        Wanted {
                            package,
                            listed,
                            is_named,
                        },
                    );
                }
            }
        }
        for requirement in requirements {
            let package = requirement.package.clone();
            let is_wanted = wanted.values().any(|it| requirement.is_about(&it.package));
            if !is_wanted && self.find_required(requirement).is_none() {
                let listed = Some(requirement.clone());
                let is_named = false;
                wanted.insert(
                    package.to_string(),
                    Wanted {
                        package,
                        listed,
                        is_named,
                    },
                );
            }
        }
        Ok((used, wanted.into_values().collect()))
    }

    /// Returns the entries of vendored packages.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.packages.iter().map(|package| package.path.as_path())
    }

    /// Returns the entries of other tools whose packages equal these texts, even if they are formatted
    /// differently: they stay as they are.
    pub fn equal_entries(
        &self,
        wit: &Path,
        edited: &EditedTexts,
        texts: &[NamedText],
    ) -> Result<BTreeMap<String, &Path>> {
        if self.of_other_tools.is_empty() {
            return Ok(BTreeMap::new());
        }
        let entry = |name: &PackageName| self.of_other_tools.get(&name.to_string());
        let missing_texts: Vec<NamedText> =
            texts.iter().filter(|(name, _)| entry(name).is_none()).cloned().collect();
        let kept: Vec<&Path> =
            self.paths().chain(self.of_other_tools.values().map(PathBuf::as_path)).collect();
        let Ok(package) = source::resolve_with(wit, edited, &kept, &missing_texts) else {
            // The entries don't resolve, so the locked packages replace them.
            return Ok(BTreeMap::new());
        };
        Ok(source::package_texts(package.resolve())?
            .iter()
            .filter(|text| texts.contains(text))
            .filter_map(|(name, _)| Some((name.to_string(), entry(name)?.as_path())))
            .collect())
    }

    /// Returns a warning for each package that nothing uses. An entry with several packages counts as used
    /// if one of them is.
    pub fn unused(&self, used: &BTreeSet<usize>) -> Vec<Diagnostic> {
        let is_used = |path: &Path| used.iter().any(|index| self.packages[*index].path == path);
        self.packages
            .iter()
            .filter(|package| !is_used(&package.path))
            .map(|VendoredPackage { name, path, .. }| {
                Diagnostic::warning(
                    codes::UNUSED_DEPENDENCY,
                    format!("nothing needs the package `{name}`"),
                )
                .at(Place::path(path))
                .help("remove it, or `use` something of it")
            })
            .collect()
    }
}
