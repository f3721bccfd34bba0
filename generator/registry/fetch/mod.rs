//! Dependencies: which packages a package needs, and where they come from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use wit_component::DecodedWasm;
use wit_parser::Resolve;

use super::lock::{Lock, Locked};
use super::settings;
use super::{Fetched, Registries};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::fileset::{FileSet, made_in};
use crate::source::{self, Features, Needs, Source};

mod beside;
mod wanted;

use beside::Beside;
use wanted::{NamedText, Wanted, folder_of};

/// A package that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dependency {
    /// It stands in `deps/`, put there by somebody.
    Vendored {
        /// The package.
        name: String,
        /// Its folder or file.
        path: PathBuf,
    },
    /// It is in a directory that the options name.
    Overridden {
        /// The package, with its version.
        name: String,
        /// Its directory.
        path: PathBuf,
    },
    /// It comes from a registry.
    Fetched {
        /// The package, with its version.
        name: String,
        /// The digest of its contents.
        digest: String,
    },
    /// One that comes from a registry carries it, as far as it uses it.
    Carried {
        /// The package.
        name: String,
    },
}

/// Everything that a package needs, and what has to be written for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dependencies {
    /// The packages, by their names.
    pub packages: Vec<Dependency>,
    /// The files of `deps/` that come from registries.
    pub files: FileSet,
    /// The lock file's text; none if nothing is locked and there is no lock.
    pub lock: Option<String>,
    /// What the lock would have that it hasn't, and would lose; none if it stays as it is.
    pub lock_changes: Vec<String>,
    /// Packages in `deps/` that nothing needs.
    pub findings: Vec<Diagnostic>,
}

/// How dependencies are found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchOptions {
    /// Whether everything is found anew, whatever is locked.
    pub update: bool,
    /// Packages, as `namespace:name`, that are in a directory of WIT on this machine.
    pub overrides: BTreeMap<String, PathBuf>,
}

/// What was found for it.
struct Found {
    /// Its name, with the version.
    name: String,
    resolve: Resolve,
    origin: Origin,
}

enum Origin {
    Registry(Box<Delivery>),
    /// A directory.
    Override(PathBuf),
}

/// What came from a registry.
struct Delivery {
    wanted: Wanted,
    /// What locks call it.
    registry: Option<String>,
    fetched: Fetched,
}

/// Finds everything that the package in the directory `wit` needs: what is vendored wins, then what the
/// options name, and the rest comes from registries, as the file `lock` says. The whole is resolved before
/// it is returned; nothing is written.
///
/// # Errors
///
/// All packages that can't be found or fetched, contents that differ from the lock, and a whole that
/// doesn't resolve.
pub fn dependencies(
    wit: &Path,
    lock: &Path,
    registries: &Registries,
    options: &FetchOptions,
) -> Result<Dependencies> {
    let needs = source::needs(wit)?;
    let old = Lock::read(lock)?;
    let locked = match options.update {
        true => Lock::default(),
        false => old.clone(),
    };
    let made = made_in(&wit.join("deps"))?;
    let beside = Beside::of(&needs, &old, &made, wit, options.update);

    let (mut used, wanted) = beside.need(&needs)?;
    let found = find(wanted, &locked, registries, options)?;
    // What is fetched needs what it carries, which may stand beside it.
    for found in &found {
        let carried = found
            .resolve
            .packages
            .iter()
            .map(|(_, package)| &package.name);
        used.extend(carried.filter_map(|name| beside.find(name)));
    }
    let mut texts = texts(&found, &needs, &beside)?;
    let staying = beside.staying(wit, &texts)?;
    texts.retain(|(name, _)| !staying.contains_key(&name.to_string()));
    let kept: Vec<&Path> = beside.paths().chain(staying.values().copied()).collect();
    source::resolved_with(wit, &kept, &texts)?;

    let mut new = Lock::default();
    for found in &found {
        let Origin::Registry(delivery) = &found.origin else {
            continue;
        };
        let Delivery {
            wanted,
            registry,
            fetched,
        } = &**delivery;
        let version = fetched.reference().version().cloned();
        let locked = Locked {
            requirement: wanted.requirement(),
            version: version.expect("fetched in a version"),
            digest: fetched.digest().to_owned(),
        };
        new.insert(&wanted.package, registry.as_deref(), locked);
    }
    let lock_changes = match old.is_same(&new) {
        true => Vec::new(),
        false => {
            let mark = |mark: &'static str| move |line: String| format!("{mark} {line}");
            let lost = old.beyond(&new).into_iter().map(mark("-"));
            lost.chain(new.beyond(&old).into_iter().map(mark("+")))
                .collect()
        }
    };
    Ok(Dependencies {
        packages: listed(&found, &beside, &used),
        files: files(&texts)?,
        lock: (!lock_changes.is_empty()).then(|| new.text()),
        lock_changes,
        findings: beside.unused(&used),
    })
}

