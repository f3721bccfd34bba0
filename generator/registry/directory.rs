//! A directory as a registry: `DIR/namespace/name/version.wasm`, the layout of wkg's local registries.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use semver::Version;

use super::artifact::Artifact;
use super::attestations::Referrer;
use super::oci::manifest::MAX_CONTENTS;
use super::release::Release;
use super::{Reference, attestations, digest};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::{FileSet, WriteOptions, temporary, write_file};
use crate::read;

/// The folder of one package.
pub(super) struct Directory {
    folder: PathBuf,
}

/// Returns the packages of a registry that is a directory, sorted by name; none if it can't be read.
pub(super) fn packages(root: &Path) -> Vec<Reference> {
    let folders = |dir: &Path| {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten();
        entries.filter(|entry| entry.path().is_dir())
    };
    let packages = folders(root).flat_map(|namespace| {
        folders(&namespace.path()).filter_map(move |name| {
            let (namespace, name) = (namespace.file_name(), name.file_name());
            format!("{}:{}", namespace.to_str()?, name.to_str()?).parse::<Reference>().ok()
        })
    });
    let mut packages: Vec<Reference> = packages.collect();
    packages.sort();
    packages
}

impl Directory {
    /// Returns the folder of a package in a registry.
    pub fn new(root: &Path, package: &Reference) -> Self {
        Directory {
            folder: root.join(package.namespace()).join(package.name()),
        }
    }

    fn path(&self, version: &Version) -> PathBuf {
        self.folder.join(format!("{version}.wasm"))
    }

    /// Returns the file of a version, for messages.
    pub fn address(&self, version: &Version) -> String {
        self.path(version).display().to_string()
    }

    /// Returns the published versions, in no order.
    ///
    /// # Errors
    ///
    /// A directory that can't be read.
    pub fn versions(&self) -> Result<Vec<Version>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(&self.folder, &error).into()),
        };
        Ok(entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                Version::parse(name.to_str()?.strip_suffix(".wasm")?).ok()
            })
            .collect())
    }

    /// Looks up a version; none if it isn't published.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn release(&self, version: &Version) -> Result<Option<Release>> {
        let path = self.path(version);
        match read::regular(&path, MAX_CONTENTS) {
            Ok(contents) => Ok(Some(Release {
                version: version.clone(),
                digest: digest::sha256(&contents),
                size: contents.len() as u64,
                manifest: None,
                manifest_bytes: None,
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&path, &error).into()),
        }
    }

    /// Reads the contents of a release.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn contents(&self, release: &Release) -> Result<Vec<u8>> {
        let path = self.path(&release.version);
        read::regular(&path, MAX_CONTENTS).map_err(|error| unreadable(&path, &error).into())
    }

    /// Stores an artifact: completely or not at all, and never in place of another.
    ///
    /// # Errors
    ///
    /// A write that fails, and a version that was published in the meantime.
    pub fn push(&self, artifact: &Artifact) -> Result<Release> {
        let path = self.path(artifact.version());
        let write_error = |error: &std::io::Error| crate::fileset::io_error("write", &path, error);
        fs::create_dir_all(&self.folder).map_err(|error| write_error(&error))?;
        temporary::remove_leftovers(&self.folder, None);
        let file = temporary::write_locked(&self.folder, artifact.contents())
            .map_err(|error| write_error(&error))?;
        file.as_file().sync_all().map_err(|error| write_error(&error))?;
        if let Err(error) = file.persist_noclobber(&path) {
            if error.error.kind() != ErrorKind::AlreadyExists {
                return Err(write_error(&error.error).into());
            }
            let published = self.release(artifact.version())?;
            if published
                .is_none_or(|published| published.digest != digest::sha256(artifact.contents()))
            {
                let version = artifact.version();
                let message = format!(
                    "in the meantime, another publisher has published other contents as {version}"
                );
                return Err(Diagnostic::error(codes::ALREADY_PUBLISHED, message)
                    .at(Place::path(&path))
                    .help("publish this with another version")
                    .into());
            }
        }
        self.release(artifact.version())?
            .ok_or_else(|| unreadable(&path, &ErrorKind::NotFound.into()).into())
    }

    /// Returns the attestations next to a release.
    pub fn attestations(&self, version: &Version) -> Vec<Referrer> {
        let folder = self.attestations_folder(version);
        attestations::read_folder(&folder)
    }

    /// Writes an attestation next to a release, and returns its file.
    ///
    /// # Errors
    ///
    /// A write that fails.
    pub fn attest(&self, version: &Version, bundle: &str) -> Result<String> {
        let folder = self.attestations_folder(version);
        let path = folder.join(attestations::file_name(bundle));
        let write_error = |error: &std::io::Error| crate::fileset::io_error("write", &path, error);
        fs::create_dir_all(&folder).map_err(|error| write_error(&error))?;
        write_file(&path, bundle.as_bytes())?;
        Ok(path.display().to_string())
    }

    fn attestations_folder(&self, version: &Version) -> PathBuf {
        self.folder.join(format!("{version}.attestations"))
    }

    /// Writes files next to a release, and returns their folder.
    ///
    /// # Errors
    ///
    /// A write that fails.
    pub fn attach(&self, version: &Version, files: &FileSet) -> Result<String> {
        let folder = self.folder.join(format!("{version}.spec"));
        files.write(&folder, &WriteOptions::default())?;
        Ok(folder.display().to_string())
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let message = format!("cannot read `{}`: {error}", path.display());
    Diagnostic::error(codes::UNREADABLE, message)
        .at(Place::path(path))
        .help("check the permissions of the registry's directory")
}
