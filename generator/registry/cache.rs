//! The download cache: contents by digest, and the digests of versions.

use std::fs;
use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use semver::Version;

use super::attestations::Referrer;
use super::oci::manifest::MAX_CONTENTS;
use super::{Reference, attestations, digest, directory};
use crate::diagnostic::Result;
use crate::fileset::write_file;
use crate::read::{self, MAX_TEXT_BYTES};

/// The file of a manifest, beside attestations that refer to it.
const MANIFEST: &str = "manifest.json";

/// The folder of a cache. Nothing here fails: contents that can't be stored are downloaded again.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    root: PathBuf,
}

impl Cache {
    pub fn new(root: PathBuf) -> Self {
        Cache { root }
    }

    /// Returns the contents of a digest, if they are stored and intact.
    pub fn contents(&self, digest: &str) -> Option<Vec<u8>> {
        let path = self.contents_path(digest)?;
        let contents = read::regular(&path, MAX_CONTENTS).ok()?;
        if digest::sha256(&contents) == digest {
            return Some(contents);
        }
        // A damaged file would never be replaced.
        let _ = fs::remove_file(path);
        None
    }

    /// Stores contents under their digest.
    pub fn store(&self, digest: &str, contents: &[u8]) {
        if let Some(path) = self.contents_path(digest) {
            let _ = write(&path, contents);
        }
    }

    /// Returns the manifest of contents and the attestations that are stored for it. Nothing in it is verified.
    pub fn attestations(&self, contents: &str) -> Option<(Vec<u8>, Vec<Referrer>)> {
        let folder = self.attestations_folder(contents)?;
        let manifest = read::regular(&folder.join(MANIFEST), MAX_TEXT_BYTES).ok()?;
        Some((manifest, attestations::read_folder(&folder)))
    }

    /// Stores the manifest of contents, and attestations that refer to it. Those of another manifest are no longer of use.
    pub fn store_attestations<'a>(
        &self,
        contents: &str,
        manifest: &[u8],
        bundles: impl Iterator<Item = &'a str>,
    ) {
        let Some(folder) = self.attestations_folder(contents) else {
            return;
        };
        for bundle in bundles {
            let _ = write(
                &folder.join(attestations::file_name(bundle)),
                bundle.as_bytes(),
            );
        }
        let _ = write(&folder.join(MANIFEST), manifest);
    }

    /// Returns the digest that a version had when it was last looked up in its registry.
    pub fn release(
        &self,
        registry: &str,
        package: &Reference,
        version: &Version,
    ) -> Option<String> {
        let path = self.releases_folder(registry, package).join(version.to_string());
        let digest = read::text(&path, MAX_TEXT_BYTES).ok()?;
        digest::digits(&digest).map(|_| digest.clone())
    }

    /// Stores the digest of a version.
    pub fn store_release(
        &self,
        registry: &str,
        package: &Reference,
        version: &Version,
        digest: &str,
    ) {
        let path = self.releases_folder(registry, package).join(version.to_string());
        let _ = write(&path, digest.as_bytes());
    }

    /// Returns the versions with a stored digest.
    pub fn versions(&self, registry: &str, package: &Reference) -> Vec<Version> {
        fs::read_dir(self.releases_folder(registry, package))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .collect()
    }

    /// Returns the packages of a registry that were looked up before, sorted by name.
    pub fn packages(&self, registry: &str) -> Vec<Reference> {
        directory::packages(&self.registry_folder(registry))
    }

    /// Returns the registries of which packages were looked up before, sorted by name.
    pub fn registries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.root.join("releases")).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| {
            let name = entry.file_name();
            Some(percent_decode_str(name.to_str()?).decode_utf8().ok()?.into_owned())
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    fn contents_path(&self, digest: &str) -> Option<PathBuf> {
        Some(self.root.join("sha256").join(digest::digits(digest)?))
    }

    fn attestations_folder(&self, contents: &str) -> Option<PathBuf> {
        Some(self.root.join("attestations").join(digest::digits(contents)?))
    }

    fn releases_folder(&self, registry: &str, package: &Reference) -> PathBuf {
        self.registry_folder(registry).join(package.namespace()).join(package.name())
    }

    fn registry_folder(&self, registry: &str) -> PathBuf {
        let name = utf8_percent_encode(registry, NON_ALPHANUMERIC).to_string();
        self.root.join("releases").join(name)
    }
}

fn write(path: &std::path::Path, contents: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        let _ = fs::create_dir_all(folder);
    }
    write_file(path, contents)
}
