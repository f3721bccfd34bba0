//! Dependencies: which packages a package needs, and where they come from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use semver::VersionReq;
use wit_component::DecodedWasm;
use wit_parser::{PackageName, Resolve};

use super::lock::{Lock, Locked};
use super::settings;
use super::{Fetched, Reference, Registries};
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::fileset::{FileSet, made_in};
use crate::source::{self, Needs};

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

/// A package, and its text.
type NamedText = (PackageName, Arc<str>);

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

/// One package of a registry that is asked for.
struct Wanted {
    package: Reference,
    requirement: VersionReq,
}

/// What was found for it.
struct Found {
    wanted: Wanted,
    registry: Option<String>,
    fetched: Fetched,
    resolve: Resolve,
}

/// Finds everything that the package in the directory `wit` needs: what is vendored wins, and the rest
/// comes from registries, in the version that the file `lock` says or, if `update`, in the latest. The
/// whole is resolved before it is returned; nothing is written.
///
/// # Errors
///
/// All packages that can't be found or fetched, contents that differ from the lock, and a whole that
/// doesn't resolve.
pub fn dependencies(
    wit: &Path,
    lock: &Path,
    registries: &Registries,
    update: bool,
) -> std::result::Result<Dependencies, Vec<Diagnostic>> {
    let one = |error: Diagnostic| vec![error];
    let needs = source::needs(wit).map_err(one)?;
    let old = Lock::read(lock).map_err(one)?;
    let locked = if update { Lock::default() } else { old.clone() };
    let made = made_in(&wit.join("deps")).map_err(one)?;
    let beside = Beside::of(&needs, &old, &made, wit);

    let (mut used, wanted) = beside.need(&needs).map_err(one)?;
    let found = fetch(wanted, &locked, registries)?;
    // What is fetched needs what it carries, which may stand beside it.
    for found in &found {
        let carried = found
            .resolve
            .packages
            .iter()
            .map(|(_, package)| &package.name);
        used.extend(carried.filter_map(|name| beside.find(name)));
    }
    let mut texts = texts(&found, &needs, &beside).map_err(one)?;
    let staying = beside.staying(wit, &texts).map_err(one)?;
    texts.retain(|(name, _)| !staying.contains_key(&name.to_string()));
    let kept: Vec<&Path> = beside.paths().chain(staying.values().copied()).collect();
    source::resolved_with(wit, &kept, &texts).map_err(one)?;

    let mut new = Lock::default();
    for found in &found {
        let locked = Locked {
            requirement: found.wanted.requirement.clone(),
            version: found
                .fetched
                .reference()
                .version()
                .cloned()
                .expect("fetched in a version"),
            digest: found.fetched.digest().to_owned(),
        };
        new.insert(&found.wanted.package, found.registry.as_deref(), locked);
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
        files: files(&texts),
        lock: (!lock_changes.is_empty()).then(|| new.text()),
        lock_changes,
        findings: beside.unused(&used),
    })
}

/// What stands in `deps/` and isn't made anew.
struct Beside {
    /// Put there by somebody: it wins.
    vendored: Vec<(PackageName, PathBuf, BTreeSet<PackageName>)>,
    /// Named by the lock, and not in our record: another tool has fetched it.
    elsewhere: BTreeMap<String, PathBuf>,
}

impl Beside {
    fn of(needs: &Needs, lock: &Lock, made: &BTreeSet<String>, wit: &Path) -> Self {
        let deps = wit.join("deps");
        let mut beside = Beside {
            vendored: Vec::new(),
            elsewhere: BTreeMap::new(),
        };
        for entry in &needs.vendored {
            let folder = entry.path.strip_prefix(&deps).ok().and_then(Path::to_str);
            let is_made = |folder: &str| {
                made.iter()
                    .any(|path| path.split('/').next() == Some(folder))
            };
            if folder.is_some_and(is_made) {
                continue;
            }
            for name in &entry.names {
                let package = format!("{}:{}", name.namespace, name.name);
                if lock.has(&package, name.version.as_ref()) {
                    beside
                        .elsewhere
                        .insert(name.to_string(), entry.path.clone());
                } else {
                    let row = (name.clone(), entry.path.clone(), entry.needs.clone());
                    beside.vendored.push(row);
                }
            }
        }
        beside
    }

    /// The vendored package that satisfies a name; one without a version takes any.
    fn find(&self, wanted: &PackageName) -> Option<usize> {
        self.vendored.iter().position(|(name, ..)| {
            (&name.namespace, &name.name) == (&wanted.namespace, &wanted.name)
                && (wanted.version.is_none() || wanted.version == name.version)
        })
    }

    /// Which vendored packages are needed, and what has to be fetched.
    fn need(&self, needs: &Needs) -> Result<(BTreeSet<usize>, Vec<Wanted>)> {
        let mut used = BTreeSet::new();
        let mut wanted = BTreeMap::new();
        let mut queue: Vec<&PackageName> = needs.packages.iter().collect();
        while let Some(name) = queue.pop() {
            match self.find(name) {
                Some(at) if used.insert(at) => queue.extend(&self.vendored[at].2),
                Some(_) => {}
                // A package that something vendored names in turn.
                None if *name == needs.name => {}
                None => {
                    let requirement = match &name.version {
                        Some(version) => format!("={version}"),
                        None => "*".to_owned(),
                    };
                    let requirement = requirement.parse().expect("a version is a requirement");
                    let package = name.try_into()?;
                    wanted.insert(
                        name.to_string(),
                        Wanted {
                            package,
                            requirement,
                        },
                    );
                }
            }
        }
        Ok((used, wanted.into_values().collect()))
    }

