//! `witgen golden`: golden files, and the test that reads them.

use clap::Args;

use super::shared::{Out, PackageArgument, setting};
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::config;
use crate::emit::golden::{self, Options};
use crate::project::{Project, harness, relations};
use crate::source::Features;

/// The directory that golden files are written into.
const DEFAULT_FOLDER: &str = "tests/golden";

/// Write golden files: the meaning of each world, for reviews.
///
/// The files contain the normal form of each world: everything that it reaches, sorted and without documentation,
/// and its core functions. So every change of meaning shows. If the directory is inside of a crate, the command
/// also writes the test `main.rs`, which needs `witgen` and `pretty_assertions` as dev-dependencies. Other settings
/// are those of `[golden]` in witgen.toml.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen golden
  witgen golden --check
  witgen golden api.wit --out golden --no-test")]
pub(super) struct Golden {
    #[command(flatten)]
    package: PackageArgument,
    /// Write the test, even if witgen.toml disables it
    #[arg(long, overrides_with = "no_test")]
    test: bool,
    /// Write no test
    #[arg(long)]
    no_test: bool,
    #[command(flatten)]
    out: Out,
}

impl Golden {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let wit = self.package.wit();
        let manifest = wit.manifest()?;
        // `witgen.toml` only applies to the package that it names.
        let project = manifest.as_ref().filter(|it| it.is_about(wit.wit.as_deref()));
        let default = project.map_or(Features::default(), |project| project.config().features());
        let features = wit.features_or(default);
        let package = wit.load_here_or(features.clone(), shell)?;
        let configured = project.and_then(|project| project.config().golden.clone());
        let settings = configured.unwrap_or_else(|| config::Golden::at(DEFAULT_FOLDER));
        let out = self.out.dir(project, &settings.out);
        let is_wanted = setting(self.test, self.no_test, settings.test);
        let harness =
            is_wanted.then(|| harness(project, features, &out, package.source())).flatten();
        if harness.is_none() && is_wanted {
            shell.note(
                "no test is written: it needs a crate around the directory, and a package in files",
            );
        }
        let relations =
            project.map_or_else(Vec::new, |project: &Project| relations(project.config()));
        let files = golden::render(&package, &Options { relations, harness });
        self.out.apply(&[(out, files)], manifest.as_ref(), shell)
    }
}
