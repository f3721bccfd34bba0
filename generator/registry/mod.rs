//! Registries: packages and components published, and fetched again.
//!
//! A registry is one of the OCI distribution specification, or a directory. Which one has a package says
//! wkg's configuration; `docs/registries.md` describes it all.
//!
//! ```
//! use witgen::registry::{Artifact, Metadata, Options, PublishOptions, Reference, Registries, publish};
//! use witgen::source::{Features, Source, load};
//!
//! let dir = tempfile::tempdir().unwrap();
//! let registries = Registries::new(Options {
//!     registry: Some(format!("{}/", dir.path().display())),
//!     ..Options::default()
//! });
//! let package = load(&Source::Embedded, &Features::All)?;
//! let artifact = Artifact::of_package(&package, &Metadata::default())?;
//! publish(&artifact, &registries, &PublishOptions::default(), &|_| {})?;
//!
//! let fetched = registries.fetch(&"wasi:http@0.3.3".parse::<Reference>()?)?;
//! assert_eq!(fetched.digest(), artifact.digest());
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use semver::Version;

use crate::diagnostic::{Diagnostic, Place, Result, codes};

mod artifact;
mod cache;
mod credentials;
mod digest;
mod directory;
mod fault;
mod fetch;
mod fetched;
mod http;
mod lock;
mod oci;
mod options;
mod publish;
mod reference;
mod release;
mod settings;
mod tag;

pub use artifact::{Artifact, Metadata};
pub use fetch::{Dependencies, Dependency, FetchOptions, dependencies};
pub use fetched::Fetched;
pub use lock::LOCK;
pub use options::Options;
pub use publish::{Publication, PublishOptions, State, Step, Verdict, publish};
pub use reference::Reference;

use cache::Cache;
use oci::Scope;
use release::Release;
use settings::Kind;

/// The registries that packages come from and go to. Nothing is read or asked until it is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registries {
    options: Options,
}

/// A package's place in its registry.
enum Shelf {
    Directory(directory::Directory),
    Oci(Box<oci::Repository>),
}

impl Registries {
    /// Registries that are used in this way.
    pub fn new(options: Options) -> Self {
        Registries { options }
    }

    /// The same, asking nobody over the network.
    #[must_use]
    pub fn offline(&self) -> Self {
        let mut options = self.options.clone();
        options.offline = true;
        Registries { options }
    }

    /// A package or a component; the latest version if none is said. It is downloaded once.
    ///
    /// # Errors
    ///
    /// A package or a version that isn't there, and whatever keeps it from coming; nothing but what the
    /// registry's digest says is ever returned.
    pub fn fetch(&self, reference: &Reference) -> Result<Fetched> {
        self.fetch_locked(reference, None)
    }

    /// As [`Registries::fetch`], if the digest is this one.
    fn fetch_locked(&self, reference: &Reference, locked: Option<&str>) -> Result<Fetched> {
        let registry = settings::name(reference, &self.options)?.unwrap_or_default();
        let registry = registry.as_str();
        let cache = self.cache()?;
        // What is locked is known by its digest: nobody has to be asked which one it is.
        if let Some(digest) = locked
            && reference.version().is_some()
            && let Some(contents) = cache.contents(digest)
        {
            return Ok(Fetched::new(reference.clone(), digest, contents));
        }
        let endpoint = settings::find(reference, &self.options)?;
        if self.options.offline
            && let Kind::Oci(_) = endpoint.kind
        {
            let found = self.cached(reference, registry, &cache)?;
            return match locked.filter(|locked| *locked != found.digest()) {
                Some(locked) => {
                    Err(lock::differs(found.reference(), found.digest(), locked).into())
                }
                None => Ok(found),
            };
        }
        self.asked(&endpoint, reference, locked, &cache)
            .map_err(|error| {
                let is_unreachable = matches!(
                    error.code(),
                    codes::REGISTRY_UNREACHABLE | codes::REGISTRY_TOO_SLOW
                );
                match is_unreachable && self.cached(reference, registry, &cache).is_ok() {
                    true => error.help("it is in the cache: `--offline` takes it from there"),
                    false => error,
                }
            })
    }

