//! Moves dependencies to newer versions: in the WIT, in `deps/` and in the lock file.

use std::path::PathBuf;
use std::sync::Arc;

use semver::Version;

use super::outdated::Status;
use super::tracked::{Tracked, current_options, tracked};
use super::uses::uses;
use super::{Change, PackageDir};
use crate::compat::{Release, compare};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::edit::replace_versions;
use crate::names::suggest;
use crate::registry::{Dependency, FetchOptions, Reference, Registries, resolve_dependencies};
use crate::source::{EditedTexts, Features, Package};

/// Options for updates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateOptions {
    /// The packages to update, without versions; all, if none is named.
    pub packages: Vec<Reference>,
    /// Accepts versions that change or remove what the package uses.
    pub allow_breaking: bool,
}

/// An update, which was made in memory and resolves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Update {
    /// The dependencies that move, sorted by name.
    pub moves: Vec<Move>,
    /// The selected dependencies that stay at their versions.
    pub unchanged: Vec<Status>,
    /// Why the update must not be written: what breaks.
    pub refused: Vec<Diagnostic>,
    /// Dependencies that stay at their versions, because other dependencies use these.
    pub findings: Vec<Diagnostic>,
    /// The change of the package's files; none if nothing moves.
    pub change: Option<Change>,
}

/// A dependency that moves to another version.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Move {
    /// The package, without a version.
    pub package: String,
    /// The version before.
    pub from: Version,
    /// The version after.
    pub to: Version,
    /// The newest version, which the requirement may not allow.
    pub latest: Version,
}

/// Moves dependencies to the newest versions that their requirements allow: the manifest's, or that of a semver-compatible
/// version for packages that only WIT names. Nothing is written.
///
/// # Errors
///
/// Packages that aren't dependencies, and dependencies that don't resolve, before or after.
pub fn update(
    dir: &PackageDir,
    registries: &Registries,
    options: &UpdateOptions,
) -> Result<Update> {
    let fetch = dir.fetch_options()?;
    let current = current_options(dir)?;
    let (before, old) = resolve_dependencies(dir.wit(), &dir.lock(), registries, &current)?;
    require_dependencies(dir, &before.packages, &options.packages)?;
    let is_selected = |package: &Reference| {
        let mut named = options.packages.iter();
        options.packages.is_empty() || named.any(|it| it.without_version() == *package)
    };
    let tracked = tracked(dir, &before, registries, is_selected)?;
    let (mut moving, mut staying): (Vec<_>, Vec<_>) =
        tracked.into_iter().partition(|it| it.compatible != it.current);
    let mut findings = Vec::new();
    while !moving.is_empty() {
        let edited = edited_texts(dir, &moving)?;
        let files = edited.iter().map(|(path, text)| (path.clone(), text.to_string())).collect();
        let fetch = FetchOptions {
            edited,
            unlocked: moving.iter().map(|it| it.package.clone()).collect(),
            ..fetch.clone()
        };
        let (after, new) = resolve_dependencies(dir.wit(), &dir.lock(), registries, &fetch)?;
        let (held, free): (Vec<_>, Vec<_>) =
            moving.into_iter().partition(|it| is_still_used(it, &new));
        moving = free;
        if held.is_empty() {
            let refused = if options.allow_breaking {
                Vec::new()
            } else {
                breaks(&old, &new)?
            };
            return Ok(Update {
                moves: moving.into_iter().map(Move::from).collect(),
                unchanged: staying.into_iter().map(Status::from).collect(),
                refused,
                findings,
                change: Some(Change::new(dir, after, files)),
            });
        }
        findings.extend(held.iter().map(held_back));
        staying.extend(held);
    }
    Ok(Update {
        moves: Vec::new(),
        unchanged: staying.into_iter().map(Status::from).collect(),
        refused: Vec::new(),
        findings,
        change: None,
    })
}

