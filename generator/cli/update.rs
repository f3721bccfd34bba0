//! `witgen update`: dependencies in newer versions.

use std::path::Path;

use clap::Args;

use super::registries::RegistryArgs;
use super::shared::{references, report_change};
use super::shell::{Outcome, Shell, counted};
use super::status::Status;
use crate::fileset::WriteOptions;
use crate::project::dependencies::{PackageDir, UpdateOptions, update};

/// Update dependencies to the newest allowed versions.
///
/// Rewrites the versions in the package's WIT, `deps/` and the lock file. Packages without a requirement move to
/// semver-compatible versions. Nothing is written unless the new versions have all items that the package uses.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen update
  witgen update wasi:clocks --dry-run")]
pub(super) struct Update {
    /// The packages [default: all dependencies]
    #[arg(value_name = "PACKAGE")]
    packages: Vec<String>,
    /// Write nothing; list the files that would change
    #[arg(long)]
    dry_run: bool,
    /// Also list the dependencies that don't change
    #[arg(long, short)]
    verbose: bool,
    /// Accept versions that change or remove items that the package uses
    #[arg(long)]
    allow_breaking: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

impl Update {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let options = UpdateOptions {
            packages: references(&self.packages)?,
            allow_breaking: self.allow_breaking,
        };
        let dir = PackageDir::find(Path::new("."), None)?;
        shell.progress("looking for newer versions");
        let found = update(&dir, &self.registries.registries()?, &options);
        shell.end_progress();
        let found = found?;
        for it in &found.moves {
            let latest = available(&it.to.to_string(), &it.latest.to_string());
            shell.note(&format!(
                "    Updating {} v{} -> v{}{latest}",
                it.package, it.from, it.to
            ));
        }
        for it in found.unchanged.iter().filter(|_| self.verbose) {
            let latest = available(&it.current, &it.latest);
            shell.note(&format!(
                "   Unchanged {} v{}{latest}",
                it.package, it.current
            ));
        }
        if !found.refused.is_empty() {
            shell.report(&found.refused);
            return Ok(Status::Findings);
        }
        if !found.findings.is_empty() {
            shell.report(&found.findings);
        }
        match &found.change {
            Some(change) => {
                report_change(change, &WriteOptions::default(), self.dry_run, shell)?;
            }
            None if !found.findings.is_empty() => shell.note("nothing is updated"),
            None => shell.note("all dependencies are at the newest versions that are allowed"),
        }
        let behind = found.moves.iter().filter(|it| it.latest > it.to).count()
            + found.unchanged.iter().filter(|it| it.is_outdated).count();
        if behind > 0 {
            let have = if behind == 1 { "has" } else { "have" };
            shell.note(&format!(
                "{} {have} a newer version that the requirement doesn't allow; `witgen outdated` lists it",
                counted(behind, "dependency").replace("dependencys", "dependencies")
            ));
        }
        Ok(Status::Fine)
    }
}

/// The newest version, if it isn't the one in use.
fn available(version: &str, latest: &str) -> String {
    if version == latest {
        String::new()
    } else {
        format!(" (available: v{latest})")
    }
}
