//! The dependencies from registries, with the available versions.

use semver::{Op, Version, VersionReq};

use super::PackageDir;
use super::uses::uses;
use crate::diagnostic::{Diagnostic, Failure, Place, Result};
use crate::registry::{
    Dependencies, Dependency, FetchOptions, Reference, Registries, newest, unsatisfied,
};

/// A dependency that comes from a registry or from the program.
#[derive(Clone, Debug)]
pub(super) struct Tracked {
    /// The package, without a version.
    pub package: Reference,
    /// The version in use.
    pub current: Version,
    /// The newest version that the requirement allows, or the current one if that is newer and allowed.
    pub compatible: Version,
    /// The newest version, allowed or not.
    pub latest: Version,
    /// Where it is required: in the manifest first, then in the WIT.
    pub places: Vec<Place>,
}

/// Returns options to fetch what is used now: without the requirements that the WIT violates, as after a change of the manifest.
pub(super) fn current_options(dir: &PackageDir) -> Result<FetchOptions> {
    let mut options = dir.fetch_options()?;
    let uses = uses(dir)?;
    options.requirements.retain(|requirement| {
        let name = requirement.package.to_string();
        let versions =
            uses.iter().filter(|it| it.package == name).filter_map(|it| it.version.as_ref());
        versions.into_iter().all(|version| requirement.versions.matches(version))
    });
    Ok(options)
}

/// Returns the dependencies that the manifest lists or the package's own WIT names, and that `is_selected` accepts. Vendored
/// packages and path dependencies aren't among them. Requests to registries run at the same time.
pub(super) fn tracked(
    dir: &PackageDir,
    dependencies: &Dependencies,
    registries: &Registries,
    is_selected: impl Fn(&Reference) -> bool,
) -> Result<Vec<Tracked>> {
    let uses = uses(dir)?;
    let candidates = dependencies.packages.iter().filter_map(|dependency| {
        let is_locked = match dependency {
            Dependency::Fetched { .. } => true,
            Dependency::BuiltIn { .. } => false,
            _ => return None,
        };
        let reference: Reference = dependency.name().parse().ok()?;
        let (package, current) = (reference.without_version(), reference.version()?.clone());
        let name = package.to_string();
        let is_use =
            |it: &&super::uses::Use| it.package == name && it.version.as_ref() == Some(&current);
        let listed = dir.listed(&package);
        let in_wit = uses.iter().filter(is_use).map(|it| it.place.clone());
        let places: Vec<Place> =
            listed.map(|it| it.place.clone()).into_iter().chain(in_wit).collect();
        let requirement =
            listed.map_or_else(|| compatible_with(&current), |it| it.requirement.clone());
        let is_ours = !places.is_empty() && is_selected(&package);
        is_ours.then_some((package, current, requirement, places, is_locked))
    });
    let candidates: Vec<_> = candidates.collect();
    let results: Vec<Result<Tracked>> = std::thread::scope(|scope| {
        let threads: Vec<_> = candidates
            .into_iter()
            .map(|(package, current, requirement, places, is_locked)| {
                scope.spawn(move || {
                    let versions = registries.available(&package, is_locked).map_err(
                        |failure| match places.first() {
                            Some(place) => failure.at(place.clone()),
                            None => failure,
                        },
                    )?;
                    let compatible = match newest(&versions, &requirement) {
                        Some(newest) if *newest > current || !requirement.matches(&current) => {
                            newest.clone()
                        }
                        None if !requirement.matches(&current) => {
                            let failure = unsatisfied(&package, &requirement, &versions);
                            return Err(places
                                .iter()
                                .cloned()
                                .fold(failure, Diagnostic::at)
                                .into());
                        }
                        _ => current.clone(),
                    };
                    let latest = newest(&versions, &VersionReq::STAR).unwrap_or(&current);
                    let latest = latest.max(&compatible).max(&current).clone();
                    Ok(Tracked {
                        package,
                        current,
                        compatible,
                        latest,
                        places,
                    })
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    Failure::collect(results).map_err(merged)
}

/// Returns a failure in which equal messages, such as that of one registry for all its packages, are one with all places.
fn merged(failure: Failure) -> Failure {
    let mut merged: Vec<Diagnostic> = Vec::new();
    for diagnostic in failure.into_diagnostics() {
        let same = |it: &&mut Diagnostic| it.message == diagnostic.message;
        match merged.iter_mut().find(same) {
            Some(first) => {
                let places = diagnostic.places.iter().cloned();
                *first = places.fold(first.clone(), Diagnostic::at);
            }
            None => merged.push(diagnostic),
        }
    }
    Failure::of(merged).expect("a failure has diagnostics")
}

/// Returns the requirement of a version that only WIT names: `^0.3.1`.
fn compatible_with(version: &Version) -> VersionReq {
    let comparator = semver::Comparator {
        op: Op::Caret,
        major: version.major,
        minor: Some(version.minor),
        patch: Some(version.patch),
        pre: version.pre.clone(),
    };
    VersionReq {
        comparators: vec![comparator],
    }
}
