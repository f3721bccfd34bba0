//! Dependencies: finds the packages that a package needs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wit_parser::{PackageName, Resolve};

use super::Registries;
use super::lock::{Lock, Locked};
use super::requirements::violations;
use super::signers::{Signed, Signers, signers_file};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::fileset::{FileSet, Plan, WriteOptions, recorded_files, write_file};
use crate::panics::call;
use crate::paths;
use crate::source::{self, Needs, Package};

mod found;
mod options;
mod overrides;
mod remote;
mod vendored;
mod wanted;

pub use options::FetchOptions;
pub use overrides::Override;
pub(crate) use wanted::dependency_file;

use found::{Download, FoundPackage, Origin};
use overrides::Overrides;
use vendored::Vendored;
use wanted::{NamedText, Wanted, folder_of};

/// A package that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dependency {
    /// A package that the user added to `deps/`.
    Vendored {
        /// The package.
        name: String,
        /// Its folder or file.
        path: PathBuf,
    },
    /// A package in a directory that the options name.
    Overridden {
        /// The package, with its version.
        name: String,
        /// Its directory.
        path: PathBuf,
    },
    /// A package that witgen contains.
    BuiltIn {
        /// The package, with its version.
        name: String,
    },
    /// A package of a registry.
    Fetched {
        /// The package, with its version.
        name: String,
        /// The digest of its contents.
        digest: String,
    },
    /// A package that another one includes, as far as it uses it.
    Carried {
        /// The package.
        name: String,
    },
}

/// The dependencies of a package, and the files to write for them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dependencies {
    /// The packages, sorted by name.
    pub packages: Vec<Dependency>,
    /// The files of `deps/` that come from registries.
    pub files: FileSet,
    /// The new text of the lock file; none if it stays as it is.
    pub lock: Option<String>,
    /// The entries that the lock file gains and loses; none if it stays as it is.
    pub lock_changes: Vec<String>,
    /// The new text of `witgen.lock`, beside the lock file; none if it stays as it is.
    pub signers: Option<String>,
    /// The entries that `witgen.lock` gains and loses; none if it stays as it is.
    pub signer_changes: Vec<String>,
    /// Packages in `deps/` that nothing needs.
    pub findings: Vec<Diagnostic>,
}

/// Finds the dependencies of the package in the directory `wit`. Vendored packages have priority, then the directories in the
/// options, and the rest comes from registries, in the versions that the file `lock` lists. A built-in package needs no
/// registry, unless the lock file lists it or it has a registry of its own. The dependencies are resolved together before they
/// are returned; nothing is written.
///
/// # Errors
///
/// All packages that can't be found or fetched, contents that differ from the lock file, and dependencies
/// that don't resolve together.
pub fn dependencies(
    wit: &Path,
    lock: &Path,
    registries: &Registries,
    options: &FetchOptions,
) -> Result<Dependencies> {
    Ok(resolve_dependencies(wit, lock, registries, options)?.0)
}

/// As [`dependencies`]; also returns the package, resolved with them.
pub(crate) fn resolve_dependencies(
    wit: &Path,
    lock: &Path,
    registries: &Registries,
    options: &FetchOptions,
) -> Result<(Dependencies, Package)> {
    find_dependencies(wit, lock, registries, options, &[])
}

