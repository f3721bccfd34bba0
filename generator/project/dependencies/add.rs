//! Adds dependencies to a manifest.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use semver::VersionReq;
use serde::Serialize;
use wit_parser::Resolve;

use super::manifest_text::{Entry, with_dependency};
use super::path::wit_of;
use super::uses::uses;
use super::{Change, PackageDir};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::paths;
use crate::read::{self, MAX_TEXT_BYTES};
use crate::registry::{
    Dependency, Override, Reference, Registries, newest, parse_requirement, resolve_dependencies,
};
use crate::source::{self, EditedTexts, Features, Source};

/// A dependency to add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addition {
    /// The package; without one, the package in `path`.
    pub package: Option<Reference>,
    /// The requirement as the user wrote it; without one, the newest version.
    pub requirement: Option<String>,
    /// The package's directory, for a path dependency.
    pub path: Option<PathBuf>,
}

/// Added dependencies.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Additions {
    /// The change of the package's files.
    pub change: Change,
    /// The added packages, in order.
    pub added: Vec<Added>,
}

/// A dependency that was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Added {
    /// The package, with its version.
    pub package: String,
    /// The requirement of the manifest: `0.3`; `None` for a path without a version.
    pub requirement: Option<String>,
    /// The interfaces from which types can be used, as WIT names them: `wasi:clocks/types@0.3.2`.
    pub interfaces: Vec<String>,
    /// The interfaces that have functions only.
    pub functions: Vec<String>,
    /// The worlds that can be included.
    pub worlds: Vec<String>,
}

/// A dependency to add, after what the user left out was found.
struct Complete {
    package: Reference,
    requirement: Option<String>,
    path: Option<String>,
}

impl FromStr for Addition {
    type Err = Failure;

    /// Parses a package and a requirement: `wasi:clocks`, `wasi:clocks@0.3`.
    fn from_str(written: &str) -> Result<Self> {
        let (package, requirement) = match written.split_once('@') {
            Some((package, requirement)) => (package, Some(requirement.trim().to_owned())),
            None => (written, None),
        };
        let package = Some(package.parse()?);
        if let Some(requirement) = &requirement {
            parse_requirement(requirement, Place::argument(written))?;
        }
        Ok(Addition {
            package,
            requirement,
            path: None,
        })
    }
}

/// Adds dependencies to a manifest, which is made if there is none, and fetches them. Nothing is written.
///
/// # Errors
///
/// Packages that are dependencies already or don't exist, paths without them, and dependencies that don't resolve together.
pub fn add(dir: &PackageDir, additions: &[Addition], registries: &Registries) -> Result<Additions> {
    let additions = distinct(additions)?;
    let complete: Vec<Complete> =
        Failure::collect(additions.into_iter().map(|it| complete(dir, it, registries)))?;
    let manifest = dir.manifest();
    let mut text = match read::text(&manifest, MAX_TEXT_BYTES) {
        Ok(text) => text,
        Err(_) if !dir.has_manifest() => String::new(),
        Err(error) => {
            let message = format!("cannot read `{}`: {error}", manifest.display());
            let failure = Diagnostic::error(codes::UNREADABLE, message);
            return Err(failure.at(Place::path(&manifest)).into());
        }
    };
    for it in &complete {
        let entry = Entry {
            requirement: it.requirement.as_deref(),
            path: it.path.as_deref(),
        };
        text = with_dependency(&text, &it.package.to_string(), &entry).ok_or_else(|| {
            let message = "`dependencies` of the manifest can't be edited";
            Diagnostic::error(codes::INVALID_CONFIG, message)
                .at(Place::path(&manifest))
                .help("make it a section: `[dependencies]`")
        })?;
    }
    let edited = dir.with_manifest(&text)?;
    let has_path = complete.iter().any(|it| it.path.is_some());
    let options = edited.fetch_options()?;
    let resolved = resolve_dependencies(edited.wit(), &edited.lock(), registries, &options);
    let (dependencies, package) = match resolved {
        Err(failure) if failure.code() == codes::REQUIREMENT_VIOLATED && !has_path => {
            return Err(failure.help("nothing was written: write the requirement into `[dependencies]` yourself, then run `witgen update`"));
        }
        resolved => resolved?,
    };
    let added = complete
        .iter()
        .map(|it| describe(it, &dependencies.packages, package.resolve()));
    let added = added.collect();
    let change = Change::new(&edited, dependencies, vec![(manifest, text)]);
    Ok(Additions { change, added })
}

