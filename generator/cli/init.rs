//! `witgen init`: a manifest.

use std::path::Path;

use clap::Args;

use super::registries::RegistryArgs;
use super::shell::{Outcome, Shell};
use super::status::Status;
use super::workflow::{self, Ci};
use crate::config::FILE;
use crate::diagnostic::{Diagnostic, Place, codes};
use crate::fileset::write_file;
use crate::locate;
use crate::model;
use crate::project;
use crate::registry::Reference;
use crate::source::{self, Features, Source};

/// Create a `witgen.toml` for the package in this directory.
///
/// It has the specification and golden files as outputs, and relations for worlds that include others. Run `witgen
/// generate` to write the outputs. `--ci` also writes a workflow that checks pull requests and publishes releases.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen init
  witgen init --wit api
  witgen init --ci github")]
pub(super) struct Init {
    /// The package: a directory, a `.wit` file, a `.wasm` file, or a package of a registry [default: wit, else this
    /// directory]
    #[arg(long, value_name = "PATH|REF")]
    wit: Option<String>,
    /// Also write a workflow for CI; keep an existing `witgen.toml`
    #[arg(long, value_enum, value_name = "HOST")]
    ci: Option<Ci>,
    /// Overwrite existing files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

impl Init {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let target = self.ci.map(|Ci::Github| workflow::target(self.force)).transpose()?;
        let has_manifest = Path::new(FILE).exists();
        if target.is_none() || !has_manifest {
            self.make_manifest(shell)?;
        }
        if let Some(target) = target {
            workflow::write(&target)?;
            let file = target.file.display();
            shell.note(&format!("made {file} for the branch `{}`", target.branch));
        }
        if !has_manifest {
            shell.note(self.next());
        }
        Ok(Status::Fine)
    }

    /// Returns the next step after a manifest was created. The workflow fails until the outputs in the manifest are committed.
    fn next(&self) -> &'static str {
        match self.ci {
            Some(Ci::Github) => {
                "next: run `witgen generate`, and commit what it writes with the workflow"
            }
            None => "next: witgen generate",
        }
    }

    fn make_manifest(&self, shell: &Shell) -> Outcome<()> {
        let file = Path::new(FILE);
        if file.exists() && !self.force {
            let message = format!("`{FILE}` already exists in this directory");
            return Err(Diagnostic::error(codes::ALREADY_THERE, message)
                .at(Place::path(file))
                .help("edit it, or pass --force to replace it; nothing was changed")
                .into());
        }
        let wit = match &self.wit {
            Some(wit) => wit.clone(),
            None if Path::new("wit").is_dir() => "wit".to_owned(),
            None => ".".to_owned(),
        };
        let package =
            source::load(&self.source(&wit)?, &Features::All).map_err(|error| {
                match (&self.wit, error.code()) {
                    (None, codes::NO_WIT) => {
                        error.help("go to the package's directory, or name it with --wit")
                    }
                    _ => error,
                }
            })?;
        let model = model::describe(&package);
        let has_crate = Path::new("Cargo.toml").is_file();
        write_file(file, project::manifest(&model, &wit, has_crate).as_bytes())?;
        shell.note(&format!("made {FILE} for {}", package.name()));
        Ok(())
    }

    fn source(&self, wit: &str) -> Outcome<Source> {
        Ok(if Reference::is_meant(wit) {
            locate::source(wit, Path::new(""), &self.registries.registries()?)?
        } else {
            Source::at(Path::new(wit))?
        })
    }
}
