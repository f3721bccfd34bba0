//! How registries are used.

use std::path::PathBuf;
use std::time::Duration;

/// How registries are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The registry to use, whatever is configured: `HOST`, `HOST:PORT`, or a path with a `/` in it.
    pub registry: Option<String>,
    /// The configuration to read instead of the user's: a file in wkg's format.
    pub config: Option<PathBuf>,
    /// The directory of the cache, instead of the user's.
    pub cache: Option<PathBuf>,
    /// Whether nobody is asked over the network.
    pub offline: bool,
    /// How long nothing may come from a registry, before a request is given up; 30 s unless it is said.
    pub timeout: Option<Duration>,
}
