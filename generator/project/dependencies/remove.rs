//! Removes dependencies from a manifest.

use super::manifest_text::without_dependency;
use super::uses::uses;
use super::{Change, PackageDir};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::names::suggest;
use crate::read::{self, MAX_TEXT_BYTES};
use crate::registry::{Dependency, Reference, Registries, resolve_dependencies};

/// Removed dependencies.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Removal {
    /// The change of the package's files.
    pub change: Change,
    /// The removed packages that stay in `deps/`, because others need them, with their versions.
    pub still_needed: Vec<String>,
}

/// Removes dependencies from the manifest, from `deps/` and from the lock file. Nothing is written.
///
/// # Errors
///
/// Packages that the manifest doesn't list, and those that the WIT still uses, with every place.
pub fn remove(
    dir: &PackageDir,
    packages: &[Reference],
    registries: &Registries,
) -> Result<Removal> {
    let uses = uses(dir)?;
    Failure::collect::<(), ()>(packages.iter().map(|package| {
        let name = package.without_version().to_string();
        let places: Vec<Place> =
            uses.iter().filter(|it| it.package == name).map(|it| it.place.clone()).collect();
        require_listed(dir, package, &places)?;
        if places.is_empty() {
            return Ok(());
        }
        let message = format!("the WIT still uses `{name}`");
        let failure = Diagnostic::error(codes::STILL_USED, message);
        let failure = places.into_iter().fold(failure, Diagnostic::at);
        Err(failure
            .help("remove these uses, then run the command again; nothing was changed")
            .into())
    }))?;
    let manifest = dir.manifest();
    let unreadable = |why: &dyn std::fmt::Display| {
        let message = format!("cannot edit `{}`: {why}", manifest.display());
        Diagnostic::error(codes::UNREADABLE, message).at(Place::path(&manifest))
    };
    let mut text = read::text(&manifest, MAX_TEXT_BYTES).map_err(|error| unreadable(&error))?;
    for package in packages {
        let name = package.without_version().to_string();
        text = without_dependency(&text, &name)
            .ok_or_else(|| unreadable(&format!("`{name}` is not in `[dependencies]`")))?;
    }
    let edited = dir.with_manifest(&text)?;
    let options = edited.fetch_options()?;
    let (dependencies, _) =
        resolve_dependencies(edited.wit(), &edited.lock(), registries, &options)?;
    let is_removed = |name: &&str| {
        let name = name.parse::<Reference>().map(|name| name.without_version());
        name.is_ok_and(|name| packages.iter().any(|it| it.without_version() == name))
    };
    let still_needed = dependencies.packages.iter().map(Dependency::name).filter(is_removed);
    let still_needed = still_needed.map(str::to_owned).collect();
    let change = Change::new(&edited, dependencies, vec![(manifest, text)]);
    Ok(Removal {
        change,
        still_needed,
    })
}

/// Rejects a package that the manifest doesn't list.
fn require_listed(dir: &PackageDir, package: &Reference, places: &[Place]) -> Result<()> {
    if dir.listed(package).is_some() {
        return Ok(());
    }
    let name = package.without_version().to_string();
    let message = format!(
        "`{}` doesn't list the dependency `{name}`",
        dir.manifest().display()
    );
    let failure = Diagnostic::error(codes::NOT_A_DEPENDENCY, message);
    if !places.is_empty() {
        let failure = places.iter().cloned().fold(failure, Diagnostic::at);
        return Err(failure
            .help("the WIT names it: remove these uses, then run `witgen fetch`")
            .into());
    }
    let failure = failure.at(Place::argument(&name));
    let listed: Vec<String> =
        dir.config().dependencies.iter().map(|it| it.package.to_string()).collect();
    let listed: Vec<&str> = listed.iter().map(String::as_str).collect();
    Err(if listed.is_empty() {
        failure.help("`[dependencies]` is empty")
    } else {
        failure.help(suggest(&name, "dependencies", &listed))
    }
    .into())
}
