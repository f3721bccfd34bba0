//! Directories that packages are taken from instead of a registry.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semver::VersionReq;
use wit_parser::PackageName;

use super::found::{FoundPackage, Origin};
use super::vendored::Vendored;
use super::wanted::{NamedText, Wanted, dependency_file};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::registry::Reference;
use crate::source::{self, Features, Needs, Package, Source};

/// A directory that replaces a package for all its users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The package; without a version, every version.
    pub package: Reference,
    /// The directory.
    pub path: PathBuf,
    /// Whether this is a path dependency of a manifest, rather than an override of `wkg.toml`.
    pub is_dependency: bool,
    /// Where this is written.
    pub place: Place,
}

/// The overrides, and the packages that they apply to.
pub(super) struct Overrides<'a> {
    named: &'a [Override],
    members: &'a [Override],
}

impl<'a> Overrides<'a> {
    /// Checks that the directories exist.
    ///
    /// # Errors
    ///
    /// All that don't.
    pub fn new(named: &'a [Override], members: &'a [Override]) -> Result<Self> {
        let missing = named.iter().filter(|it| !it.path.exists()).map(|it| {
            let message = format!(
                "the override of `{}` names `{}`, which doesn't exist",
                it.package,
                it.path.display()
            );
            Diagnostic::error(codes::UNREADABLE, message)
                .at(it.place.clone())
                .help("name the package's directory, starting from that of `wkg.toml`")
        });
        match Failure::of(missing.collect()) {
            Some(failure) => Err(failure),
            None => Ok(Overrides { named, members }),
        }
    }

    /// Returns the override of a package; one for exactly its version takes precedence.
    pub fn find(&self, package: &Reference) -> Option<&'a Override> {
        let versioned = self.named.iter().find(|it| it.package == *package);
        let unversioned = || {
            let is_same = |it: &&Override| {
                it.package.version().is_none() && it.package.package() == package.package()
            };
            self.named.iter().find(is_same)
        };
        let member = || self.members.iter().find(|it| it.package == *package);
        versioned.or_else(unversioned).or_else(member)
    }

    /// Keeps only the files of `deps/` that have packages with an override.
    pub fn retain_files(&self, files: &mut BTreeSet<String>, needs: &Needs) {
        let names = needs.deps.iter().flat_map(|entry| &entry.names);
        let is_overridden = |name: &&PackageName| {
            Reference::try_from(*name).is_ok_and(|package| self.find(&package).is_some())
        };
        let overridden: BTreeSet<String> =
            names.filter(is_overridden).map(dependency_file).collect();
        files.retain(|file| overridden.contains(file));
    }

    /// Adds the overrides of packages that found ones include.
    ///
    /// # Errors
    ///
    /// Directories that can't be loaded, and other packages than those that are needed.
    pub fn add_to(
        &self,
        found: &mut Vec<FoundPackage>,
        needs: &Needs,
        vendored: &Vendored,
        complete: Complete<'_>,
    ) -> Result<()> {
        let mut known: BTreeSet<String> = found.iter().map(|it| it.name.clone()).collect();
        loop {
            let included: BTreeMap<String, PackageName> = found
                .iter()
                .flat_map(|package| package.resolve.packages.iter())
                .map(|(_, package)| (package.name.to_string(), package.name.clone()))
                .filter(|(name, _)| !known.contains(name))
                .collect();
            let mut added = Vec::new();
            for (name, package) in included {
                known.insert(name);
                if package == needs.name || vendored.find(&package).is_some() {
                    continue;
                }
                // A name that no registry can have has no override either.
                if let Ok(package) = Reference::try_from(&package)
                    && let Some(found) = self.find(&package)
                {
                    let wanted = Wanted {
                        package,
                        listed: None,
                        is_named: true,
                    };
                    added.push(load(&wanted, found, complete));
                }
            }
            if added.is_empty() {
                return Ok(());
            }
            found.extend(Failure::collect::<_, Vec<_>>(added)?);
        }
    }

    /// Returns a warning for each override that applies to no package.
    pub fn unused(&self, found: &[FoundPackage], vendored: &Vendored) -> Vec<Diagnostic> {
        let is_used = |it: &&Override| {
            let used = found.iter().filter(|found| matches!(found.origin, Origin::Override(_)));
            used.filter_map(|found| found.name.parse::<Reference>().ok())
                .any(|package| self.find(&package) == Some(*it))
        };
        // Path dependencies of other packages don't matter here.
        let is_ours = |it: &&Override| {
            let name = |package: &PackageName| Reference::try_from(package);
            let is_same = |it: &Override, package: &PackageName| {
                name(package).is_ok_and(|package| package.package() == it.package.package())
            };
            !it.is_dependency || vendored.packages.iter().any(|package| is_same(it, &package.name))
        };
        let unused = self.named.iter().filter(|it| !is_used(it)).filter(is_ours).map(|it| {
            let what = if it.is_dependency {
                "path dependency"
            } else {
                "override of"
            };
            let message = format!("the {what} `{}` applies to no package", it.package);
            let finding = Diagnostic::warning(codes::UNUSED_OVERRIDE, message).at(it.place.clone());
            let is_same = |name: &str| {
                let reference = name.parse::<Reference>();
                reference.is_ok_and(|name| name.package() == it.package.package())
            };
            let in_deps =
                vendored.packages.iter().find(|package| is_same(&package.name.to_string()));
            let other = found.iter().find(|found| is_same(&found.name));
            finding.help(match (in_deps, other) {
                (Some(package), _) => {
                    format!(
                        "`{}` takes precedence: remove one of them",
                        package.path.display()
                    )
                }
                (None, Some(other)) => format!("the needed package is `{}`", other.name),
                (None, None) => "nothing needs the package: remove the override".to_owned(),
            })
        });
        unused.collect()
    }
}

