//! Searches the packages of registries, of the cache and of the program.

use std::sync::atomic::{AtomicUsize, Ordering};

use semver::Version;
use serde::Serialize;
use wit_component::DecodedWasm;
use wit_parser::{Resolve, WorldItem, WorldKey};

use super::oci::Repository;
use super::settings::{self, Endpoint, Kind};
use super::{Fetched, Reference, Registries, configuration, directory};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::extern_names::ExternNames;
use crate::names::is_same_interface;
use crate::panics::call;
use crate::source;

/// How many packages are looked at at the same time.
const MAX_THREADS: usize = 8;

/// The conditions of a search for packages; each part narrows the search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// A part of the package's name.
    pub text: Option<String>,
    /// An interface that a component, or a world of a package, exports: `wasi:http/handler`, in any version unless one is given.
    pub exports: Option<String>,
    /// An interface that it imports.
    pub imports: Option<String>,
}

/// The results of a search.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SearchResults {
    /// The packages, in their latest versions, sorted by name.
    pub hits: Vec<Hit>,
    /// Where the search looked: `here`, `the cache of ghcr.io`, `witgen`.
    pub searched: Vec<String>,
    /// Registries that don't list their packages, and packages that can't be read.
    pub findings: Vec<Diagnostic>,
}

/// A package that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Hit {
    /// The package, with its latest version.
    pub package: String,
    /// Where it was found.
    pub registry: String,
    /// The kind of the package.
    pub kind: HitKind,
    /// Its own description.
    pub description: Option<String>,
    /// The interfaces that the component or the package's worlds export.
    pub exports: Vec<String>,
    /// The interfaces that they import.
    pub imports: Vec<String>,
}

/// The kind of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HitKind {
    /// A WIT package.
    Package,
    /// A component.
    Component,
}

/// Where packages are listed.
enum Shelf {
    /// The packages that the program contains.
    BuiltIn,
    /// A registry.
    Registry(Endpoint),
    /// The known packages of a registry.
    Cache(String),
}

impl Shelf {
    fn title(&self) -> String {
        match self {
            Shelf::BuiltIn => "witgen".to_owned(),
            Shelf::Registry(Endpoint {
                name: Some(name), ..
            }) => name.clone(),
            Shelf::Registry(_) => "the local directory".to_owned(),
            Shelf::Cache(name) => format!("the cache of {name}"),
        }
    }
}

/// Searches the registry that the options name; without one, those of the configuration, what the cache has of others, and what
/// the program contains. A registry that doesn't list its packages is searched in the cache.
///
/// # Errors
///
/// A registry that doesn't respond, and an interface that isn't written as one.
pub fn search(registries: &Registries, query: &Query) -> Result<SearchResults> {
    for interface in [&query.exports, &query.imports].into_iter().flatten() {
        require_interface(interface)?;
    }
    let mut found = SearchResults::default();
    let mut jobs = Vec::new();
    for (shelf, packages) in shelves(registries, &mut found.findings)? {
        found.searched.push(shelf.title());
        let is_named =
            |it: &Reference| query.text.as_ref().is_none_or(|text| it.to_string().contains(text));
        jobs.push((
            shelf,
            packages.into_iter().filter(is_named).collect::<Vec<_>>(),
        ));
    }
    let jobs: Vec<(&Shelf, &Reference)> = jobs
        .iter()
        .flat_map(|(shelf, packages)| packages.iter().map(move |it| (shelf, it)))
        .collect();
    for (result, (_, package)) in look_at_all(registries, &jobs).into_iter().zip(&jobs) {
        match result {
            Ok(hit) if is_hit(&hit, query) => found.hits.push(hit),
            Ok(_) => {}
            Err(failure) => found.findings.push(skipped(package, failure.first())),
        }
    }
    found
        .hits
        .sort_by(|a, b| (&a.package, &a.registry).cmp(&(&b.package, &b.registry)));
    Ok(found)
}

