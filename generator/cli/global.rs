//! Arguments of every subcommand.

use std::path::PathBuf;

use clap::Args;

use super::shell::{Color, Format};

/// Where `--help` lists these arguments. They are last, and `-h` leaves them out.
const HEADING: &str = "Global options";

/// Arguments of every subcommand.
#[derive(Args, Clone, Debug)]
pub(super) struct Global {
    /// Run the command in this directory
    #[arg(help_heading = HEADING, hide_short_help = true, short = 'C', long = "directory", global = true, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Print only results, without progress and notes
    #[arg(help_heading = HEADING, hide_short_help = true, long, short, global = true)]
    pub quiet: bool,
    /// Use color: `auto` does so on a terminal, unless NO_COLOR is set
    #[arg(help_heading = HEADING, hide_short_help = true, long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// The format of findings, and of `inspect` and `explain`
    ///
    /// Findings go to stdout, or to stderr if the command has another result.
    #[arg(help_heading = HEADING, hide_short_help = true, long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}