/// Rejects a package of a directory that needs the package which it is taken for.
///
/// # Errors
///
/// Such a package.
pub(super) fn require_no_circle(
    package: &FoundPackage,
    directory: &Override,
    own: &PackageName,
) -> Result<()> {
    if package.resolve.packages.iter().all(|(_, included)| included.name != *own) {
        return Ok(());
    }
    let message = format!("`{own}` depends on `{}`, which depends on it", package.name);
    Err(circle(message, &directory.path).at(directory.place.clone()).into())
}

/// The error for a package that depends on itself; `dir` is a package on the way.
pub(super) fn circle(message: String, dir: &Path) -> Diagnostic {
    Diagnostic::error(codes::PACKAGE_CYCLE, message)
        .at(Place::path(dir))
        .help("move the shared items into a package that depends on neither")
}

/// Returns the entries of `deps/` with one package, as directories that packages are taken from.
pub(super) fn of_vendored(vendored: &Vendored) -> impl Iterator<Item = Override> {
    let packages = &vendored.packages;
    let is_alone = |path: &Path| packages.iter().filter(|it| it.path == path).count() == 1;
    packages.iter().filter(move |it| is_alone(&it.path)).filter_map(|it| {
        Some(Override {
            package: Reference::try_from(&it.name).ok()?,
            path: it.path.clone(),
            is_dependency: true,
            place: Place::path(&it.path),
        })
    })
}

/// Loads a directory whose `deps/` lacks packages, with what they are.
pub(super) type Complete<'a> = &'a (dyn Fn(&Path) -> Result<Package> + Sync);

/// Loads a package from the directory of an override.
pub(super) fn load(
    wanted: &Wanted,
    found: &Override,
    complete: Complete<'_>,
) -> Result<FoundPackage> {
    load_unplaced(wanted, found, complete).map_err(|failure| {
        if found.is_dependency {
            failure.at(found.place.clone())
        } else {
            failure
        }
    })
}

fn load_unplaced(
    wanted: &Wanted,
    found: &Override,
    complete: Complete<'_>,
) -> Result<FoundPackage> {
    let source = Source::at(&found.path)?;
    let package = match source::load(&source, &Features::All) {
        Err(failure) if failure.code() == codes::MISSING_PACKAGE && found.path.is_dir() => {
            complete(&found.path)?
        }
        package => package?,
    };
    let (name, needed) = (package.name().to_string(), wanted.package.to_string());
    let is_same = if wanted.is_named {
        name == needed
    } else {
        Reference::try_from(package.name())?.package() == wanted.package.package()
    };
    if !is_same {
        let (message, help) = if found.is_dependency {
            (
                format!(
                    "`{}` contains `{name}`, but `{needed}` is needed",
                    found.path.display()
                ),
                "change the version in the WIT, or the path in `[dependencies]`",
            )
        } else {
            (
                format!("`{needed}` is needed, but its override is `{name}`"),
                "change the version on one side, or remove the override from `wkg.toml`",
            )
        };
        return Err(Diagnostic::error(codes::WRONG_PACKAGE, message)
            .at(Place::path(&found.path))
            .help(help)
            .into());
    }
    if let Some(listed) = wanted.listed.as_ref().filter(|it| it.versions != VersionReq::STAR)
        && !package.name().version.as_ref().is_some_and(|it| listed.versions.matches(it))
    {
        let message = format!(
            "`{}` contains `{name}`, but the manifest requires `{}`",
            found.path.display(),
            listed.versions
        );
        return Err(Diagnostic::error(codes::REQUIREMENT_VIOLATED, message)
            .at(Place::path(&found.path))
            .help("change the requirement in `[dependencies]`, or the version in the directory")
            .into());
    }
    Ok(FoundPackage {
        name,
        resolve: package.resolve().clone(),
        origin: Origin::Override(found.path.clone()),
    })
}

/// Removes the texts that nothing needs, once an override has taken the place of what needed them.
pub(super) fn retain_needed(
    texts: &mut Vec<NamedText>,
    needs: &Needs,
    vendored: &Vendored,
    wanted: &[PackageName],
) -> Result<()> {
    let own = needs.packages.iter().chain(vendored.packages.iter().flat_map(|it| &it.needs));
    let mut pending: Vec<PackageName> = own.chain(wanted).cloned().collect();
    let mut needed: BTreeSet<String> = BTreeSet::new();
    while let Some(name) = pending.pop() {
        if needed.insert(name.to_string())
            && let Some((name, text)) = texts.iter().find(|(other, _)| *other == name)
        {
            pending.extend(source::packages_in(&name.to_string(), text)?);
        }
    }
    texts.retain(|(name, _)| needed.contains(&name.to_string()));
    Ok(())
}