/// Returns the package's files whose versions change.
fn edited_texts(dir: &PackageDir, moving: &[Tracked]) -> Result<EditedTexts> {
    let mut edited = EditedTexts::new();
    for (path, text) in dir.own_texts()? {
        let new = replace_versions(&text, |mention| {
            let is_moving = |it: &&Tracked| {
                it.package.to_string() == mention.package
                    && mention.version.as_ref() == Some(&it.current)
            };
            let found = moving.iter().find(is_moving).filter(|_| !mention.is_definition);
            found.map(|it| it.compatible.clone())
        });
        if *new != *text {
            edited.insert(PathBuf::from(path), Arc::from(new));
        }
    }
    Ok(edited)
}

/// Returns what breaks for components and hosts of a package whose dependencies have changed.
fn breaks(old: &Package, new: &Package) -> Result<Vec<Diagnostic>> {
    let old = Release::of(old, &Features::All)?;
    let new = Release::of(new, &Features::All)?;
    let changes = compare(&old, &new).changes;
    let mut found: Vec<Diagnostic> =
        changes.iter().filter(|it| it.is_breaking()).map(|it| it.diagnostic()).collect();
    if !found.is_empty() {
        let message = "the new versions change what this package uses";
        found.push(
            Diagnostic::error(codes::UPDATE_BREAKS, message)
                .at(Place::argument("update"))
                .help("update single packages by name, or keep one with a requirement such as `\"=0.3.1\"`")
                .help("`--allow-breaking` updates anyway; nothing was changed"),
        );
    }
    Ok(found)
}

/// Whether other packages use the earlier version of a dependency after it has moved.
fn is_still_used(moving: &Tracked, new: &Package) -> bool {
    let earlier = format!("{}@{}", moving.package, moving.current);
    new.resolve()
        .packages
        .iter()
        .any(|(_, package)| package.name.to_string() == earlier)
}

/// Reports a dependency that doesn't move, so that the package doesn't have two versions of it.
fn held_back(held: &Tracked) -> Diagnostic {
    let (package, current, newer) = (&held.package, &held.current, &held.compatible);
    let message = format!(
        "`{package}` stays at {current} instead of {newer}: another dependency uses {current}"
    );
    let finding = Diagnostic::warning(codes::MIXED_DEPENDENCY_VERSIONS, message);
    held.places
        .iter()
        .cloned()
        .fold(finding, Diagnostic::at)
        .help("types of two versions are different types: update this package when the other dependency does")
}

impl From<Tracked> for Move {
    fn from(tracked: Tracked) -> Self {
        Move {
            package: tracked.package.to_string(),
            from: tracked.current,
            to: tracked.compatible,
            latest: tracked.latest,
        }
    }
}

/// Rejects packages that aren't dependencies.
fn require_dependencies(
    dir: &PackageDir,
    dependencies: &[Dependency],
    packages: &[Reference],
) -> Result<()> {
    let known = dependencies.iter().filter(|it| !matches!(it, Dependency::Carried { .. }));
    let known = known.filter_map(|it| it.name().parse::<Reference>().ok());
    let mut known: Vec<String> = known.map(|it| it.without_version().to_string()).collect();
    known.extend(uses(dir)?.into_iter().map(|it| it.package));
    known.sort();
    known.dedup();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Failure::collect(packages.iter().map(|package| {
        let name = package.without_version().to_string();
        if let Some(version) = package.version() {
            let message = format!("`{name}@{version}` has a version");
            return Err(Diagnostic::error(codes::INVALID_REFERENCE, message)
                .at(Place::argument(package.to_string()))
                .help(format!(
                    "name `{name}` alone; `[dependencies]` has the requirement"
                ))
                .into());
        }
        if known.contains(&name.as_str()) {
            return Ok(());
        }
        let message = format!("`{name}` is not a dependency of this package");
        let failure =
            Diagnostic::error(codes::NOT_A_DEPENDENCY, message).at(Place::argument(&name));
        Err(if known.is_empty() {
            failure.help(format!(
                "this package has no dependencies; `witgen add {name}` adds one"
            ))
        } else {
            failure.help(suggest(&name, "dependencies", &known))
        }
        .into())
    }))
}
