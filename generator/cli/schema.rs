//! `witgen schema`: what `witgen.toml` and `chain.toml` may say, for editors.

use clap::{Args, ValueEnum};

use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::{chain_file, config};

/// Print the JSON Schema of `witgen.toml` or `chain.toml`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen schema > witgen.schema.json
  witgen schema chain.toml > chain.schema.json")]
pub(super) struct Schema {
    /// The file that the schema describes
    #[arg(value_name = "FILE", default_value = "witgen.toml")]
    file: SchemaFile,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SchemaFile {
    /// The manifest of a WIT package
    #[value(name = "witgen.toml")]
    Witgen,
    /// The configuration of `witgen serve`
    #[value(name = "chain.toml")]
    Chain,
}

impl Schema {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        shell.print(&match self.file {
            SchemaFile::Witgen => config::schema(),
            SchemaFile::Chain => chain_file::schema(),
        })?;
        Ok(Status::Fine)
    }
}
