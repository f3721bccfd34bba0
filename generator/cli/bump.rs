//! `witgen bump`: another version of the package.

use std::path::Path;

use askama::Template;
use clap::Args;

use super::here::member;
use super::registries::RegistryArgs;
use super::shell::{Outcome, Shell, counted};
use super::status::Status;
use crate::project::{Project, Workspace};
use crate::release::{Bump, BumpOptions, BumpVerdict, Wanted, bump};

/// Move the package to another version, in all of its files.
///
/// Changes `package` lines and references to the package, in its own files and in those of the other members of the
/// workspace; copies in `deps/` stay as they are. The new version must be enough for what has changed since the `[baseline]`
/// of witgen.toml: before 1.0, additions are a patch and breaks are a minor version.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen bump
  witgen bump minor --dry-run
  witgen bump 0.4.0-rc.1")]
pub(super) struct BumpCommand {
    /// `patch`, `minor`, `major`, or a version  [default: the least that the changes since the baseline allow]
    #[arg(value_name = "patch|minor|major|VERSION")]
    wanted: Option<String>,
    /// Write nothing; print the lines that would change
    #[arg(long)]
    pub dry_run: bool,
    /// Allow a version that is too low for what has changed
    #[arg(long)]
    allow_breaking: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// The lines that would change, for people.
#[derive(Template)]
#[template(path = "release/bump.txt", escape = "none")]
struct DryRun<'a> {
    bump: &'a Bump,
    differences: Vec<String>,
}

impl BumpCommand {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let registries = self.registries.registries()?;
        let workspace = Workspace::find(Path::new("."))?;
        let (project, others) = workspace.as_ref().map(member).transpose()?.unzip();
        let project = project.map(|project| project.with_registries(registries));
        let dir = project.as_ref().map_or(Path::new("."), Project::dir);
        let others = others.unwrap_or_default();
        let options = BumpOptions {
            wanted: self.wanted.as_deref().map(str::parse).transpose()?.unwrap_or(Wanted::Least),
            allow_breaking: self.allow_breaking,
        };
        let planned = match bump(project.as_ref(), dir, &others, &options)? {
            BumpVerdict::Planned(planned) => planned,
            BumpVerdict::Refused(findings) => {
                shell.report(&findings);
                shell.summary(&findings, "nothing was changed");
                return Ok(Status::Findings);
            }
        };
        let Bump {
            package, old, new, ..
        } = &planned;
        if old == new {
            shell.note(&format!(
                "{package} stays {old}, which is enough for the changes since the baseline"
            ));
            return Ok(Status::Fine);
        }
        if self.dry_run {
            let differences = planned.files.iter().map(|file| file.difference());
            shell.print(&crate::template::text(&DryRun {
                bump: &planned,
                differences: differences.collect(),
            }))?;
            return Ok(Status::Fine);
        }
        planned.write()?;
        for file in &planned.files {
            shell.note(&format!("changed {}", file.path.display()));
        }
        let files = counted(planned.files.len(), "file");
        shell.note(&format!("{package} {old} → {new} in {files}"));
        let has_outputs = project.as_ref().is_some_and(Project::has_outputs);
        if has_outputs || !others.is_empty() {
            shell.note("next: witgen generate");
        }
        Ok(Status::Fine)
    }
}
