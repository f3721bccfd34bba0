//! `witgen lint`: what could be better in a package.

use std::mem;
use std::path::PathBuf;

use clap::Args;

use super::shared::PackageArgument;
use super::shell::{Outcome, Shell, counted};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::fileset::write_file;
use crate::lint::{self, Baseline, Level, Options, Report};
use crate::model::describe;
use crate::project::Project;
use crate::source::Features;

/// Where a baseline is written to unless another file is named.
const DEFAULT_BASELINE: &str = "witgen-lint-baseline.json";

/// Check a package against rules for names, gates and docs.
///
/// Checks all items, including those behind `@unstable`; --features leaves out items of other features. Doesn't check
/// dependencies. The exit status is 1 if there are errors. `witgen explain` lists the rules and describes each. A
/// comment directly above an item, or after it on its line, allows a finding in that item: `// witgen-allow
/// boolean-pair: as in the C library`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen lint
  witgen lint api.wit --deny docs-missing --allow boolean-pair=types.request.new
  witgen lint --write-baseline && witgen lint --baseline witgen-lint-baseline.json --deny-warnings
  witgen lint --format sarif > lint.sarif")]
pub(super) struct Lint {
    #[command(flatten)]
    package: PackageArgument,
    /// Turn a rule off, or allow it in one item
    #[arg(long, value_name = "RULE[=ITEM]")]
    allow: Vec<String>,
    /// Make a rule's findings warnings, also for a rule that is off by default
    #[arg(long, value_name = "RULE")]
    warn: Vec<String>,
    /// Make a rule's findings errors; takes precedence over --warn and --allow
    #[arg(long, value_name = "RULE")]
    deny: Vec<String>,
    /// Fail on warnings too
    #[arg(long)]
    deny_warnings: bool,
    /// Ignore the findings that this file accepts, and report only new ones
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Accept the present findings: write them to a file for --baseline
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = DEFAULT_BASELINE,
        conflicts_with = "baseline"
    )]
    write_baseline: Option<PathBuf>,
}

impl Lint {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let wit = self.package.wit();
        let manifest = wit.manifest()?;
        // `witgen.toml` only applies to the package that it names.
        let project = manifest.as_ref().filter(|it| it.is_about(wit.wit.as_deref()));
        let options = self.options(project)?;
        let features = project.map_or(Features::All, Project::shown_features);
        let package = wit.load_here_or(features, shell)?;
        let model = describe(&package);
        let report = lint::run(&model, &options)?;
        let name = &model.package().id;
        if let Some(path) = &self.write_baseline {
            let baseline = report.baseline();
            if path.exists() {
                // An existing file must be a baseline too. Otherwise it belongs to the user.
                Baseline::read(path).map_err(|error| {
                    let shown = path.display();
                    let message = format!("`{shown}` exists but is not a baseline file");
                    let why = format!("{error}").lines().next().unwrap_or_default().to_owned();
                    Diagnostic::error(codes::NOT_OURS, message)
                        .at(Place::path(path))
                        .help(format!("name another file; nothing was changed ({why})"))
                })?;
            }
            write_file(path, baseline.to_json().as_bytes())?;
            shell.report(&[]);
            let count = counted(baseline.len(), "finding");
            shell.note(&format!("{}: accepts {count} in {name}", path.display()));
            return Ok(Status::Fine);
        }
        shell.report(&report.diagnostics);
        for stale in &report.stale {
            let (rule, item) = (&stale.rule, &stale.item);
            shell.note(&format!(
                "the baseline accepts findings that no longer exist: {rule} in `{item}`"
            ));
        }
        shell.note(&summary(&report, name));
        let deny_warnings =
            self.deny_warnings || project.is_some_and(|it| it.config().lint.deny_warnings);
        let fails = report.errors > 0 || (deny_warnings && report.warnings > 0);
        // The process ends here: giving back a large model piece by piece would take a while.
        mem::forget((package, model, report));
        Ok(if fails {
            Status::Findings
        } else {
            Status::Fine
        })
    }

    /// Returns the options of the command line on top of those of the manifest.
    fn options(&self, project: Option<&Project>) -> Result<Options> {
        let mut options = project.map(Project::lint_options).transpose()?.unwrap_or_default();
        let at = |flag: &str, text: &str| {
            let place = Place::argument(format!("--{flag} {text}"));
            move |failure: Failure| failure.at(place)
        };
        for text in &self.allow {
            if text.contains('=') {
                options.allow.push(text.parse().map_err(at("allow", text))?);
            } else {
                let rule = lint::rule(text).map_err(at("allow", text))?;
                options.levels.insert(rule.id.to_owned(), Level::Off);
            }
        }
        let levels = [
            ("warn", &self.warn, Level::Warning),
            ("deny", &self.deny, Level::Error),
        ];
        for (flag, rules, level) in levels {
            for text in rules {
                let rule = lint::rule(text).map_err(at(flag, text))?;
                options.levels.insert(rule.id.to_owned(), level);
            }
        }
        if let Some(path) = &self.baseline {
            options.baseline = Some(Baseline::read(path)?);
        }
        if self.write_baseline.is_some() {
            options.baseline = None;
        }
        Ok(options)
    }
}

/// `3 errors, 2 warnings in wasi:http@0.3.1002 (25 rules)`
fn summary(report: &Report, name: &str) -> String {
    let mut counts: Vec<_> = [(report.errors, "error"), (report.warnings, "warning")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(count, noun))
        .collect();
    if counts.is_empty() {
        counts.push("no findings".to_owned());
    }
    let accepted = match report.accepted {
        0 => String::new(),
        count => format!(", {count} accepted by the baseline"),
    };
    let rules = counted(report.rules, "rule");
    format!("{} in {name} ({rules}){accepted}", counts.join(", "))
}
