//! `witgen new`: a crate to begin with.

use std::path::PathBuf;

use clap::Args;

use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::emit::scaffold;

/// Make a crate for a component of wasi:http, which builds and passes its tests at once.
///
/// It holds a function from a request to a response, tests of it that need no wasm, the glue, and a
/// README that says how to go on.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen new proxy stamp
  witgen new service hello --out crates/hello")]
pub(super) struct New {
    /// What it is to be: `proxy`, `service` or `middleware`
    world: String,
    /// The crate's name
    name: String,
    /// The folder to write into, which may not be there yet  [default: NAME]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl New {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let scaffold = scaffold::render(&self.world, &self.name)?;
        let dir = self.out.unwrap_or_else(|| PathBuf::from(&self.name));
        scaffold.write(&dir)?;
        let dir = dir.display();
        shell.note(&format!("created {dir}, a crate for a {}", self.world));
        shell.note(&format!("next: cd {dir} && cargo test"));
        shell.note(&format!("and read {dir}/README.md"));
        Ok(Status::Fine)
    }
}
