//! The options of the code cache.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

/// Where compiled components are kept.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Code cache")]
pub struct CodeCacheArgs {
    /// The directory of compiled components [default: `witgen` in the user's cache directory]
    ///
    /// No other user may have write permission.
    #[arg(
        long,
        value_name = "DIR",
        env = "WITGEN_CODE_CACHE",
        hide_env_values = true,
        value_parser = path()
    )]
    pub code_cache: Option<PathBuf>,
    /// Compile components at every start and every reload
    #[arg(long)]
    pub no_code_cache: bool,
    /// Compile the components into the code cache, and exit, as `witgen compile` does
    #[arg(long, conflicts_with = "no_code_cache")]
    pub compile_only: bool,
}

/// Parses a path, which may be empty: an empty variable means that it is unset.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}
