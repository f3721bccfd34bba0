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

use std::sync::Arc;

use semver::{Version, VersionReq};

use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::source;

mod artifact;
mod attest;
mod attestations;
mod backend;
mod cache;
mod configuration;
mod credentials;
mod digest;
mod directory;
mod evidence;
mod fault;
mod fetch;
mod fetched;
mod found;
mod host;
mod http;
mod image;
mod lock;
mod lock_text;
mod missing;
mod oci;
mod options;
mod project;
mod publication;
mod publish;
mod reference;
mod release;
mod reports;
mod requirements;
mod search;
mod secrets;
mod settings;
mod shared_variable;
mod signers;
mod tag;
mod trust;
mod verification;

pub use artifact::{Artifact, Metadata};
pub(crate) use digest::sha256;
pub use evidence::Examined;
pub use fetch::{Dependencies, Dependency, FetchOptions, Override, dependencies};
pub(crate) use fetch::{dependency_file, resolve_dependencies};
pub use fetched::Fetched;
pub(crate) use image::Location;
pub use lock::LOCK;
pub(crate) use lock::locked_packages;
pub(crate) use missing::unsatisfied;
pub use options::Options;
pub use project::{ProjectRegistries, ProjectRegistry};
pub use publication::{Publication, PublishOptions, State, Step, Verdict};
pub use publish::publish;
pub use reference::Reference;
pub use requirements::{Requirement, parse_requirement};
pub(crate) use requirements::{newest, violations};
pub use search::{Hit, HitKind, Query, SearchResults, search};
pub use signers::SIGNERS;
pub(crate) use signers::signers_file;
pub use verification::Verification;

use backend::Backend;
use cache::Cache;
use found::{Found, Remote};
use oci::Scope;
use reports::Reports;
use settings::Kind;
use signers::Signers;

/// The registries that packages are fetched from and published to. Configuration is read, and requests are
/// sent, only when they are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registries {
    options: Options,
    reports: Reports,
    /// The signers of packages in `witgen.lock`.
    locked_signers: Arc<Signers>,
}

impl Registries {
    /// Returns registries with these options.
    pub fn new(options: Options) -> Self {
        Registries {
            options,
            ..Registries::default()
        }
    }

    /// Returns a warning for each fetched package without an accepted attestation whose policy only requests a report.
    pub fn take_reports(&self) -> Vec<Diagnostic> {
        self.reports.take()
    }

    /// Returns the same registries without network access.
    #[must_use]
    pub fn offline(&self) -> Self {
        let mut options = self.options.clone();
        options.offline = true;
        Registries {
            options,
            ..self.clone()
        }
    }

    /// Returns the same registries, which look for the attestations of these signers even if others vouch for a package.
    fn with_locked_signers(&self, signers: Signers) -> Self {
        Registries {
            locked_signers: Arc::new(signers),
            ..self.clone()
        }
    }

    /// Returns the same registries with those of a project.
    #[must_use]
    pub fn with_project(&self, project: ProjectRegistries) -> Self {
        let mut options = self.options.clone();
        options.project = project;
        Registries {
            options,
            ..self.clone()
        }
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
        let registry = settings::name(reference, &self.options)?;
        let endpoint = || settings::find(reference, &self.options);
        self.fetch_from(registry, &endpoint, reference, None)
    }

    /// Fetches a locked version from the registry with this name, and rejects contents that don't match the digest in the lock
    /// file.
    fn fetch_locked(
        &self,
        reference: &Reference,
        registry: Option<String>,
        digest: &str,
    ) -> Result<Fetched> {
        let endpoint = || settings::find_locked(registry.as_deref(), reference, &self.options);
        self.fetch_from(registry.clone(), &endpoint, reference, Some(digest))
    }

    /// Returns the published versions of a package, in no order; without network access, those that were seen.
    ///
    /// # Errors
    ///
    /// A package that doesn't exist, and a request that fails.
    pub fn versions(&self, package: &Reference) -> Result<Vec<Version>> {
        let endpoint = settings::find(package, &self.options)?;
        let registry = endpoint.name.as_deref().unwrap_or_default();
        if self.options.offline
            && let Kind::Oci(_) = endpoint.kind
        {
            let versions = self.cache()?.versions(registry, package);
            return if versions.is_empty() {
                Err(not_cached(package).into())
            } else {
                Ok(versions)
            };
        }
        let cache = self.cache()?;
        let listed = Backend::new(&endpoint, package, Scope::Pull)?.versions();
        let versions = listed.map_err(|error| {
            if is_unreachable(&error) && !cache.versions(registry, package).is_empty() {
                error.help("versions of it are in the cache: `--offline` uses them")
            } else {
                error
            }
        })?;
        if versions.is_empty() {
            let error = missing::package(package, &endpoint, &cache);
            return Err(missing::with_built_in(error, package).into());
        }
        Ok(versions)
    }

    /// Returns the versions of a package that a manifest may require: the published ones, or the built-in one, unless the
    /// package `is_locked` or has a registry of its own.
    ///
    /// # Errors
    ///
    /// As [`Registries::versions`].
    pub(crate) fn available(&self, package: &Reference, is_locked: bool) -> Result<Vec<Version>> {
        if !is_locked && !settings::is_configured(package, &self.options)? {
            let built_in = source::built_in_packages().filter_map(|name| name.parse().ok());
            let versions: Vec<Version> = built_in
                .filter(|it: &Reference| it.package() == package.package())
                .filter_map(|it| it.version().cloned())
                .collect();
            if !versions.is_empty() {
                return Ok(versions);
            }
        }
        self.versions(package)
    }