/// Finds the dependencies of a package; `outer` are the directories of the packages that it is needed for.
fn find_dependencies(
    wit: &Path,
    lock: &Path,
    registries: &Registries,
    options: &FetchOptions,
    outer: &[PathBuf],
) -> Result<(Dependencies, Package)> {
    let edited = &options.edited;
    let needs = source::needs(wit, edited)?;
    let own_texts = source::directory_texts(wit, edited)?;
    if let Some(failure) = Failure::of(violations(&own_texts, &options.requirements)) {
        return Err(failure);
    }
    let old_signers = Signers::read(&signers_file(lock))?;
    let registries = &registries.with_locked_signers(old_signers.clone());
    let overrides = Overrides::new(&options.overrides, &options.members)?;
    let mut recorded = recorded_files(&wit.join("deps"))?;
    let old_lock = if options.directories_only {
        overrides.retain_files(&mut recorded, &needs);
        Lock::default()
    } else {
        Lock::read(lock)?
    };
    let obeyed_lock = if options.update {
        &Lock::default()
    } else {
        &old_lock
    };
    let vendored = Vendored::new(&needs, &old_lock, &recorded, wit, options.update);

    let (mut used, mut wanted) = vendored.split_needs(&needs, &options.requirements)?;
    if options.directories_only {
        wanted.retain(|it| overrides.find(&it.package).is_some());
    }
    let complete = |dir: &Path| {
        let mut options = options.clone();
        if options.directories_only {
            options.members.extend(overrides::of_vendored(&vendored));
        }
        complete(dir, registries, &options, outer, wit)
    };
    let find_one = |wanted: Wanted| match overrides.find(&wanted.package) {
        Some(directory) => {
            let found = overrides::load(&wanted, directory, &complete)?;
            overrides::require_no_circle(&found, directory, &needs.name)?;
            Ok(found)
        }
        None => remote::fetch(wanted, obeyed_lock, registries, options),
    };
    let mut found = find_all(wanted, find_one)?;
    let wanted_count = found.len();
    let wanted_names: Vec<PackageName> = found.iter().map(FoundPackage::package_name).collect();
    overrides.add_to(&mut found, &needs, &vendored, &complete)?;
    // A fetched package includes what it uses, and `deps/` may have the same packages.
    let included = found.iter().flat_map(|package| package.resolve.packages.iter());
    used.extend(included.filter_map(|(_, package)| vendored.find(&package.name)));
    let mut texts = new_texts(&found, &needs, &vendored)?;
    if found.len() > wanted_count {
        overrides::retain_needed(&mut texts, &needs, &vendored, &wanted_names)?;
    }
    let listed: BTreeSet<String> = texts.iter().map(|(name, _)| name.to_string()).collect();
    let equal_entries = vendored.equal_entries(wit, edited, &texts)?;
    texts.retain(|(name, _)| !equal_entries.contains_key(&name.to_string()));
    let kept: Vec<&Path> = vendored.paths().chain(equal_entries.values().copied()).collect();
    let package = source::resolve_with(wit, edited, &kept, &texts)?;

    let new_lock = lock_of(&found);
    let lock_changes = lock_changes(&old_lock, &new_lock);
    let (signers, signer_changes) = signers(&found, &old_signers);
    let dependencies = Dependencies {
        packages: list(&found, &listed, &vendored, &used),
        files: files(&texts)?,
        lock: (!lock_changes.is_empty()).then(|| new_lock.to_text()),
        lock_changes,
        signers,
        signer_changes,
        findings: [vendored.unused(&used), overrides.unused(&found, &vendored)].concat(),
    };
    Ok((dependencies, package))
}

/// Loads a directory that a package is taken from and whose own `deps/` lacks packages.
fn complete(
    dir: &Path,
    registries: &Registries,
    options: &FetchOptions,
    outer: &[PathBuf],
    wit: &Path,
) -> Result<Package> {
    let outer = [outer, &[paths::absolute(wit)]].concat();
    if outer.contains(&paths::absolute(dir)) {
        let message = format!(
            "the package in `{}` depends on itself through directories of other packages",
            dir.display()
        );
        return Err(overrides::circle(message, dir).into());
    }
    let options = FetchOptions {
        locked: options.locked,
        overrides: options.overrides.clone(),
        members: options.members.clone(),
        directories_only: options.directories_only,
        ..FetchOptions::default()
    };
    let lock = dir.parent().unwrap_or(Path::new("")).join(super::LOCK);
    let (_, package) = find_dependencies(dir, &lock, registries, &options, &outer)?;
    Ok(package)
}

/// Returns the lock of the packages that come from registries.
fn lock_of(found: &[FoundPackage]) -> Lock {
    let mut lock = Lock::default();
    for package in found {
        let Origin::Registry(download) = &package.origin else {
            continue;
        };
        let Download {
            wanted,
            requirement,
            registry,
            fetched,
        } = &**download;
        let version = fetched.reference().version().cloned();
        let locked = Locked {
            requirement: requirement.clone(),
            version: version.expect("fetched in a version"),
            digest: fetched.digest().to_owned(),
        };
        lock.insert(&wanted.package, registry.as_deref(), locked);
    }
    lock
}

