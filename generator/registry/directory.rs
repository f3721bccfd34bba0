//! A directory as a registry: `DIR/namespace/name/version.wasm`, as wkg's local registries have it.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use semver::Version;

use super::artifact::Artifact;
use super::{Reference, Release, digest};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::{FileSet, WriteOptions};

/// The folder of one package.
pub(super) struct Directory {
    folder: PathBuf,
}

impl Directory {
    pub fn new(root: &Path, package: &Reference) -> Self {
        Directory {
            folder: root.join(package.namespace()).join(package.name()),
        }
    }

    fn path(&self, version: &Version) -> PathBuf {
        self.folder.join(format!("{version}.wasm"))
    }

    /// The file of a version, for people.
    pub fn address(&self, version: &Version) -> String {
        self.path(version).display().to_string()
    }

    /// The versions that are there, in no order.
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
        let names = entries.flatten().map(|entry| entry.file_name());
        let versions = names.filter_map(|name| {
            let stem = name.to_str()?.strip_suffix(".wasm")?.to_owned();
            Version::parse(&stem).ok()
        });
        Ok(versions.collect())
    }

    /// A version, if it is there.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn release(&self, version: &Version) -> Result<Option<Release>> {
        let path = self.path(version);
        match fs::read(&path) {
            Ok(contents) => Ok(Some(Release {
                version: version.clone(),
                digest: digest::of(&contents),
                size: contents.len() as u64,
                manifest: None,
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&path, &error).into()),
        }
    }

    /// The contents of a release.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn contents(&self, release: &Release) -> Result<Vec<u8>> {
        let path = self.path(&release.version);
        fs::read(&path).map_err(|error| unreadable(&path, &error).into())
    }

    /// Puts an artifact there: whole, or not at all, and never over another.
    ///
    /// # Errors
    ///
    /// What the file system refuses, and a version that is there by now.
    pub fn push(&self, artifact: &Artifact) -> Result<Release> {
        let path = self.path(artifact.version());
        let refused = |error: &std::io::Error| crate::fileset::refused("write", &path, error);
        fs::create_dir_all(&self.folder).map_err(|error| refused(&error))?;
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut file = builder
            .prefix(".witgen-")
            .tempfile_in(&self.folder)
            .map_err(|error| refused(&error))?;
        file.write_all(artifact.contents())
            .and_then(|()| file.as_file().sync_all())
            .map_err(|error| refused(&error))?;
        if let Err(error) = file.persist_noclobber(&path) {
            if error.error.kind() != ErrorKind::AlreadyExists {
                return Err(refused(&error.error).into());
            }
            let there = self.release(artifact.version())?;
            if there.is_none_or(|there| there.digest != digest::of(artifact.contents())) {
                let version = artifact.version();
                let message =
                    format!("somebody else has published other contents as {version} meanwhile");
                return Err(Diagnostic::error(codes::ALREADY_PUBLISHED, message)
                    .at(Place::path(&path))
                    .help("publish this under a version of its own")
                    .into());
            }
        }
        let release = self.release(artifact.version())?;
        release.ok_or_else(|| unreadable(&path, &ErrorKind::NotFound.into()).into())
    }

    /// Puts files beside a release: the folder that they are in.
    ///
    /// # Errors
    ///
    /// What the file system refuses.
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
        .help("it is a registry's; may you read it?")
}
