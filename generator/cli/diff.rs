//! `witgen diff`: what has changed between two packages, and whom it breaks.

use std::path::Path;

use askama::Template;
use clap::Args;
use serde::Serialize;

use super::here::require_package_here;
use super::registries::RegistryArgs;
use super::shared::json;
use super::shell::{Format, Outcome, Shell, counted};
use super::status::Status;
use crate::compat::{Breaks, Change, Comparison, Release, Weight, compare};
use crate::config::FailOn;
use crate::diagnostic::render::{self, printable};
use crate::diagnostic::{Diagnostic, Place};
use crate::locate;
use crate::source::Features;

/// Compare two packages: every change, whom it breaks, and what the next version must be.
///
/// A package is a directory, a `.wit` file, a `.wasm` file, `git:REV:PATH`, a directory or a file of a git
/// revision (PATH is `wit` if it is left out), or a package of a registry (`wasi:http@0.3.2`). Guests are components that were built for the old
/// package, hosts those that were built to run them: a change breaks them if what was built before and
/// what is built after don't go together. Items behind `@unstable` count only with --features.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen diff git:HEAD
  witgen diff git:v0.3.2:wit wit --fail-on guest
  witgen diff wasi:http@0.3.2 wit
  witgen diff old.wasm new.wit --format json")]
pub(super) struct Diff {
    /// The package as it was
    old: String,
    /// The package as it is  [default: the one that other commands take here]
    new: Option<String>,
    /// Take items of these features too, which `@unstable` gates
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    features: Vec<String>,
    /// Take all items, whatever their features
    #[arg(long, conflicts_with = "features")]
    all_features: bool,
    /// End with status 1 if a change breaks any of these
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHOM")]
    fail_on: Vec<FailOn>,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// The comparison for people.
#[derive(Template)]
#[template(path = "diff/report.txt", escape = "none")]
struct Report<'a> {
    old: String,
    new: String,
    groups: Vec<Group>,
    lists: Vec<List<'a>>,
    summary: String,
}

/// Changes that break somebody, each with its place in the source.
struct Group {
    title: &'static str,
    changes: Vec<String>,
}

/// Changes that break nobody, a line each.
struct List<'a> {
    title: &'static str,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    rule: &'a str,
    message: String,
    place: Option<String>,
}

/// The comparison for programs.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    old: &'a str,
    new: &'a str,
    least_version: Option<String>,
    is_version_too_low: bool,
    changes: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    rule: &'a str,
    item: &'a str,
    message: &'a str,
    weight: Weight,
    breaks: Breaks,
    old: Option<String>,
    new: Option<String>,
}

impl Diff {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let here = Path::new("");
        let features = if self.all_features {
            Features::All
        } else {
            Features::Only(self.features.clone())
        };
        let registries = self.registries.registries()?;
        let old = locate::source(&self.old, here, &registries)?;
        let new = match &self.new {
            Some(new) => locate::source(new, here, &registries)?,
            None => require_package_here(&registries)?.source,
        };
        let (old, new) = std::thread::scope(|scope| {
            let old = scope.spawn(|| Release::load(&old, &features));
            let new = Release::load(&new, &features);
            let old = old.join();
            (
                old.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                new,
            )
        });
        let (old, new) = (old?, new?);
        let comparison = compare(&old, &new);
        match shell.format {
            Format::Human => {
                let report = human(&comparison, shell.is_colored());
                shell.print_styled(&report)?;
            }
            Format::Json => shell.print(&json(&document(&comparison)))?,
            Format::Github => shell.print(&render::github(&findings(&comparison)))?,
            Format::Sarif => {
                let log = render::sarif(&findings(&comparison));
                shell.print(&format!("{log}\n"))?;
            }
        }
        let fails = self.fail_on.iter().any(|whom| whom.fails(&comparison));
        // The process ends here: giving back two large models piece by piece would take a while.
        std::mem::forget((old, new));
        Ok(if fails {
            Status::Findings
        } else {
            Status::Fine
        })
    }
}

fn findings(comparison: &Comparison) -> Vec<Diagnostic> {
    comparison.changes.iter().map(Change::diagnostic).collect()
}