/// Finds what the user left out, and rejects what can't be added.
fn complete(dir: &PackageDir, addition: &Addition, registries: &Registries) -> Result<Complete> {
    let member = match &addition.package {
        Some(package) if addition.path.is_none() => member(dir, package, addition)?,
        _ => None,
    };
    let path = addition.path.as_deref().or(member.as_deref());
    let found = addition.path.as_deref().map(package_at).transpose()?;
    let package = match (&addition.package, &found) {
        (Some(package), Some(found)) if package != found => {
            let path = addition.path.as_deref().unwrap_or(Path::new(""));
            let message = format!("`{}` has the package `{found}`", path.display());
            return Err(Diagnostic::error(codes::WRONG_PACKAGE, message)
                .at(Place::argument(package.to_string()))
                .help(format!("name `{found}`, or the directory of `{package}`"))
                .into());
        }
        (Some(package), _) => package.clone(),
        (None, Some(found)) => found.clone(),
        (None, None) => {
            return Err(
                Diagnostic::error(codes::INVALID_REFERENCE, "no package is named")
                    .at(Place::argument("add"))
                    .help("write it as `namespace:name@0.3`, or name a directory with --path")
                    .into(),
            );
        }
    };
    require_new(dir, &package)?;
    let requirement = match (&addition.requirement, path) {
        (Some(requirement), _) => Some(requirement.clone()),
        (None, Some(_)) => None,
        (None, None) => Some(default_requirement(dir, &package, registries)?),
    };
    let path = path.map(|path| {
        let relative = paths::relative(&paths::absolute(dir.root()), &paths::absolute(path));
        if relative.is_empty() {
            ".".to_owned()
        } else {
            relative
        }
    });
    Ok(Complete {
        package,
        requirement,
        path,
    })
}

/// Returns additions, those that are named twice once.
///
/// # Errors
///
/// Packages that are named with different requirements.
fn distinct(additions: &[Addition]) -> Result<Vec<&Addition>> {
    let mut distinct: Vec<&Addition> = Vec::new();
    let mut failures = Vec::new();
    for addition in additions {
        match distinct.iter().find(|it| it.package == addition.package) {
            None => distinct.push(addition),
            Some(first) if *first == addition => {}
            Some(_) => {
                let name = addition.package.as_ref().map(ToString::to_string).unwrap_or_default();
                let message = format!("`{name}` is named with two requirements");
                let failure = Diagnostic::error(codes::INVALID_REFERENCE, message);
                failures.push(failure.at(Place::argument(name)).help("name the package once"));
            }
        }
    }
    Failure::of(failures).map_or(Ok(distinct), Err)
}

/// Returns the directory of the member of the workspace that defines a package, in the newest version that the user allows.
fn member(dir: &PackageDir, package: &Reference, addition: &Addition) -> Result<Option<PathBuf>> {
    let allowed = match &addition.requirement {
        Some(written) => parse_requirement(written, Place::argument(written))?,
        None => VersionReq::STAR,
    };
    let name = package.without_version();
    let is_named = |member: &&Override| member.package.without_version() == name;
    let named: Vec<&Override> = dir.members().iter().filter(is_named).collect();
    // Without a requirement, `add` keeps the version that the WIT names.
    let uses = uses(dir)?.into_iter().filter(|it| it.package == name.to_string());
    let used = uses.filter_map(|it| it.version).min();
    let kept = used.filter(|_| addition.requirement.is_none());
    let versions = named.iter().filter_map(|it| it.package.version());
    let chosen = match &kept {
        Some(used) => Some(used),
        None => newest(versions.clone(), &allowed).or_else(|| {
            let is_open = addition.requirement.is_none();
            versions.max().filter(|_| is_open)
        }),
    };
    let Some(member) = named.iter().find(|it| it.package.version() == chosen) else {
        return Ok(None);
    };
    // A member's folder is named rather than its folder `wit`.
    if let Some(folder) = member.path.parent() {
        let config = Config::find(folder)?.map(|(_, config)| config);
        if wit_of(folder, config.as_ref()) == member.path {
            return Ok(Some(folder.to_owned()));
        }
    }
    Ok(Some(member.path.clone()))
}

