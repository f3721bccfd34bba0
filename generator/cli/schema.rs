//! `witgen schema`: what `witgen.toml` may say, for editors.

use clap::Args;

use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::config;

/// Print the JSON Schema of `witgen.toml`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen schema > witgen.schema.json")]
pub(super) struct Schema {}

impl Schema {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        shell.print(&config::schema())?;
        Ok(Status::Fine)
    }
}
