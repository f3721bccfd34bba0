//! `witgen completions`: for shells.

use clap::{Args, Command};
use clap_complete::Shell as Kind;

use super::shell::{Outcome, Shell};
use super::status::Status;

/// Print a script for shell completion.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen completions zsh > ~/.zfunc/_witgen
  witgen completions bash > ~/.local/share/bash-completion/completions/witgen")]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Kind,
}

impl Completions {
    /// `command` is the whole command line.
    pub fn exec(self, mut command: Command, shell: &mut Shell) -> Outcome<Status> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "witgen", &mut script);
        shell.print(&String::from_utf8_lossy(&script))?;
        Ok(Status::Fine)
    }
}
