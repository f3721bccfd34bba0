//! What is said of a package when it is published: `[publish]` in witgen.toml, else what wkg.toml says; and
//! where packages are that wkg.toml overrides.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::Config;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::read::{self, MAX_TEXT_BYTES};
use crate::registry::Metadata;

/// wkg's own manifest.
const WKG_FILE: &str = "wkg.toml";

/// The metadata of the package in a folder, with git's revision unless another is said.
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

/// The directories that wkg's manifest has for packages, by their names: `[overrides]`.
///
/// # Errors
///
/// A `wkg.toml` that can't be read, and an override that isn't a path.
pub fn overrides(dir: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let file = dir.join(WKG_FILE);
    let mut paths = BTreeMap::new();
    for (name, given) in read_manifest(&file)?.overrides {
        let Override {
            path: Some(path),
            version: None,
        } = given
        else {
            let message = format!("the override of `{name}` is no path alone");
            return Err(Diagnostic::error(codes::UNSUPPORTED_OVERRIDE, message)
                .at(Place::path(&file))
                .help("a version is what the WIT says: write it there")
                .into());
        };
        paths.insert(name, dir.join(path));
    }
    Ok(paths)
}

/// What wkg's manifest says that concerns us; the rest is wkg's own business.
#[derive(Default, Deserialize)]
struct Manifest {
    metadata: Option<Metadata>,
    #[serde(default)]
    overrides: BTreeMap<String, Override>,
}

#[derive(Deserialize)]
struct Override {
    path: Option<PathBuf>,
    version: Option<String>,
}

fn read_manifest(path: &Path) -> Result<Manifest> {
    let text = match read::text(path, MAX_TEXT_BYTES) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Manifest::default());
        }
        Err(error) => {
            let message = format!("cannot read `{WKG_FILE}`: {error}");
            return Err(Diagnostic::error(codes::UNREADABLE, message).at(Place::path(path)).into());
        }
    };
    toml::from_str(&text).map_err(|error| {
        let range = error.span().unwrap_or(0..0);
        let place = Place::source(path.display().to_string(), text.as_str(), range);
        Diagnostic::error(codes::INVALID_CONFIG, error.message())
            .at(place)
            .help("it is wkg's; `[publish]` of witgen.toml goes before its `[metadata]`")
            .into()
    })
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