/// Lists the packages of all registries.
fn shelves(
    registries: &Registries,
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<(Shelf, Vec<Reference>)>> {
    let options = &registries.options;
    let cache = registries.cache()?;
    let mut shelves: Vec<(Shelf, Vec<Reference>)> = Vec::new();
    let mut names = Vec::new();
    for sample in configuration::samples(options)? {
        let endpoint = settings::find(&sample, options)?;
        if names.contains(&endpoint.name) {
            continue;
        }
        names.push(endpoint.name.clone());
        let name = endpoint.name.clone().unwrap_or_default();
        let listed = match &endpoint.kind {
            Kind::Directory(root) => Some(directory::packages(root)),
            Kind::Oci(_) if options.offline => None,
            Kind::Oci(oci) => {
                let listed = Repository::catalog(oci)?;
                if listed.is_none() {
                    findings.push(unlisted(&name));
                }
                listed
            }
        };
        shelves.push(match listed {
            Some(packages) => (Shelf::Registry(endpoint), packages),
            None => (Shelf::Cache(name.clone()), cache.packages(&name)),
        });
    }
    if !registries.is_chosen() {
        for name in cache.registries() {
            let packages = cache.packages(&name);
            if !names.contains(&Some(name.clone())) && !packages.is_empty() && !name.is_empty() {
                shelves.push((Shelf::Cache(name), packages));
            }
        }
        let built_in = source::built_in_packages().filter_map(|name| name.parse().ok());
        shelves.push((Shelf::BuiltIn, built_in.collect()));
    }
    Ok(shelves)
}

/// Looks at packages, several at the same time; the results are in their order.
fn look_at_all(registries: &Registries, jobs: &[(&Shelf, &Reference)]) -> Vec<Result<Hit>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut results = Vec::new();
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some((shelf, package)) = jobs.get(index)
        {
            results.push((index, look_at(registries, shelf, package)));
        }
        results
    };
    let mut results: Vec<(usize, Result<Hit>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..MAX_THREADS.min(jobs.len())).map(|_| scope.spawn(work)).collect();
        let results = threads.into_iter().flat_map(|thread| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        results.collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Reads the latest version of a package.
fn look_at(registries: &Registries, shelf: &Shelf, package: &Reference) -> Result<Hit> {
    let cache = registries.cache()?;
    let fetched = match shelf {
        Shelf::BuiltIn => {
            let name = package.to_string();
            let resolve = source::load_built_in(&name).expect("it is one of these")?;
            return Ok(hit_of_package(name, shelf, &resolve, None));
        }
        Shelf::Registry(endpoint) => {
            registries.fetch_remote(endpoint, package, None, &cache)?.fetched
        }
        Shelf::Cache(name) => registries.fetch_cached(package, name, &cache)?,
    };
    describe(shelf, &fetched)
}

fn describe(shelf: &Shelf, fetched: &Fetched) -> Result<Hit> {
    let bytes = fetched.contents();
    let metadata = call(|| wasm_metadata::Payload::from_binary(bytes)).ok();
    let description = metadata
        .as_ref()
        .and_then(|it| it.metadata().description.as_ref().map(ToString::to_string));
    let name = fetched.reference().to_string();
    match source::decode(bytes) {
        Ok(DecodedWasm::WitPackage(resolve, _)) => {
            Ok(hit_of_package(name, shelf, &resolve, description))
        }
        Err(failure) if failure.code() != codes::NOT_IN_WIT => Err(failure),
        // A component that WIT can't express has names, too.
        Ok(DecodedWasm::Component(..)) | Err(_) => {
            let names = ExternNames::of(bytes)?;
            let imports = names.imports.into_iter().map(|it| it.implements.unwrap_or(it.name));
            Ok(Hit {
                package: name,
                registry: shelf.title(),
                kind: HitKind::Component,
                description,
                imports: imports.collect(),
                exports: names.exports,
            })
        }
    }
}

fn hit_of_package(
    name: String,
    shelf: &Shelf,
    resolve: &Resolve,
    description: Option<String>,
) -> Hit {
    let own = resolve.packages.iter().find(|(_, package)| package.name.to_string() == name);
    let worlds = own.into_iter().flat_map(|(_, package)| package.worlds.values());
    let worlds: Vec<_> = worlds.map(|id| &resolve.worlds[*id]).collect();
    let names = |items: &mut dyn Iterator<Item = (&WorldKey, &WorldItem)>| {
        let names = items.filter_map(|(_, item)| match item {
            WorldItem::Interface { id, .. } => resolve.id_of(*id),
            _ => None,
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names.dedup();
        names
    };
    let exports = names(&mut worlds.iter().flat_map(|world| &world.exports));
    let imports = names(&mut worlds.iter().flat_map(|world| &world.imports));
    let (registry, kind) = (shelf.title(), HitKind::Package);
    Hit {
        package: name,
        registry,
        kind,
        description,
        exports,
        imports,
    }
}

fn is_hit(hit: &Hit, query: &Query) -> bool {
    let has = |names: &[String], wanted: &Option<String>| {
        let Some(wanted) = wanted else {
            return true;
        };
        names.iter().any(|name| match wanted.contains('@') {
            true => is_same_interface(name, wanted),
            false => name.split('@').next() == Some(wanted),
        })
    };
    has(&hit.exports, &query.exports) && has(&hit.imports, &query.imports)
}

/// Rejects a text that can't be an interface's name.
fn require_interface(written: &str) -> Result<()> {
    let (path, version) = match written.split_once('@') {
        Some((path, version)) => (path, Some(version)),
        None => (written, None),
    };
    let is_interface = path.split_once('/').is_some_and(|(package, interface)| {
        package.parse::<Reference>().is_ok() && !interface.is_empty() && !interface.contains('/')
    });
    let is_version = version.is_none_or(|version| Version::parse(version).is_ok());
    if is_interface && is_version {
        return Ok(());
    }
    let message = format!("`{written}` is not the name of an interface");
    Err(Diagnostic::error(codes::INVALID_REFERENCE, message)
        .at(Place::argument(written))
        .help("write it as `namespace:package/interface`, as in `wasi:http/handler`, with or without a version")
        .into())
}

fn unlisted(registry: &str) -> Diagnostic {
    let message = format!("`{registry}` doesn't list its packages");
    Diagnostic::warning(codes::CATALOG_REFUSED, message)
        .at(Place::argument(registry))
        .help("only the packages that were downloaded from it before are searched")
}

/// The finding for a package that can't be read.
fn skipped(package: &Reference, failure: &Diagnostic) -> Diagnostic {
    let message = format!("`{package}` was not searched: {}", failure.message);
    Diagnostic::warning(failure.code, message).at(Place::argument(package.to_string()))
}
