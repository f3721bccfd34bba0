//! `witgen remove`: dependencies, out of the manifest and out of `deps/`.

use std::path::Path;

use clap::Args;

use super::registries::RegistryArgs;
use super::shared::{references, report_change};
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::fileset::WriteOptions;
use crate::project::dependencies::{PackageDir, remove};

/// Remove dependencies from witgen.toml, `deps/` and the lock file.
///
/// If the WIT still uses a package, the command fails and lists each use.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen remove wasi:clocks")]
pub(super) struct Remove {
    /// The packages
    #[arg(value_name = "PACKAGE", required = true)]
    packages: Vec<String>,
    /// Write nothing; list the files that would change
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

impl Remove {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let packages = references(&self.packages)?;
        let dir = PackageDir::find(Path::new("."), None)?;
        let removal = remove(&dir, &packages, &self.registries.registries()?)?;
        for package in &packages {
            shell.note(&format!("    Removing {}", package.without_version()));
        }
        for package in &removal.still_needed {
            shell.note(&format!(
                "{package} stays in `deps/`: other packages need it"
            ));
        }
        report_change(
            &removal.change,
            &WriteOptions::default(),
            self.dry_run,
            shell,
        )?;
        Ok(Status::Fine)
    }
}
