//! Arguments that every subcommand takes.

use std::path::PathBuf;

use clap::Args;

use super::shell::{Color, Format};

/// What every subcommand takes.
#[derive(Args, Clone, Debug)]
pub(super) struct Global {
    /// Run as if started in this directory
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Print results only, no progress and no notes
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// When to use colour; `auto` honours NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// How findings, and what `inspect` and `explain` show, are printed: to stdout, or to stderr if that has
    /// another result
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}
