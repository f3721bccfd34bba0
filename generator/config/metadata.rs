//! What is said of a package when it is published: `[publish]` in witgen.toml, else what wkg.toml says.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::Config;
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::registry::Metadata;

/// wkg's own manifest.
const WKG: &str = "wkg.toml";

/// The metadata of the package in a folder, with git's revision unless another is said.
///
/// # Errors
///
/// A `witgen.toml` or a `wkg.toml` that can't be read.
pub fn metadata(dir: &Path) -> Result<Metadata> {
    let own = Config::find(dir)?.and_then(|(_, config)| config.publish);
    let mut metadata = match own {
        Some(own) => own,
        None => of_wkg(&dir.join(WKG))?.unwrap_or_default(),
    };
    metadata.revision = metadata.revision.or_else(|| revision(dir));
    Ok(metadata)
}

fn of_wkg(path: &Path) -> Result<Option<Metadata>> {
    /// The rest is wkg's own business.
    #[derive(Deserialize)]
    struct Manifest {
        metadata: Option<Metadata>,
    }
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let message = format!("cannot read `{WKG}`: {error}");
            return Err(Diagnostic::error("unreadable", message).at(Place::path(path)));
        }
    };
    let manifest: Manifest = toml::from_str(&text).map_err(|error| {
        let range = error.span().unwrap_or(0..0);
        let place = Place::source(path.display().to_string(), text.as_str().into(), range);
        Diagnostic::error("invalid-config", error.message())
            .at(place)
            .help("or say it in `[publish]` of witgen.toml, which goes before")
    })?;
    Ok(manifest.metadata)
}

/// The commit, marked if something has changed since.
fn revision(dir: &Path) -> Option<String> {
    let mut git = Command::new("git");
    let output = git
        .args([
            "describe",
            "--always",
            "--abbrev=40",
            "--exclude=*",
            "--dirty",
        ])
        .current_dir(dir)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let revision = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !revision.is_empty()).then_some(revision)
}
