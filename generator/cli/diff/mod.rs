//! `witgen diff`: lists the changes between two packages, and what they break.

mod groups;
mod human;
mod json;
mod markdown;
mod pairs;

use clap::Args;

use super::checkout::Checkout;
use super::registries::RegistryArgs;
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::compat::{Change, Release, compare};
use crate::config::FailOn;
use crate::diagnostic::{Result, codes};
use crate::source::Features;
use pairs::{Pair, pairs};

/// Compare two packages: changes and what they break.
///
/// A package is a directory, a `.wit` file, a `.wasm` file, `git:REV:PATH`, or a package of a registry
/// (`wasi:http@0.3.2`). `git:REV` without a path is the package of this directory in that revision; in the directory
/// of a workspace, each member is compared. A change breaks guests if existing components no longer fit, and hosts if
/// existing hosts can't run new components. Items behind `@unstable` count only with --features.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen diff git:HEAD
  witgen diff git:v0.3.2:wit wit --fail-on guest
  witgen diff wasi:http@0.3.2 wit
  witgen diff old.wasm new.wit --format json")]
pub(super) struct Diff {
    /// The old package
    old: String,
    /// The new package [default: that of witgen.toml, else `./wit`]
    new: Option<String>,
    /// Include items that `@unstable` gates with these features
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    features: Vec<String>,
    /// Include the items of all features
    #[arg(long, conflicts_with = "features")]
    all_features: bool,
    /// Exit with 1 if a change breaks one of these
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SIDE")]
    fail_on: Vec<FailOn>,
    #[command(flatten)]
    registries: RegistryArgs,
}

impl Diff {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let features = if self.all_features {
            Features::All
        } else {
            Features::Only(self.features.clone())
        };
        let registries = self.registries.registries()?;
        let pairs = pairs(&self.old, self.new.as_deref(), &registries)?;
        let is_alone = pairs.len() == 1;
        let mut comparisons = Vec::new();
        for pair in pairs {
            let (old, new) = load(&pair, &features);
            let (old, new) = match (old, new) {
                // A member that was added since has nothing to be compared with.
                (Err(failure), Ok(new)) if !is_alone && failure.code() == codes::NO_WIT => {
                    shell.note(&format!("{} is new since {}", new.id(), self.old));
                    continue;
                }
                (old, new) => (old?, new?),
            };
            comparisons.push(compare(&old, &new));
            // The process ends here: giving back two large models piece by piece would take a while.
            std::mem::forget((old, new));
        }
        let text = match shell.format {
            Format::Human => {
                let reports = comparisons.iter().map(|it| human::report(it, shell.is_colored()));
                reports.collect::<Vec<_>>().join("\n")
            }
            Format::Json => json::document(&comparisons),
            Format::Markdown => {
                let checkout = Checkout::here();
                let reports = comparisons.iter().map(|it| markdown::report(it, &checkout));
                reports.collect::<Vec<_>>().join("\n")
            }
            Format::Github | Format::Sarif => {
                let changes = comparisons.iter().flat_map(|comparison| &comparison.changes);
                shell.rendered(&changes.map(Change::diagnostic).collect::<Vec<_>>())
            }
        };
        match shell.format {
            Format::Human => shell.print_styled(&text)?,
            _ => shell.print(&text)?,
        }
        let fails = |comparison| self.fail_on.iter().any(|whom| whom.fails(comparison));
        Ok(if comparisons.iter().any(fails) {
            Status::Findings
        } else {
            Status::Fine
        })
    }
}

/// Loads both packages at the same time.
fn load(pair: &Pair, features: &Features) -> (Result<Release>, Result<Release>) {
    std::thread::scope(|scope| {
        let old = scope.spawn(|| Release::load(&pair.old, features));
        let new = Release::load(&pair.new, features);
        let old = old.join();
        (
            old.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            new,
        )
    })
}
