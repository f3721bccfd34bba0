//! `witgen golden`: golden files, and the test that reads them.

use std::path::{Path, PathBuf};

use clap::Args;

use super::shared::{Out, Wit};
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::config::Config;
use crate::emit::golden::{self, Harness, Options};
use crate::project::relations;

/// The directory that golden files are written into.
const DEFAULT_FOLDER: &str = "tests/golden";

/// Write golden files: what each world means, as WIT and as core functions, and a Rust test.
///
/// A world's normal form is all that it reaches, sorted and without documentation: neither the order
/// nor the layout of the source shows in it, and every change of meaning does. The test, `main.rs`, is
/// made where a crate is above the directory; it needs `witgen` and `pretty_assertions` as
/// dev-dependencies.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen golden
  witgen golden --check
  witgen golden --wit api.wit --out golden --no-test")]
pub(super) struct Golden {
    #[command(flatten)]
    wit: Wit,
    /// Make no test
    #[arg(long)]
    no_test: bool,
    #[command(flatten)]
    out: Out,
}

impl Golden {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let package = self.wit.load(shell)?;
        let out = self.out.out.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FOLDER));
        // What witgen.toml relates is about the package that it names.
        let config = match self.wit.wit {
            None => Config::find(Path::new("."))?,
            Some(_) => None,
        };
        let relations = config.map_or_else(Vec::new, |(_, config)| relations(&config));
        let harness = if self.no_test {
            None
        } else {
            Harness::of(&out, package.source(), self.wit.features()).map(|harness| {
                if relations.is_empty() {
                    harness
                } else {
                    harness.with_config(&out, Path::new("."))
                }
            })
        };
        if harness.is_none() && !self.no_test {
            shell.note(
                "no test is made: it needs a crate above the directory, and a package in files",
            );
        }
        let files = golden::render(&package, &Options { relations, harness });
        self.out.apply(&files, DEFAULT_FOLDER, shell)
    }
}