/// Returns the new text of the file of signers, unless it is unchanged, and its changes.
fn signers(found: &[FoundPackage], old: &Signers) -> (Option<String>, Vec<String>) {
    let mut new = Signers::default();
    for package in found {
        if let Origin::Registry(download) = &package.origin {
            let fetched = &download.fetched;
            let signed = fetched.signers().iter().map(|signer| Signed {
                name: fetched.reference().without_version().to_string(),
                version: fetched.reference().version().cloned().expect("fetched in a version"),
                digest: fetched.digest().to_owned(),
                signer: signer.clone(),
            });
            new.insert(old, signed.collect());
        }
    }
    if *old == new {
        return (None, Vec::new());
    }
    let changes = marked_changes(old.lines_missing_in(&new), new.lines_missing_in(old));
    (Some(new.to_text()), changes)
}

/// Describes the entries that a lock loses (`-`) and gains (`+`).
fn lock_changes(old: &Lock, new: &Lock) -> Vec<String> {
    if old.is_equivalent(new) {
        return Vec::new();
    }
    marked_changes(old.lines_missing_in(new), new.lines_missing_in(old))
}

fn marked_changes(lost: Vec<String>, gained: Vec<String>) -> Vec<String> {
    let marked = |mark: &'static str| move |line: String| format!("{mark} {line}");
    lost.into_iter()
        .map(marked("-"))
        .chain(gained.into_iter().map(marked("+")))
        .collect()
}