fn human(comparison: &Comparison, colored: bool) -> String {
    let with_weight = |weight: Weight, is_addition: Option<bool>| {
        let changes = comparison.changes.iter();
        changes.filter(move |change| {
            change.weight() == weight && is_addition.is_none_or(|is| change.rule.is_addition == is)
        })
    };
    let group = |weight, is_addition, title| Group {
        title,
        changes: with_weight(weight, is_addition)
            .map(|change| render::human(&change.diagnostic(), colored).trim_end().to_owned())
            .collect(),
    };
    let list = |weight, title| List {
        title,
        rows: with_weight(weight, None)
            .map(|change| Row {
                rule: change.rule.id,
                message: printable(&change.message),
                place: change
                    .new
                    .as_ref()
                    .or(change.old.as_ref())
                    .map(|place| printable(&shown(place))),
            })
            .collect(),
    };
    let groups = vec![
        group(Weight::Both, None, "Breaks guests and hosts"),
        group(Weight::Guest, None, "Breaks guests"),
        group(Weight::Host, Some(false), "Breaks hosts"),
        group(Weight::Host, Some(true), "Needs newer hosts"),
        group(Weight::Source, None, "Breaks source only"),
    ];
    let lists = vec![
        list(Weight::Compatible, "Breaks nobody"),
        list(Weight::Documentation, "Documentation"),
    ];
    let report = Report {
        old: printable(&comparison.old),
        new: printable(&comparison.new),
        groups: groups.into_iter().filter(|g| !g.changes.is_empty()).collect(),
        lists: lists.into_iter().filter(|l| !l.rows.is_empty()).collect(),
        summary: printable(&summary(comparison)),
    };
    crate::template::text(&report)
}

/// `2 changes: 1 breaking for guests; the version must be at least 0.4.0`
fn summary(comparison: &Comparison) -> String {
    let count = |is: &dyn Fn(&Change) -> bool| {
        comparison.changes.iter().filter(|change| is(change)).count()
    };
    let needs_newer_host = |c: &Change| c.weight() == Weight::Host && c.rule.is_addition;
    let counts = [
        (count(&|c| c.breaks.guest), "breaking for guests"),
        (
            count(&|c| c.breaks.host && !needs_newer_host(c)),
            "breaking for hosts",
        ),
        (count(&needs_newer_host), "for newer hosts only"),
        (
            count(&|c| c.weight() == Weight::Source),
            "breaking for source only",
        ),
    ];
    let breaking: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, effect)| format!("{count} {effect}"))
        .collect();
    if comparison.changes.is_empty() && !comparison.is_too_low {
        return "no changes".to_owned();
    }
    let total = counted(comparison.changes.len(), "change");
    let breaking = match (comparison.changes.len(), breaking.is_empty()) {
        (0, _) => String::new(),
        (_, true) => ", none breaking".to_owned(),
        (_, false) => format!(": {}", breaking.join(", ")),
    };
    let version = match &comparison.least {
        None => String::new(),
        Some(least) if comparison.is_too_low => {
            format!(
                "; the version must be at least {least}, but this is {}",
                comparison.new
            )
        }
        Some(least) => format!("; the version must be at least {least}"),
    };
    format!("{total}{breaking}{version}")
}

fn document(comparison: &Comparison) -> Document<'_> {
    let changes = comparison.changes.iter().map(|change| Entry {
        rule: change.rule.id,
        item: &change.item,
        message: &change.message,
        weight: change.weight(),
        breaks: change.breaks,
        old: change.old.as_ref().map(shown),
        new: change.new.as_ref().map(shown),
    });
    Document {
        version: 1,
        old: &comparison.old,
        new: &comparison.new,
        least_version: comparison.least.as_ref().map(ToString::to_string),
        is_version_too_low: comparison.is_too_low,
        changes: changes.collect(),
    }
}

/// A place as editors take it: `wit/types.wit:12:3`.
fn shown(place: &Place) -> String {
    match place {
        Place::Source(position) => {
            let (line, column) = position.start_for_people();
            format!("{}:{line}:{column}", position.path())
        }
        Place::Path(path) => path.clone(),
        Place::Argument(argument) => argument.clone(),
    }
}