    /// The entries of vendored packages.
    fn paths(&self) -> impl Iterator<Item = &Path> {
        self.vendored.iter().map(|(_, path, _)| path.as_path())
    }

    /// Packages that another tool has fetched and written, perhaps in its own way, and that say the same
    /// as these texts: they stay as they are.
    fn staying(&self, wit: &Path, texts: &[NamedText]) -> Result<BTreeMap<String, &Path>> {
        if self.elsewhere.is_empty() {
            return Ok(BTreeMap::new());
        }
        let theirs = |name: &PackageName| self.elsewhere.get(&name.to_string());
        let rest = texts.iter().filter(|(name, _)| theirs(name).is_none());
        let rest: Vec<NamedText> = rest.cloned().collect();
        let others = self.elsewhere.values().map(PathBuf::as_path);
        let kept: Vec<&Path> = self.paths().chain(others).collect();
        let Ok(package) = source::resolved_with(wit, &kept, &rest) else {
            // They don't even resolve: what is locked takes their place.
            return Ok(BTreeMap::new());
        };
        let shown = source::texts(package.resolve())?;
        let same = shown.iter().filter(|shown| texts.contains(shown));
        let same = same.filter_map(|(name, _)| Some((name.to_string(), theirs(name)?.as_path())));
        Ok(same.collect())
    }

    fn unused(&self, used: &BTreeSet<usize>) -> Vec<Diagnostic> {
        // An entry that carries several packages is of use if one of them is.
        let is_used = |path: &Path| used.iter().any(|at| self.vendored[*at].1 == path);
        let rows = self.vendored.iter().filter(|(_, path, _)| !is_used(path));
        let findings = rows.map(|(name, path, _)| {
            Diagnostic::warning(
                "unused-dependency",
                format!("nothing needs the package `{name}`"),
            )
            .at(Place::path(path))
            .help("remove it, or `use` something of it")
        });
        findings.collect()
    }
}

/// Fetches all that is asked for, at the same time.
fn fetch(
    wanted: Vec<Wanted>,
    lock: &Lock,
    registries: &Registries,
) -> std::result::Result<Vec<Found>, Vec<Diagnostic>> {
    let results: Vec<Result<Found>> = std::thread::scope(|scope| {
        let threads: Vec<_> = wanted
            .into_iter()
            .map(|wanted| scope.spawn(move || fetch_one(wanted, lock, registries)))
            .collect();
        let results = threads.into_iter().map(|thread| {
            let result = thread.join();
            result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        results.collect()
    });
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for result in results {
        match result {
            Ok(one) => found.push(one),
            Err(error) => errors.push(error),
        }
    }
    match errors.is_empty() {
        true => Ok(found),
        false => Err(errors),
    }
}

fn fetch_one(wanted: Wanted, lock: &Lock, registries: &Registries) -> Result<Found> {
    let registry = settings::name(&wanted.package, &registries.options)?;
    let locked = lock.find(&wanted.package, registry.as_deref(), &wanted.requirement);
    let fetched = match locked {
        Some(locked) => {
            let reference = wanted.package.with_version(locked.version.clone());
            registries.fetch_locked(&reference, Some(&locked.digest))?
        }
        None => registries.fetch(&wanted.package)?,
    };
    let placed = |error: Diagnostic| error.at(Place::argument(fetched.reference().to_string()));
    match source::decode(fetched.contents()).map_err(placed)? {
        DecodedWasm::WitPackage(resolve, id) => {
            let name = resolve.packages[id].name.to_string();
            if name != fetched.reference().to_string() {
                let message = format!("the registry has another package under this name: `{name}`");
                return Err(placed(Diagnostic::error("wrong-package", message))
                    .help("whoever published it has to mend that; nothing was written"));
            }
            Ok(Found {
                wanted,
                registry,
                fetched,
                resolve,
            })
        }
        DecodedWasm::Component(..) => {
            let message = "this is a component, and a dependency is a WIT package";
            Err(placed(Diagnostic::error("not-a-package", message))
                .help("name the package that its interfaces come from"))
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
        let own = found.fetched.reference().to_string();
        let all = source::texts(&found.resolve)?;
        texts.extend(all.into_iter().filter(|(name, _)| name.to_string() == own));
        carried.merge(found.resolve.clone()).map_err(|error| {
            let message = format!("`{own}` doesn't go together with the other packages: {error:#}");
            Diagnostic::error("cannot-merge", message)
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

/// Where packages stand under `deps/`, as wkg has it: `wasi-cli-0.3.2/package.wit`.
fn files(texts: &[NamedText]) -> FileSet {
    let mut files = FileSet::new();
    for (name, text) in texts {
        let folder = name.to_string().replace([':', '@', '+'], "-");
        files.insert(format!("{folder}/package.wit"), &**text);
    }
    files
}

fn listed(found: &[Found], beside: &Beside, used: &BTreeSet<usize>) -> Vec<Dependency> {
    let vendored = used.iter().map(|at| {
        let (name, path, _) = &beside.vendored[*at];
        Dependency::Vendored {
            name: name.to_string(),
            path: path.clone(),
        }
    });
    let fetched = found.iter().map(|found| Dependency::Fetched {
        name: found.fetched.reference().to_string(),
        digest: found.fetched.digest().to_owned(),
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
            | Dependency::Fetched { name, .. }
            | Dependency::Carried { name } => name,
        }
    }
}
