//! The metadata of a published package: `[publish]` in witgen.toml, or else wkg.toml; and the directories of the packages that
//! wkg.toml overrides.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::Config;
use crate::diagnostic::{Diagnostic, Failure, Place, Position, Result, SourceFile, codes};
use crate::read::{self, MAX_TEXT_BYTES};
use crate::registry::{Metadata, Override, Reference};

/// wkg's own manifest.
const WKG_FILE: &str = "wkg.toml";

/// Returns the metadata of the package in a folder, with git's revision unless the manifest has another one.
///
/// # Errors
///
/// A `witgen.toml` or a `wkg.toml` that can't be read.
pub fn metadata(dir: &Path) -> Result<Metadata> {
    let own = Config::find(dir)?.and_then(|(_, config)| config.publish);
    let mut metadata = match own {
        Some(own) => own,
        None => read_manifest(&dir.join(WKG_FILE))?.metadata.unwrap_or_default(),
    };
    metadata.revision = metadata.revision.or_else(|| revision(dir));
    Ok(metadata)
}

/// Reads the directories that wkg's manifest has for packages: `[overrides]`.
///
/// # Errors
///
/// A `wkg.toml` that can't be read, a key that isn't a package, and an override that isn't a path.
pub fn overrides(dir: &Path) -> Result<Vec<Override>> {
    let file = dir.join(WKG_FILE);
    let (manifest, source) = read_with_source(&file)?;
    let overrides = manifest.overrides.into_iter().map(|(name, given)| {
        let place = Place::from(Position::new(source.clone(), given.span()));
        let package = name
            .parse::<Reference>()
            .map_err(|error| error.map(|error| error.instead_at(place.clone())))?;
        let OverrideEntry {
            path: Some(path),
            version: None,
        } = given.into_inner()
        else {
            let message = format!("the override of `{name}` must have only a path");
            return Err(Diagnostic::error(codes::UNSUPPORTED_OVERRIDE, message)
                .at(place)
                .help("the version belongs in the WIT: write it there")
                .into());
        };
        Ok(Override {
            package,
            path: dir.join(path),
            is_dependency: false,
            place,
        })
    });
    Failure::collect(overrides)
}

/// The relevant part of wkg's manifest.
#[derive(Default, Deserialize)]
struct Manifest {
    metadata: Option<Metadata>,
    #[serde(default)]
    overrides: BTreeMap<String, Spanned<OverrideEntry>>,
}

#[derive(Deserialize)]
struct OverrideEntry {
    path: Option<PathBuf>,
    version: Option<String>,
}

fn read_manifest(path: &Path) -> Result<Manifest> {
    Ok(read_with_source(path)?.0)
}

/// Reads wkg's manifest, with its text; both are empty if there is none.
fn read_with_source(path: &Path) -> Result<(Manifest, Arc<SourceFile>)> {
    let text = match read::text(path, MAX_TEXT_BYTES) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            let message = format!("cannot read `{WKG_FILE}`: {error}");
            return Err(Diagnostic::error(codes::UNREADABLE, message).at(Place::path(path)).into());
        }
    };
    let source = Arc::new(SourceFile::new(path.display().to_string(), text.as_str()));
    let manifest = toml::from_str(&text).map_err(|error| {
        let range = error.span().unwrap_or(0..0);
        Diagnostic::error(codes::INVALID_CONFIG, error.message())
            .at(Position::new(source.clone(), range).into())
            .help("wkg reads this file; `[publish]` of witgen.toml takes precedence over its `[metadata]`")
    })?;
    Ok((manifest, source))
}

/// The commit, marked if something in the folder has changed since, or was never committed.
fn revision(dir: &Path) -> Option<String> {
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        let run = git.args(args).current_dir(dir);
        let output = run.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        output.status.success().then_some(text)
    };
    let commit = git(&["rev-parse", "--verify", "HEAD"])?;
    let changes = git(&["status", "--porcelain", "--", "."])?;
    Some(if changes.is_empty() {
        commit
    } else {
        format!("{commit}-dirty")
    })
}