    /// From the registry, or from the cache what the registry says that it has.
    fn asked(
        &self,
        endpoint: &settings::Endpoint,
        reference: &Reference,
        locked: Option<&str>,
        cache: &Cache,
    ) -> Result<Fetched> {
        let registry = endpoint.name.as_deref().unwrap_or_default();
        let shelf = Shelf::open(endpoint, reference, Scope::Pull)?;
        let version = match reference.version() {
            Some(version) => version.clone(),
            None => latest(shelf.versions()?).ok_or_else(|| missing(reference, &[], registry))?,
        };
        let reference = reference.with_version(version.clone());
        let Some(release) = shelf.release(&version)? else {
            return Err(missing(&reference, &shelf.versions()?, registry).into());
        };
        if let Some(locked) = locked.filter(|locked| *locked != release.digest) {
            return Err(lock::differs(&reference, &release.digest, locked).into());
        }
        cache.keep_release(registry, &reference, &version, &release.digest);
        let contents = match cache.contents(&release.digest) {
            Some(contents) => contents,
            None => {
                let contents = shelf.contents(&release)?;
                cache.keep(&release.digest, &contents);
                contents
            }
        };
        Ok(Fetched::new(reference, &release.digest, contents))
    }

    /// From the cache alone.
    fn cached(&self, reference: &Reference, registry: &str, cache: &Cache) -> Result<Fetched> {
        let version = reference.version().cloned();
        let version = version.or_else(|| latest(cache.versions(registry, reference)));
        let found = version.and_then(|version| {
            let digest = cache.release(registry, reference, &version)?;
            let contents = cache.contents(&digest)?;
            Some(Fetched::new(
                reference.with_version(version),
                &digest,
                contents,
            ))
        });
        found.ok_or_else(|| {
            let message =
                format!("`{reference}` is not in the cache, and nobody may be asked for it");
            Diagnostic::error(codes::OFFLINE, message)
                .at(Place::argument("--offline"))
                .help("run the command once without `--offline`")
                .into()
        })
    }

    fn cache(&self) -> Result<Cache> {
        let root = match &self.options.cache {
            Some(root) => root.clone(),
            None => settings::default_cache()?,
        };
        Ok(Cache::new(root))
    }
}

impl Shelf {
    fn open(endpoint: &settings::Endpoint, package: &Reference, scope: Scope) -> Result<Self> {
        Ok(match &endpoint.kind {
            Kind::Directory(root) => Shelf::Directory(directory::Directory::new(root, package)),
            Kind::Oci(oci) => Shelf::Oci(Box::new(oci::Repository::new(oci, package, scope)?)),
        })
    }

    fn address(&self, version: &Version) -> Result<String> {
        match self {
            Shelf::Directory(directory) => Ok(directory.address(version)),
            Shelf::Oci(repository) => repository.address(version),
        }
    }

    fn versions(&self) -> Result<Vec<Version>> {
        match self {
            Shelf::Directory(directory) => directory.versions(),
            Shelf::Oci(repository) => repository.versions(),
        }
    }

    fn release(&self, version: &Version) -> Result<Option<Release>> {
        match self {
            Shelf::Directory(directory) => directory.release(version),
            Shelf::Oci(repository) => repository.release(version),
        }
    }

    fn contents(&self, release: &Release) -> Result<Vec<u8>> {
        match self {
            Shelf::Directory(directory) => directory.contents(release),
            Shelf::Oci(repository) => repository.contents(release),
        }
    }

    fn push(&self, artifact: &Artifact) -> Result<Release> {
        match self {
            Shelf::Directory(directory) => directory.push(artifact),
            Shelf::Oci(repository) => repository.push(artifact),
        }
    }
}

/// The latest version; pre-releases count where there is nothing else.
fn latest(versions: Vec<Version>) -> Option<Version> {
    let plain = versions
        .iter()
        .filter(|version| version.pre.is_empty())
        .max();
    plain.or(versions.iter().max()).cloned()
}

/// What isn't there: the package, or only this version of it.
fn missing(reference: &Reference, versions: &[Version], registry: &str) -> Diagnostic {
    let is_local = registry.is_empty();
    let registry = match registry {
        "" => "the local directory".to_owned(),
        registry => format!("`{registry}`"),
    };
    let place = Place::argument(reference.to_string());
    if versions.is_empty() {
        let message = format!("{registry} has no package `{}`", reference.package());
        let missing = Diagnostic::error(codes::NOT_IN_REGISTRY, message).at(place);
        if is_local {
            let namespace = reference.namespace();
            return missing
                .help(format!("no registry is configured for `{namespace}`: name one with --registry, or in wkg's configuration"));
        }
        return missing
            .help("is the name right, and the registry? some call missing what you may not see; `docker login` lets them know who asks");
    }
    let mut versions = versions.to_vec();
    versions.sort();
    let list: Vec<String> = versions
        .iter()
        .rev()
        .take(10)
        .map(ToString::to_string)
        .collect();
    let message = format!(
        "{registry} has `{}`, and no such version of it",
        reference.package()
    );
    Diagnostic::error(codes::NOT_IN_REGISTRY, message)
        .at(place)
        .help(format!("the latest versions are: {}", list.join(", ")))
}