    /// Returns the newest version of a package that a requirement allows.
    ///
    /// # Errors
    ///
    /// As [`Registries::versions`], and a requirement that no version satisfies.
    pub fn newest_version(&self, package: &Reference, requirement: &VersionReq) -> Result<Version> {
        let versions = self.versions(package)?;
        match newest(&versions, requirement) {
            Some(version) => Ok(version.clone()),
            None => Err(unsatisfied(package, requirement, &versions).into()),
        }
    }

    /// Fetches a package, and holds it to the policy of the project.
    fn fetch_from(
        &self,
        registry: Option<String>,
        endpoint: &dyn Fn() -> Result<settings::Endpoint>,
        reference: &Reference,
        locked: Option<&str>,
    ) -> Result<Fetched> {
        let found = self.find(registry, endpoint, reference, locked)?;
        let Some(rule) = self.options.project.trust(reference) else {
            return Ok(found.fetched);
        };
        let requirement = trust::Requirement {
            rule,
            cache: &self.cache()?,
            is_offline: self.options.offline,
            locked_signers: &self.locked_signers,
        };
        let (fetched, warning) = requirement.vouch(found, endpoint)?;
        self.reports.add(warning);
        Ok(fetched)
    }

    /// Fetches a package without checking its signers.
    fn find(
        &self,
        registry: Option<String>,
        endpoint: &dyn Fn() -> Result<settings::Endpoint>,
        reference: &Reference,
        locked: Option<&str>,
    ) -> Result<Found> {
        let registry = registry.unwrap_or_default();
        let cache = self.cache()?;
        let cached = |fetched| Found {
            fetched,
            remote: None,
        };
        // A locked version is known by its digest, so the registry needn't look it up.
        if let Some(digest) = locked
            && reference.version().is_some()
            && let Some(contents) = cache.contents(digest)
        {
            return Ok(cached(Fetched::new(reference.clone(), digest, contents)));
        }
        let endpoint = endpoint()?;
        if self.options.offline
            && let Kind::Oci(_) = endpoint.kind
        {
            let fetched = self.fetch_cached(reference, &registry, &cache)?;
            return match locked.filter(|locked| *locked != fetched.digest()) {
                Some(locked) => {
                    let (reference, digest) = (fetched.reference(), fetched.digest());
                    Err(lock::digest_mismatch(reference, digest, locked).into())
                }
                None => Ok(cached(fetched)),
            };
        }
        self.fetch_remote(&endpoint, reference, locked, &cache).map_err(|error| {
            if is_unreachable(&error) && self.fetch_cached(reference, &registry, &cache).is_ok() {
                error.help("the package is in the cache: use it with `--offline`")
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
    ) -> Result<Found> {
        let registry = endpoint.name.as_deref().unwrap_or_default();
        let backend = Backend::new(endpoint, reference, Scope::Pull)?;
        let version = match reference.version() {
            Some(version) => version.clone(),
            None => latest(backend.versions()?)
                .ok_or_else(|| missing::package(reference, endpoint, cache))?,
        };
        let reference = reference.with_version(version.clone());
        let Some(release) = backend.release(&version)? else {
            let versions = backend.versions()?;
            return Err(if versions.is_empty() {
                missing::package(&reference, endpoint, cache)
            } else {
                missing::version(&reference, &versions, registry)
            }
            .into());
        };
        if let Some(locked) = locked.filter(|locked| *locked != release.digest) {
            return Err(lock::digest_mismatch(&reference, &release.digest, locked).into());
        }
        cache.store_release(registry, &reference, &version, &release.digest);
        let (contents, remote) = match cache.contents(&release.digest) {
            Some(contents) => (contents, Remote::new(backend, release)),
            None => {
                let will_be_verified = self.options.project.trust(&reference).is_some();
                let (contents, remote) = Remote::download(backend, release, will_be_verified)?;
                cache.store(&remote.release.digest, &contents);
                (contents, remote)
            }
        };
        Ok(Found {
            fetched: Fetched::new(reference, &remote.release.digest, contents),
            remote: Some(remote),
        })
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
        cached().ok_or_else(|| not_cached(reference).into())
    }

    fn cache(&self) -> Result<Cache> {
        let root = match &self.options.cache {
            Some(root) => root.clone(),
            None => settings::default_cache()?,
        };
        Ok(Cache::new(root))
    }
}

/// Whether a registry could not be reached.
fn is_unreachable(failure: &Failure) -> bool {
    matches!(
        failure.code(),
        codes::REGISTRY_UNREACHABLE | codes::REGISTRY_TOO_SLOW
    )
}

/// The error for a package that `--offline` needs and the cache doesn't have.
fn not_cached(reference: &Reference) -> Diagnostic {
    let message = format!("`{reference}` is not cached, and `--offline` forbids downloading it");
    Diagnostic::error(codes::OFFLINE, message)
        .at(Place::argument("--offline"))
        .help("run the command once without `--offline`")
}

/// Returns the latest version; a pre-release only if there are no other versions.
fn latest(versions: Vec<Version>) -> Option<Version> {
    let plain = versions.iter().filter(|version| version.pre.is_empty()).max();
    plain.or(versions.iter().max()).cloned()
}