/// Finds all packages at the same time.
fn find_all(
    wanted: Vec<Wanted>,
    find_one: impl Fn(Wanted) -> Result<FoundPackage> + Sync,
) -> Result<Vec<FoundPackage>> {
    let results: Vec<Result<FoundPackage>> = std::thread::scope(|scope| {
        let find_one = &find_one;
        let threads: Vec<_> =
            wanted.into_iter().map(|wanted| scope.spawn(move || find_one(wanted))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    Failure::collect(results)
}

/// Returns the texts of found packages, and of those that they include and `deps/` doesn't have.
fn new_texts(found: &[FoundPackage], needs: &Needs, vendored: &Vendored) -> Result<Vec<NamedText>> {
    let mut texts: Vec<NamedText> = Vec::new();
    for FoundPackage { name, resolve, .. } in found {
        let own_text = source::package_texts(resolve)?
            .into_iter()
            .filter(|(other, _)| other.to_string() == *name);
        texts.extend(own_text);
    }
    // Of a package that both include, overrides have the contents that belong to theirs.
    let (overridden, fetched): (Vec<_>, Vec<_>) =
        found.iter().partition(|package| matches!(package.origin, Origin::Override(_)));
    let has_overrides = !overridden.is_empty();
    for packages in [overridden, fetched] {
        let included = match merged(&packages) {
            Ok(merged) => source::package_texts(&merged)?,
            // They include what an override replaces, with other contents.
            Err(_) if has_overrides => longest_texts(&packages)?,
            Err(error) => return Err(error),
        };
        for (name, text) in included {
            let is_listed = texts.iter().any(|(other, _)| *other == name);
            if !is_listed && name != needs.name && vendored.find(&name).is_none() {
                texts.push((name, text));
            }
        }
    }
    texts.sort_by_key(|(name, _)| name.to_string());
    Ok(texts)
}

/// Returns the texts of packages and of what they include, those first that have most of a package.
fn longest_texts(packages: &[&FoundPackage]) -> Result<Vec<NamedText>> {
    let texts = packages.iter().map(|package| source::package_texts(&package.resolve));
    let mut texts: Vec<NamedText> =
        Failure::collect::<_, Vec<_>>(texts)?.into_iter().flatten().collect();
    texts.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
    Ok(texts)
}

/// Returns packages and what they include, as far as any of them includes it.
fn merged(packages: &[&FoundPackage]) -> Result<Resolve> {
    let mut merged = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    for FoundPackage { name, resolve, .. } in packages {
        call(|| merged.merge(resolve.clone())).map_err(|error| {
            let message =
                format!("`{name}` conflicts with the other packages: {error:#}");
            Diagnostic::error(codes::CANNOT_MERGE, message)
                .at(Place::argument(name))
                .help("they may contain different contents of one version; report this to their publishers")
        })?;
    }
    Ok(merged)
}

/// Returns the files of `deps/` with these texts.
fn files(texts: &[NamedText]) -> Result<FileSet> {
    let mut files = FileSet::new();
    for (index, (name, text)) in texts.iter().enumerate() {
        let folder = folder_of(name);
        let clash = texts[..index].iter().find(|(other, _)| folder_of(other) == folder);
        if let Some((other, _)) = clash {
            let message = format!("`{name}` and `{other}` would both be written to `{folder}`");
            return Err(Diagnostic::error(codes::SAME_FOLDER, message)
                .at(Place::path(&folder))
                .help("vendor one of them: copy it into `deps/` under another name")
                .into());
        }
        files.insert(dependency_file(name), &**text);
    }
    Ok(files)
}

/// Lists all dependencies, sorted by name; of those that others include, the ones that are `listed`.
fn list(
    found: &[FoundPackage],
    listed: &BTreeSet<String>,
    vendored: &Vendored,
    used: &BTreeSet<usize>,
) -> Vec<Dependency> {
    let vendored = used.iter().map(|index| {
        let package = &vendored.packages[*index];
        Dependency::Vendored {
            name: package.name.to_string(),
            path: package.path.clone(),
        }
    });
    let found_packages = found.iter().map(|package| match &package.origin {
        Origin::Registry(download) => Dependency::Fetched {
            name: package.name.clone(),
            digest: download.fetched.digest().to_owned(),
        },
        Origin::Override(path) => Dependency::Overridden {
            name: package.name.clone(),
            path: path.clone(),
        },
        Origin::BuiltIn => Dependency::BuiltIn {
            name: package.name.clone(),
        },
    });
    let mut dependencies: Vec<Dependency> = vendored.chain(found_packages).collect();
    let mut names: BTreeSet<String> =
        dependencies.iter().map(|dependency| dependency.name().to_owned()).collect();
    for package in found {
        for (_, included) in &package.resolve.packages {
            let name = included.name.to_string();
            if listed.contains(&name) && names.insert(name.clone()) {
                dependencies.push(Dependency::Carried { name });
            }
        }
    }
    dependencies.sort_by(|a, b| a.name().cmp(b.name()));
    dependencies
}

impl Dependencies {
    /// Writes the packages that come from registries into `deps`, and the lock file. Returns what has changed in `deps`.
    ///
    /// # Errors
    ///
    /// Files that witgen didn't write and `options` doesn't let it replace, and what the file system refuses.
    pub fn write(&self, deps: &Path, lock: &Path, options: &WriteOptions) -> Result<Plan> {
        let plan = self.files.plan(deps, options)?;
        // An empty set leaves no record behind where there was none.
        if !self.files.is_empty() || !plan.removed.is_empty() {
            self.files.write(deps, options)?;
        }
        if let Some(text) = &self.lock {
            write_file(lock, text.as_bytes())?;
        }
        if let Some(text) = &self.signers {
            write_file(&signers_file(lock), text.as_bytes())?;
        }
        Ok(plan)
    }

    /// Returns how many packages are needed, and where they come from.
    pub fn summary(&self) -> String {
        let count = |matches: fn(&Dependency) -> bool| {
            self.packages.iter().filter(|dependency| matches(dependency)).count()
        };
        let parts: Vec<String> = [
            (
                count(|dependency| matches!(dependency, Dependency::Vendored { .. })),
                "vendored and not locked",
            ),
            (
                count(|dependency| matches!(dependency, Dependency::Overridden { .. })),
                "overridden",
            ),
            (
                count(|dependency| matches!(dependency, Dependency::BuiltIn { .. })),
                "built in",
            ),
            (
                count(|dependency| matches!(dependency, Dependency::Fetched { .. })),
                "from registries",
            ),
            (
                count(|dependency| matches!(dependency, Dependency::Carried { .. })),
                "carried by these",
            ),
        ]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        match self.packages.len() {
            0 => "no packages are needed".to_owned(),
            1 => format!("1 package needed: {}", parts.join(", ")),
            all => format!("{all} packages needed: {}", parts.join(", ")),
        }
    }
}

impl Dependency {
    /// Returns the package's name and version.
    pub fn name(&self) -> &str {
        match self {
            Dependency::Vendored { name, .. }
            | Dependency::Overridden { name, .. }
            | Dependency::BuiltIn { name }
            | Dependency::Fetched { name, .. }
            | Dependency::Carried { name } => name,
        }
    }
}
