//! Options for the use of registries.

use std::path::PathBuf;
use std::time::Duration;

use super::ProjectRegistries;

/// Options for the use of registries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The registry to use instead of the configured one: `HOST`, `HOST:PORT`, or a path with a `/` in it.
    pub registry: Option<String>,
    /// The configuration file to read instead of the user's, in wkg's format.
    pub config: Option<PathBuf>,
    /// The registries of the project, whose entries replace those of the configuration.
    pub project: ProjectRegistries,
    /// The directory of the cache, instead of the user's.
    pub cache: Option<PathBuf>,
    /// Forbids network access.
    pub offline: bool,
    /// Read timeout for registry requests (default: 30 s).
    pub timeout: Option<Duration>,
}
