//! `witgen outdated`: which dependencies have newer versions.

use std::path::Path;

use askama::Template;
use clap::Args;

use super::registries::RegistryArgs;
use super::shared::json;
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::project::dependencies::{self, PackageDir, outdated};

/// List dependencies that have newer versions.
///
/// Each line has the version in use, the newest allowed version, the newest version, and the place of the
/// requirement. `--format json` lists all dependencies.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen outdated
  witgen outdated --exit-code      # in continuous integration")]
pub(super) struct Outdated {
    /// Exit with 1 if a dependency has a newer version
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

#[derive(Template)]
#[template(path = "outdated/table.txt", escape = "none")]
struct Table {
    rows: Vec<Row>,
}

/// A row whose cells are as wide as their columns.
struct Row {
    package: String,
    current: String,
    compatible: String,
    latest: String,
    required: String,
}

impl Outdated {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let dir = PackageDir::find(Path::new("."), None)?;
        shell.progress("looking for newer versions");
        let found = outdated(&dir, &self.registries.registries()?);
        shell.end_progress();
        let found = found?;
        let newer: Vec<_> = found.iter().filter(|it| it.is_outdated).collect();
        if shell.format != Format::Human {
            shell.print(&json(&found))?;
        } else if newer.is_empty() {
            shell.note("all dependencies are at their newest versions");
        } else {
            let rows = rows(&newer);
            shell.print(&crate::template::text(&Table { rows }))?;
        }
        Ok(if self.exit_code && !newer.is_empty() {
            Status::Findings
        } else {
            Status::Fine
        })
    }
}

fn rows(found: &[&dependencies::Status]) -> Vec<Row> {
    let head = ["package", "current", "compatible", "latest", "required"].map(str::to_owned);
    let cells = found.iter().map(|it| {
        let place = it.required.first();
        let first = place.map_or(String::new(), |it| format!("{}:{}", it.path(), it.line()));
        let required = match it.required.len() {
            0 | 1 => first,
            count => format!("{first} and {} more", count - 1),
        };
        let (package, current) = (it.package.clone(), it.current.clone());
        [
            package,
            current,
            it.compatible.clone(),
            it.latest.clone(),
            required,
        ]
    });
    let cells: Vec<[String; 5]> = std::iter::once(head).chain(cells).collect();
    let width = |column: usize| cells.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    let rows = cells.iter().map(|row| {
        let padded = |column: usize| format!("{:width$}", row[column], width = widths[column]);
        Row {
            package: padded(0),
            current: padded(1),
            compatible: padded(2),
            latest: padded(3),
            required: row[4].clone(),
        }
    });
    rows.collect()
}
