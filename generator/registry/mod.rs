//! Registries: publishes and fetches packages and components.
//!
//! A registry follows the OCI distribution specification, or is a directory. wkg's configuration assigns
//! packages to registries; `docs/registries.md` describes it.
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
//! let fetched = registries.fetch(&"wasi:http@0.3.1002".parse::<Reference>()?)?;
//! assert_eq!(fetched.digest(), artifact.digest());
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use semver::Version;

use crate::diagnostic::{Diagnostic, Place, Result, codes};

mod artifact;
mod backend;
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
mod secrets;
mod settings;
mod shared_variable;
mod tag;

pub use artifact::{Artifact, Metadata};
pub(crate) use fetch::dependency_file;
pub use fetch::{Dependencies, Dependency, FetchOptions, Override, dependencies};
pub use fetched::Fetched;
pub use lock::LOCK;
pub use options::Options;
pub use publish::{Publication, PublishOptions, State, Step, Verdict, publish};
pub use reference::Reference;

use backend::Backend;
use cache::Cache;
use oci::Scope;
use settings::Kind;

/// The most versions that a message lists.
const MAX_VERSIONS_SHOWN: usize = 10;

/// The registries that packages are fetched from and published to. Configuration is read, and requests are
/// sent, only when they are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registries {
    options: Options,
}

impl Registries {
    /// Returns registries with these options.
    pub fn new(options: Options) -> Self {
        Registries { options }
    }

    /// Returns the same registries without network access.
    #[must_use]
    pub fn offline(&self) -> Self {
        let mut options = self.options.clone();
        options.offline = true;
        Registries { options }
    }

    /// Whether one registry was chosen instead of those that the configuration assigns.
    pub(crate) fn is_chosen(&self) -> bool {
        self.options.registry.is_some()
    }

    /// Fetches a package or a component, from the cache if it was downloaded before. A reference without a
    /// version stands for the latest one.
    ///
    /// # Errors
    ///
    /// A package or a version that doesn't exist, a request that fails, and contents that don't match the
    /// digest of the registry.
    pub fn fetch(&self, reference: &Reference) -> Result<Fetched> {
        self.fetch_locked(reference, None)
    }

    /// As [`Registries::fetch`]; rejects contents that don't match the digest in the lock file.
    fn fetch_locked(&self, reference: &Reference, locked: Option<&str>) -> Result<Fetched> {
        let registry = settings::name(reference, &self.options)?.unwrap_or_default();
        let cache = self.cache()?;
        // A locked version is known by its digest, so the registry needn't look it up.
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
            let fetched = self.fetch_cached(reference, &registry, &cache)?;
            return match locked.filter(|locked| *locked != fetched.digest()) {
                Some(locked) => {
                    let (reference, digest) = (fetched.reference(), fetched.digest());
                    Err(lock::digest_mismatch(reference, digest, locked).into())
                }
                None => Ok(fetched),
            };
        }
        self.fetch_remote(&endpoint, reference, locked, &cache).map_err(|error| {
            let is_unreachable = matches!(
                error.code(),
                codes::REGISTRY_UNREACHABLE | codes::REGISTRY_TOO_SLOW
            );
            if is_unreachable && self.fetch_cached(reference, &registry, &cache).is_ok() {
                error.help("it is in the cache: `--offline` takes it from there")
            } else {
                error
            }
        })
    }

    /// Looks a package up in the registry, and downloads it unless the cache has its contents.
    fn fetch_remote(
        &self,
        endpoint: &settings::Endpoint,
        reference: &Reference,
        locked: Option<&str>,
        cache: &Cache,
    ) -> Result<Fetched> {
        let registry = endpoint.name.as_deref().unwrap_or_default();
        let backend = Backend::new(endpoint, reference, Scope::Pull)?;
        let version = match reference.version() {
            Some(version) => version.clone(),
            None => latest(backend.versions()?)
                .ok_or_else(|| not_in_registry(reference, &[], registry))?,
        };
        let reference = reference.with_version(version.clone());
        let Some(release) = backend.release(&version)? else {
            return Err(not_in_registry(&reference, &backend.versions()?, registry).into());
        };
        if let Some(locked) = locked.filter(|locked| *locked != release.digest) {
            return Err(lock::digest_mismatch(&reference, &release.digest, locked).into());
        }
        cache.store_release(registry, &reference, &version, &release.digest);
        let contents = match cache.contents(&release.digest) {
            Some(contents) => contents,
            None => {
                let contents = backend.contents(&release)?;
                cache.store(&release.digest, &contents);
                contents
            }
        };
        Ok(Fetched::new(reference, &release.digest, contents))
    }

    /// Fetches a package from the cache, without any request.
    fn fetch_cached(
        &self,
        reference: &Reference,
        registry: &str,
        cache: &Cache,
    ) -> Result<Fetched> {
        let cached = || {
            let version = match reference.version() {
                Some(version) => version.clone(),
                None => latest(cache.versions(registry, reference))?,
            };
            let digest = cache.release(registry, reference, &version)?;
            let contents = cache.contents(&digest)?;
            Some(Fetched::new(
                reference.with_version(version),
                &digest,
                contents,
            ))
        };
        cached().ok_or_else(|| {
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

/// Returns the latest version; a pre-release only if there are no other versions.
fn latest(versions: Vec<Version>) -> Option<Version> {
    let plain = versions.iter().filter(|version| version.pre.is_empty()).max();
    plain.or(versions.iter().max()).cloned()
}

/// The error for a package, or a version of it, that the registry doesn't have.
fn not_in_registry(reference: &Reference, versions: &[Version], registry: &str) -> Diagnostic {
    let is_local = registry.is_empty();
    let registry = match registry {
        "" => "the local directory".to_owned(),
        registry => format!("`{registry}`"),
    };
    let place = Place::argument(reference.to_string());
    if versions.is_empty() {
        let message = format!("{registry} has no package `{}`", reference.package());
        let error = Diagnostic::error(codes::NOT_IN_REGISTRY, message).at(place);
        if is_local {
            let namespace = reference.namespace();
            return error
                .help(format!("no registry is configured for `{namespace}`: name one with --registry, or in wkg's configuration"));
        }
        return error
            .help("is the name right, and the registry? some call missing what you may not see; `docker login` lets them know who asks");
    }
    let mut sorted = versions.to_vec();
    sorted.sort();
    let latest: Vec<String> =
        sorted.iter().rev().take(MAX_VERSIONS_SHOWN).map(ToString::to_string).collect();
    let message = format!(
        "{registry} has `{}`, and no such version of it",
        reference.package()
    );
    Diagnostic::error(codes::NOT_IN_REGISTRY, message)
        .at(place)
        .help(format!("the latest versions are: {}", latest.join(", ")))
}
