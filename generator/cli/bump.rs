//! `witgen bump`: another version of the package.

use std::path::Path;

use askama::Template;
use clap::Args;
use serde::Serialize;

use super::here::member;
use super::registries::RegistryArgs;
use super::shared::{json, report_users};
use super::shell::{Format, Outcome, Shell, counted};
use super::status::Status;
use crate::project::{Project, Workspace};
use crate::release::{Bump, BumpOptions, BumpVerdict, Wanted, bump};

/// Change the version of the package in all of its files.
///
/// Changes `package` lines and references to the package, also in other members of the workspace, but not in `deps/`.
/// The new version must allow the changes since the `[baseline]` of witgen.toml: before 1.0, additions require a
/// patch version, and breaking changes a minor version.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen bump
  witgen bump minor --dry-run
  witgen bump 0.4.0-rc.1")]
pub(super) struct BumpCommand {
    /// `patch`, `minor`, `major`, or a version [default: the lowest that the changes allow]
    #[arg(value_name = "patch|minor|major|VERSION")]
    wanted: Option<String>,
    /// Write nothing; print the lines that would change
    #[arg(long)]
    dry_run: bool,
    /// Accept a version that is too low for the changes
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

/// The changes, for programs.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    package: &'a str,
    old: String,
    new: String,
    written: bool,
    files: Vec<String>,
    users: Vec<&'a str>,
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
        let is_change = planned.old != planned.new;
        let written = is_change && !self.dry_run;
        if written {
            planned.write()?;
        }
        if !planned.findings.is_empty() {
            shell.report(&planned.findings);
        }
        if shell.format == Format::Json {
            shell.print(&json(&document(&planned, written)))?;
        } else if !is_change {
            shell.note(&format!(
                "{} stays {}, which is enough for the changes since the baseline",
                planned.package, planned.old
            ));
        } else if self.dry_run {
            let differences = planned.files.iter().map(|file| file.difference());
            shell.print(&crate::template::text(&DryRun {
                bump: &planned,
                differences: differences.collect(),
            }))?;
        } else {
            report(&planned, shell);
            report_users(&planned.users, shell);
            let has_outputs = project.as_ref().is_some_and(Project::has_outputs);
            if has_outputs || !others.is_empty() {
                shell.note("next: witgen generate");
            }
        }
        Ok(Status::Fine)
    }
}

fn report(bump: &Bump, shell: &Shell) {
    for file in &bump.files {
        shell.note(&format!("changed {}", file.path.display()));
    }
    let files = counted(bump.files.len(), "file");
    shell.note(&format!(
        "{} {} → {} in {files}",
        bump.package, bump.old, bump.new
    ));
}

fn document(bump: &Bump, written: bool) -> Document<'_> {
    let files = bump.files.iter().map(|file| file.path.display().to_string());
    Document {
        version: 1,
        package: &bump.package,
        old: bump.old.to_string(),
        new: bump.new.to_string(),
        written,
        files: files.collect(),
        users: bump.users.iter().map(|user| user.package.as_str()).collect(),
    }
}
