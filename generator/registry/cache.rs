//! What was downloaded once: contents by their digest, and which digest a version had.

use std::fs;
use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use semver::Version;

use super::{Reference, digest};
use crate::diagnostic::Result;
use crate::fileset::write_file;

/// The folder of a cache. What can't be kept is downloaded again: nothing here fails.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    root: PathBuf,
}

impl Cache {
    pub fn new(root: PathBuf) -> Self {
        Cache { root }
    }

    /// The contents of a digest, if they are here and undamaged.
    pub fn contents(&self, digest: &str) -> Option<Vec<u8>> {
        let path = self.path(digest)?;
        let contents = fs::read(&path).ok()?;
        if digest::of(&contents) == digest {
            return Some(contents);
        }
        // What is damaged would stay so.
        let _ = fs::remove_file(path);
        None
    }

    pub fn keep(&self, digest: &str, contents: &[u8]) {
        if let Some(path) = self.path(digest) {
            let _ = write(&path, contents);
        }
    }

    /// The digest that a version had when it was last seen in a registry.
    pub fn release(
        &self,
        registry: &str,
        package: &Reference,
        version: &Version,
    ) -> Option<String> {
        let path = self.releases(registry, package).join(version.to_string());
        let digest = fs::read_to_string(path).ok()?;
        digest::digits(&digest).map(|_| digest.clone())
    }

    pub fn keep_release(
        &self,
        registry: &str,
        package: &Reference,
        version: &Version,
        digest: &str,
    ) {
        let path = self.releases(registry, package).join(version.to_string());
        let _ = write(&path, digest.as_bytes());
    }

    /// The versions that were seen.
    pub fn versions(&self, registry: &str, package: &Reference) -> Vec<Version> {
        let entries = fs::read_dir(self.releases(registry, package))
            .into_iter()
            .flatten();
        let names = entries.flatten().map(|entry| entry.file_name());
        names
            .filter_map(|name| name.to_str()?.parse().ok())
            .collect()
    }

    fn path(&self, digest: &str) -> Option<PathBuf> {
        Some(self.root.join("sha256").join(digest::digits(digest)?))
    }

    fn releases(&self, registry: &str, package: &Reference) -> PathBuf {
        let registry = utf8_percent_encode(registry, NON_ALPHANUMERIC).to_string();
        let folder = self.root.join("releases").join(registry);
        folder.join(package.namespace()).join(package.name())
    }
}

fn write(path: &std::path::Path, contents: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        let _ = fs::create_dir_all(folder);
    }
    write_file(path, contents)
}
