//! Arguments of commands that may ask a registry.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Args;

use crate::diagnostic::{Diagnostic, Result};
use crate::project;
use crate::registry::{Options, Registries};

/// Where `--help` lists these arguments. A heading of the whole group would also be that of what follows.
const HEADING: &str = "Registries";

/// The registries of this command, whose reports are shown when it ends.
static OPENED: Mutex<Vec<Registries>> = Mutex::new(Vec::new());

/// Returns warnings about packages that the command has fetched without an accepted attestation.
pub(super) fn reports() -> Vec<Diagnostic> {
    let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    opened.iter().flat_map(Registries::take_reports).collect()
}

/// How registries are used.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct RegistryArgs {
    /// Use this registry instead of the configured one: a host, or the path of a directory, with a `/` in it
    #[arg(help_heading = HEADING, hide_short_help = true, long, value_name = "HOST[:PORT]|DIR", env = "WKG_REGISTRY")]
    registry: Option<String>,
    /// The configuration file of registries, in wkg's format [default: wkg's own]
    #[arg(help_heading = HEADING, hide_short_help = true, long, value_name = "FILE", env = "WKG_CONFIG_FILE")]
    config: Option<PathBuf>,
    /// The directory of cached downloads [default: `witgen` in the user's cache directory]
    #[arg(help_heading = HEADING, hide_short_help = true, long, value_name = "DIR", env = "WITGEN_CACHE_DIR")]
    cache: Option<PathBuf>,
    /// Don't use the network; use cached downloads only
    #[arg(help_heading = HEADING, hide_short_help = true, long)]
    offline: bool,
    /// Read timeout for registry requests, in seconds [default: 30]
    #[arg(help_heading = HEADING, hide_short_help = true, long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: Option<u64>,
}

impl RegistryArgs {
    /// Returns the options by which another command uses the same registry.
    pub fn words(&self) -> Vec<String> {
        let registry =
            self.registry.iter().flat_map(|name| ["--registry".to_owned(), name.clone()]);
        let config = self
            .config
            .iter()
            .flat_map(|path| ["--config".to_owned(), path.to_string_lossy().into_owned()]);
        registry.chain(config).collect()
    }

    /// Returns the registries of the options, and of the manifest in this folder.
    pub fn registries(&self) -> Result<Registries> {
        let registries = Registries::new(Options {
            project: project::registries(Path::new("."))?,
            // As an empty variable is unset.
            registry: self.registry.clone().filter(|name| !name.is_empty()),
            config: self.config.clone(),
            cache: self.cache.clone(),
            offline: self.offline,
            timeout: self.timeout.map(Duration::from_secs),
        });
        OPENED.lock().unwrap_or_else(PoisonError::into_inner).push(registries.clone());
        Ok(registries)
    }
}
