//! `witgen add`: dependencies, into the manifest and into `deps/`.

use std::path::{Path, PathBuf};

use askama::Template;
use clap::Args;

use super::registries::RegistryArgs;
use super::shared::{json, report_change};
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::fileset::WriteOptions;
use crate::project::dependencies::{Added, Addition, PackageDir, add};

/// Add dependencies to witgen.toml, and fetch them into `deps/`.
///
/// The requirement has the form of Cargo.toml: `0.3` allows every semver-compatible version. Without one, it is the
/// newest version, or the version that the WIT already names. stdout has the lines that use the package. Either all
/// files change or none.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen add wasi:clocks@0.3
  witgen add wasi:cli wasi:random
  witgen add acme:types --path ../types")]
pub(super) struct Add {
    /// The packages, each with an optional version requirement
    #[arg(value_name = "PACKAGE[@REQUIREMENT]", required_unless_present = "path")]
    packages: Vec<String>,
    /// Use the package in this directory, instead of a registry
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// Write nothing; list the files that would change
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files in `deps/` that witgen didn't write
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

#[derive(Template)]
#[template(path = "add/uses.txt", escape = "none")]
struct Uses<'a> {
    added: &'a [Added],
}

impl Add {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let additions = self.additions()?;
        let dir = PackageDir::find(Path::new("."), None)?;
        shell.progress("fetching");
        let found = add(&dir, &additions, &self.registries.registries()?);
        shell.end_progress();
        let found = found?;
        for it in &found.added {
            let requirement =
                it.requirement.as_ref().map_or(String::new(), |it| format!(" (\"{it}\")"));
            shell.note(&format!("      Adding {}{requirement}", it.package));
        }
        let options = WriteOptions { force: self.force };
        report_change(&found.change, &options, self.dry_run, shell)?;
        if shell.format == Format::Human {
            shell.print(&crate::template::text(&Uses {
                added: &found.added,
            }))?;
        } else {
            shell.print(&json(&found.added))?;
        }
        Ok(Status::Fine)
    }

    fn additions(&self) -> Result<Vec<Addition>> {
        let Some(path) = &self.path else {
            return Failure::collect(self.packages.iter().map(|it| it.parse()));
        };
        let addition = match self.packages.as_slice() {
            [] => Addition::default(),
            [package] => package.parse()?,
            _ => {
                let message = "`--path` names one directory for several packages";
                return Err(Diagnostic::error(codes::INVALID_REFERENCE, message)
                    .at(Place::argument(format!("--path {}", path.display())))
                    .help("add each package with its own directory")
                    .into());
            }
        };
        Ok(vec![Addition {
            path: Some(path.clone()),
            ..addition
        }])
    }
}