/// Finds all that is asked for, at the same time.
fn find(
    wanted: Vec<Wanted>,
    lock: &Lock,
    registries: &Registries,
    options: &FetchOptions,
) -> Result<Vec<Found>> {
    let find_one =
        |wanted: Wanted| match options.overrides.get(&wanted.package.package().to_string()) {
            Some(path) => overridden(&wanted, path),
            None => fetch_one(wanted, lock, registries),
        };
    let results: Vec<Result<Found>> = std::thread::scope(|scope| {
        let find_one = &find_one;
        let threads: Vec<_> = wanted
            .into_iter()
            .map(|wanted| scope.spawn(move || find_one(wanted)))
            .collect();
        let results = threads.into_iter().map(|thread| {
            let result = thread.join();
            result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        results.collect()
    });
    Failure::collect(results)
}

/// A package from a directory of this machine.
fn overridden(wanted: &Wanted, path: &Path) -> Result<Found> {
    let package = source::load(&Source::at(path)?, &Features::All)?;
    let (name, needed) = (package.name().to_string(), wanted.package.to_string());
    if name != needed {
        let message = format!("`{needed}` is needed, and its override is `{name}`");
        return Err(Diagnostic::error(codes::WRONG_PACKAGE, message)
            .at(Place::path(path))
            .help("change the version on one side, or take the override out of `wkg.toml`")
            .into());
    }
    Ok(Found {
        name,
        resolve: package.resolve().clone(),
        origin: Origin::Override(path.to_owned()),
    })
}

fn fetch_one(wanted: Wanted, lock: &Lock, registries: &Registries) -> Result<Found> {
    let registry = settings::name(&wanted.package, &registries.options)?;
    let locked = lock.find(&wanted.package, registry.as_deref(), &wanted.requirement());
    let fetched = match locked {
        Some(locked) => {
            let reference = wanted.package.with_version(locked.version.clone());
            registries.fetch_locked(&reference, Some(&locked.digest))?
        }
        None => registries.fetch(&wanted.package)?,
    };
    lock.agrees(fetched.reference(), fetched.digest())?;
    let name = fetched.reference().to_string();
    let place = || Place::argument(&name);
    if wanted.package.version().is_none() {
        let (package, version) = (&wanted.package, fetched.reference().version());
        let version = version.map(ToString::to_string).unwrap_or_default();
        let message =
            format!("`{package}` is named without a version, and packages in a registry have one");
        return Err(Diagnostic::error(codes::UNVERSIONED_DEPENDENCY, message)
            .at(place())
            .help(format!(
                "the latest is {version}: write `{package}/…@{version}`"
            ))
            .into());
    }
    match source::decode(fetched.contents()).map_err(|failure| failure.at(place()))? {
        DecodedWasm::WitPackage(resolve, id) => {
            source::is_itself(&name, &resolve.packages[id].name)?;
            Ok(Found {
                name,
                resolve,
                origin: Origin::Registry(Box::new(Delivery {
                    wanted,
                    registry,
                    fetched,
                })),
            })
        }
        DecodedWasm::Component(..) => {
            let message = "this is a component, and a dependency is a WIT package";
            Err(Diagnostic::error(codes::NOT_A_PACKAGE, message)
                .at(place())
                .help("name the package that its interfaces come from")
                .into())
        }
    }
}

/// The texts of what is fetched, and of what that carries beyond what is there.
fn texts(found: &[Found], needs: &Needs, beside: &Beside) -> Result<Vec<NamedText>> {
    let mut texts: Vec<NamedText> = Vec::new();
    let mut carried = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    for found in found {
        let own = found.name.clone();
        let all = source::texts(&found.resolve)?;
        texts.extend(all.into_iter().filter(|(name, _)| name.to_string() == own));
        carried.merge(found.resolve.clone()).map_err(|error| {
            let message = format!("`{own}` doesn't go together with the other packages: {error:#}");
            Diagnostic::error(codes::CANNOT_MERGE, message)
                .at(Place::argument(&own))
                .help("do they carry different contents of one version? ask whoever published them")
        })?;
    }
    for (name, text) in source::texts(&carried)? {
        let is_there = texts.iter().any(|(other, _)| *other == name);
        if !is_there && name != needs.name && beside.find(&name).is_none() {
            texts.push((name, text));
        }
    }
    texts.sort_by_key(|(name, _)| name.to_string());
    Ok(texts)
}

fn files(texts: &[NamedText]) -> Result<FileSet> {
    let mut files = FileSet::new();
    for (at, (name, text)) in texts.iter().enumerate() {
        let folder = folder_of(name);
        let mut others = texts[..at].iter().map(|(other, _)| other);
        if let Some(other) = others.find(|other| folder_of(other) == folder) {
            let message = format!("`{name}` and `{other}` would both stand in `{folder}`");
            return Err(Diagnostic::error(codes::SAME_FOLDER, message)
                .at(Place::path(&folder))
                .help("vendor one of them: put it into `deps/` under another name")
                .into());
        }
        files.insert(format!("{folder}/package.wit"), &**text);
    }
    Ok(files)
}

fn listed(found: &[Found], beside: &Beside, used: &BTreeSet<usize>) -> Vec<Dependency> {
    let vendored = used.iter().map(|at| {
        let (name, path, _) = &beside.vendored[*at];
        Dependency::Vendored {
            name: name.to_string(),
            path: path.clone(),
        }
    });
    let fetched = found.iter().map(|found| match &found.origin {
        Origin::Registry(delivery) => Dependency::Fetched {
            name: found.name.clone(),
            digest: delivery.fetched.digest().to_owned(),
        },
        Origin::Override(path) => Dependency::Overridden {
            name: found.name.clone(),
            path: path.clone(),
        },
    });
    let mut all: Vec<Dependency> = vendored.chain(fetched).collect();
    let names = |all: &[Dependency]| {
        all.iter()
            .map(|one| one.name().to_owned())
            .collect::<BTreeSet<_>>()
    };
    let mut known = names(&all);
    for found in found {
        for (_, package) in &found.resolve.packages {
            let name = package.name.to_string();
            if known.insert(name.clone()) {
                all.push(Dependency::Carried { name });
            }
        }
    }
    all.sort_by(|a, b| a.name().cmp(b.name()));
    all
}

impl Dependency {
    /// The package, with its version.
    pub fn name(&self) -> &str {
        match self {
            Dependency::Vendored { name, .. }
            | Dependency::Overridden { name, .. }
            | Dependency::Fetched { name, .. }
            | Dependency::Carried { name } => name,
        }
    }
}