/// Rejects the package itself, and what the manifest lists already.
fn require_new(dir: &PackageDir, package: &Reference) -> Result<()> {
    let own = source::needs(dir.wit(), &EditedTexts::new())?.name;
    if Reference::try_from(&own).is_ok_and(|own| own.without_version() == *package) {
        let message = format!("`{package}` is the package itself");
        return Err(Diagnostic::error(codes::PACKAGE_CYCLE, message)
            .at(Place::argument(package.to_string()))
            .help("a package uses its own interfaces by their plain names")
            .into());
    }
    let Some(listed) = dir.listed(package) else {
        return Ok(());
    };
    let message = format!("`{package}` is a dependency already");
    Err(Diagnostic::error(codes::ALREADY_A_DEPENDENCY, message)
        .at(listed.place.clone())
        .help(format!("change the requirement there; `witgen update {package}` moves to the newest version that it allows"))
        .into())
}

/// Returns the name of the package in a directory or a file.
fn package_at(path: &Path) -> Result<Reference> {
    let config = if path.is_dir() {
        Config::find(path)?.map(|(_, config)| config)
    } else {
        None
    };
    let wit = wit_of(path, config.as_ref());
    let name = if wit.is_dir() {
        source::needs(&wit, &EditedTexts::new())?.name
    } else {
        source::load(&Source::at(&wit)?, &Features::All)?.name().clone()
    };
    Ok(Reference::try_from(&name)?.without_version())
}

/// Returns the requirement for a package that is added without one: the lowest version that the WIT names, else the newest.
fn default_requirement(
    dir: &PackageDir,
    package: &Reference,
    registries: &Registries,
) -> Result<String> {
    let name = package.to_string();
    let named = uses(dir)?.into_iter().filter(|it| it.package == name);
    if let Some(version) = named.filter_map(|it| it.version).min() {
        return Ok(version.to_string());
    }
    let versions = registries.available(package, false)?;
    match newest(&versions, &VersionReq::STAR) {
        Some(version) => Ok(version.to_string()),
        None => {
            let message = format!("`{package}` has only pre-releases");
            let newest = versions.iter().max().map(ToString::to_string).unwrap_or_default();
            Err(Diagnostic::error(codes::NOT_IN_REGISTRY, message)
                .at(Place::argument(&name))
                .help(format!("name one: `witgen add {package}@{newest}`"))
                .into())
        }
    }
}

/// Describes a dependency that was found.
fn describe(addition: &Complete, found: &[Dependency], resolve: &Resolve) -> Added {
    let names = found.iter().map(Dependency::name);
    let is_same = |name: &&str| {
        name.parse::<Reference>()
            .is_ok_and(|name| name.without_version() == addition.package)
    };
    // Of several versions that the WIT names, the newest.
    let name = names
        .filter(is_same)
        .max_by_key(|name| name.parse::<Reference>().ok().and_then(|name| name.version().cloned()));
    let name = name.map_or_else(|| addition.package.to_string(), str::to_owned);
    let mut added = Added {
        package: name.clone(),
        requirement: addition.requirement.clone(),
        interfaces: Vec::new(),
        functions: Vec::new(),
        worlds: Vec::new(),
    };
    let mut packages = resolve.packages.iter().map(|(_, package)| package);
    if let Some(package) = packages.find(|package| package.name.to_string() == name) {
        for (interface, id) in &package.interfaces {
            let has_types = !resolve.interfaces[*id].types.is_empty();
            let list = if has_types {
                &mut added.interfaces
            } else {
                &mut added.functions
            };
            list.push(package.name.interface_id(interface));
        }
        added.worlds =
            package.worlds.keys().map(|world| package.name.interface_id(world)).collect();
    }
    added
}
