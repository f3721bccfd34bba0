//! `witgen man`: manual pages.

use std::path::PathBuf;

use clap::{Args, Command};

use super::here::project_here;
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::fileset::{FileSet, WriteOptions};

/// Print manual pages.
///
/// Prints the page of witgen. With --out, writes the pages of all commands.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen man | man -l -
  witgen man --out ~/.local/share/man/man1")]
pub(super) struct Man {
    /// The directory to write to, one page per command
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    /// `command` is the whole command line.
    pub fn exec(self, mut command: Command, shell: &mut Shell) -> Outcome<Status> {
        command.build();
        let Some(dir) = self.out else {
            shell.print(&page(&command)?)?;
            return Ok(Status::Fine);
        };
        let mut pages = FileSet::new();
        pages.insert("witgen.1", page(&command)?);
        for subcommand in command.get_subcommands() {
            // After `build` a subcommand knows its page's name: `witgen-rust`.
            let name = subcommand.get_display_name().unwrap_or(subcommand.get_name());
            pages.insert(format!("{name}.1"), page(subcommand)?);
        }
        let options = WriteOptions::default();
        if let Some(project) = project_here()? {
            project.require_kept(&dir, &pages.plan(&dir, &options)?)?;
        }
        pages.write(&dir, &options)?;
        shell.note(&format!(
            "{} pages in {}",
            pages.iter().count(),
            dir.display()
        ));
        Ok(Status::Fine)
    }
}

fn page(command: &Command) -> Result<String> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(|error| {
        let message = format!("the manual page cannot be rendered: {error}");
        Diagnostic::error(codes::INTERNAL_ERROR, message)
            .help("this is a bug in witgen; please report it")
    })?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
