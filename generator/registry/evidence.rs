//! The evidence for a package: its manifest, and the attestations that refer to it.

use super::attestations::Referrer;
use super::cache::Cache;
use super::oci::manifest::Manifest;
use super::release::Release;
use super::{Fetched, digest};
use crate::diagnostic::Result;
use crate::provenance::{Attestation, Rejection, Signer, Target, Trust, verify};
use crate::registry::backend::Backend;

/// A manifest and attestations that claim to belong to contents. None of them is verified yet.
#[derive(Clone, Default)]
pub(super) struct Evidence {
    /// The manifest; none in a directory.
    pub manifest: Option<Vec<u8>>,
    pub bundles: Vec<Referrer>,
}

/// An attestation, and whether it vouches for the package.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Examined {
    /// The attestation; none if it can't be read.
    pub attestation: Option<Attestation>,
    /// The accepted signer of the attestation, or the reason for its rejection.
    pub verdict: std::result::Result<Signer, Rejection>,
}

impl Evidence {
    /// Requests the evidence from a registry.
    ///
    /// # Errors
    ///
    /// A request that fails.
    pub fn of_registry(backend: &Backend, release: &Release) -> Result<Self> {
        Ok(match backend {
            Backend::Directory(directory) => Evidence {
                manifest: None,
                bundles: directory.attestations(&release.version),
            },
            Backend::Oci(repository) => {
                let manifest = repository.released_manifest(release)?;
                let digest = digest::sha256(&manifest);
                let kind = crate::provenance::BUNDLE_TYPE;
                Evidence {
                    bundles: repository.referrers(&release.version, &digest, kind)?,
                    manifest: Some(manifest),
                }
            }
        })
    }

    /// Returns the digest of the manifest.
    pub fn manifest_digest(&self) -> Option<String> {
        self.manifest.as_deref().map(digest::sha256)
    }

    /// Reads the evidence from the cache; `None` if no manifest is cached. Evidence from directories isn't cached.
    pub fn of_cache(cache: &Cache, contents: &str) -> Option<Self> {
        let (manifest, bundles) = cache.attestations(contents)?;
        Some(Evidence {
            manifest: Some(manifest),
            bundles,
        })
    }

    /// Verifies all attestations for a package.
    pub fn examine(&self, fetched: &Fetched, trust: &Trust) -> Vec<Examined> {
        let target = self.target(fetched);
        let examine = |bundle: &Referrer| {
            let parsed = match bundle {
                Ok(bytes) => Attestation::parse(bytes),
                Err(why) => Err(why.clone()),
            };
            match (parsed, &target) {
                (Ok(attestation), Ok(target)) => Examined {
                    verdict: verify(&attestation, target, trust),
                    attestation: Some(attestation),
                },
                (Ok(attestation), Err(why)) => Examined {
                    verdict: Err(Rejection::Subject(why.clone())),
                    attestation: Some(attestation),
                },
                (Err(why), _) => Examined {
                    verdict: Err(Rejection::Statement(why)),
                    attestation: None,
                },
            }
        };
        self.bundles.iter().map(examine).collect()
    }

    /// Returns what the attestations have to be about: the manifest has to be that of the contents.
    fn target(&self, fetched: &Fetched) -> std::result::Result<Target, String> {
        let reference = fetched.reference();
        let mut target = Target {
            package: reference.without_version().to_string(),
            version: reference.version().cloned().expect("fetched in a version"),
            contents: fetched.digest().to_owned(),
            manifest: None,
            annotated_version: None,
        };
        if let Some(bytes) = &self.manifest {
            let contradiction = || "the manifest is not that of the contents".to_owned();
            let manifest = Manifest::parse(bytes).map_err(|_| contradiction())?;
            let layer = manifest.wasm_layer().map_err(|_| contradiction())?;
            if layer.digest != fetched.digest() {
                return Err(contradiction());
            }
            let version = manifest.annotations.get("org.opencontainers.image.version");
            target.annotated_version = version.cloned();
            target.manifest = self.manifest_digest();
        }
        Ok(target)
    }
}
