//! `witgen generate`: everything that `witgen.toml` says.

use std::path::Path;

use clap::Args;

use super::registries::RegistryArgs;
use super::shared::report_plan;
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::fileset::WriteOptions;
use crate::project::Workspace;

/// Make everything that `witgen.toml` says: specification, golden files, glue.
///
/// Only files that change are written, and none if one of the outputs can't be made. Names in the
/// documentation that look like items and are none are findings: the files are written, and the exit
/// status is 1.
#[derive(Args, Debug)]
pub(super) struct Generate {
    /// Write nothing; say what would be written
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files that witgen didn't make
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

impl Generate {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let registries = self.registries.registries()?;
        let workspace =
            Workspace::require(Path::new("."))?.with_registries(&registries).linked()?;
        workspace.require_members(Path::new("."))?;
        let would_be = if self.dry_run { "would be " } else { "" };
        for (dir, plan) in workspace.update_copies(self.dry_run)? {
            report_plan(&plan, &dir, would_be, shell);
        }
        let derived = workspace.derive()?;
        if derived.outputs.is_empty() {
            shell.note("witgen.toml names no outputs: add [docs], [golden] or [[rust]]");
        }
        let options = WriteOptions { force: self.force };
        let plans = if self.dry_run {
            derived.plan(&options)
        } else {
            derived.write(&options)
        };
        for (dir, plan) in plans? {
            report_plan(&plan, &dir, would_be, shell);
        }
        shell.report_check(&derived.findings);
        if !derived.findings.is_empty() {
            shell.summary(&derived.findings, "the documentation");
        }
        Ok(Status::of(&derived.findings))
    }
}
