//! `witgen generate`: writes all outputs of `witgen.toml`.

use std::path::Path;

use clap::Args;

use super::registries::RegistryArgs;
use super::shared::report_plan;
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::fileset::WriteOptions;
use crate::project::Workspace;

/// Write all outputs of `witgen.toml`.
///
/// These are the specification, golden files and glue. Only changed files are written, and none if an output can't be
/// generated. Names in the documentation that look like items but don't exist are findings: the files are written,
/// and the exit status is 1.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen generate
  witgen generate --dry-run")]
pub(super) struct Generate {
    /// Write nothing; list the files that would change
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files that witgen didn't write
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
