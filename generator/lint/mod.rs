//! Rules that a package should keep: of stability, names, documentation, design and versions.
//!
//! Each rule is a file in `rules/`. Its page in `docs/lint/` explains why it exists, with an example of a finding.
//!
//! ```
//! use witgen::lint::{self, Options};
//! use witgen::model::describe;
//! use witgen::source::{Features, Source, load};
//!
//! let model = describe(&load(&Source::Embedded, &Features::All)?);
//! let report = lint::run(&model, &Options::default())?;
//! assert_eq!(report.errors, 0);
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::model::Model;

mod allowed;
mod baseline;
mod comments;
mod entry;
mod find;
mod finding;
mod lister;
mod options;
mod rule;
mod rules;
mod subject;
mod text;
mod words;

pub use baseline::{Accepted, Baseline};
pub use find::rule;
pub use options::{Allow, Level, Options};
pub use rule::{Family, Rule};
pub use rules::RULES;

use allowed::Allowed;
use comments::Comments;
use finding::Finding;
use rule::Check;
use subject::Subject;

/// The findings of a run.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The findings, sorted by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// How many of them are errors.
    pub errors: usize,
    /// How many of them are warnings.
    pub warnings: usize,
    /// How many rules were looked at.
    pub rules: usize,
    /// How many findings more the baseline accepts.
    pub accepted: usize,
    /// Findings that the baseline accepts and that no longer exist.
    pub stale: Vec<Accepted>,
    /// Every finding, those that the baseline accepts among them.
    all: Vec<Accepted>,
}

impl Report {
    /// Returns a baseline that accepts all findings.
    pub fn baseline(&self) -> Baseline {
        Baseline::new(self.all.clone())
    }
}

/// Checks a package, but none of its dependencies, which the user can't correct.
///
/// # Errors
///
/// Options that name no rule.
pub fn run(model: &Model, options: &Options) -> Result<Report> {
    let mut levels: HashMap<_, _> = RULES.iter().map(|rule| (rule.id, rule.level)).collect();
    for (id, level) in &options.levels {
        levels.insert(rule(id)?.id, *level);
    }
    for allow in &options.allow {
        rule(&allow.rule)?;
    }
    let subject = Subject::of(model);
    let mut allowed = Allowed {
        comments: Comments::of(&subject, |name| Ok(rule(name)?.id)),
        items: options.allow.iter().map(|a| (a.clone(), false)).collect(),
        subject: &subject,
        levels,
    };

    let is_on = |rule: &&&Rule| allowed.levels[rule.id] != Level::Off;
    let rules: Vec<&Rule> = RULES.iter().filter(is_on).copied().collect();
    let mut found = Vec::new();
    for rule in &rules {
        if let Check::Package(check) = rule.check {
            let mut findings = Vec::new();
            check(&subject, &mut findings);
            findings.retain(|finding| !allowed.suppress(rule.id, finding));
            found.extend(findings.into_iter().map(|finding| (*rule, finding)));
        }
    }
    for rule in &rules {
        if let Check::Allowed(check) = rule.check {
            let mut findings = Vec::new();
            check(&allowed, &mut findings);
            found.extend(findings.into_iter().map(|finding| (*rule, finding)));
        }
    }
    // Findings without a place are last.
    found.sort_by(|(a_rule, a), (b_rule, b)| {
        fn key<'f>(rule: &Rule, found: &'f Finding) -> impl Ord + use<'f> {
            let position = &found.position;
            (
                position.is_none(),
                position,
                rule.id,
                &found.item,
                &found.message,
            )
        }
        key(a_rule, a).cmp(&key(b_rule, b))
    });
    Ok(report(found, rules.len(), &allowed, options))
}

/// Looks at names and links in documentation only: what the specification's pages find, unless comments or options
/// let it pass.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn run_on_docs(model: &Model, options: &Options) -> Result<Report> {
    let mut options = options.clone();
    for rule in RULES {
        if ![codes::DEAD_LINK, codes::UNKNOWN_NAME_IN_DOCS].contains(&rule.code()) {
            options.levels.insert(rule.id.to_owned(), Level::Off);
        }
    }
    run(model, &options)
}

fn report(
    found: Vec<(&'static Rule, Finding)>,
    rules: usize,
    allowed: &Allowed<'_, '_>,
    options: &Options,
) -> Report {
    let mut report = Report {
        rules,
        ..Report::default()
    };
    let baseline = options.baseline.as_ref();
    let mut left = baseline.map(Baseline::counts).unwrap_or_default();
    for (rule, finding) in found {
        let accepted = Accepted {
            rule: rule.id.to_owned(),
            item: finding.item.clone(),
            message: finding.message.clone(),
        };
        let is_accepted = match left.get_mut(&accepted) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        };
        report.all.push(accepted);
        if is_accepted {
            report.accepted += 1;
            continue;
        }
        let is_chosen = options.levels.contains_key(rule.id);
        let level = finding.level.filter(|_| !is_chosen).unwrap_or(allowed.levels[rule.id]);
        let diagnostic = match level {
            Level::Error => {
                report.errors += 1;
                Diagnostic::error(rule.code(), finding.message)
            }
            Level::Warning | Level::Off => {
                report.warnings += 1;
                Diagnostic::warning(rule.code(), finding.message)
            }
        };
        let positions = finding.position.into_iter().chain(finding.others);
        let diagnostic = positions.map(Place::from).fold(diagnostic, Diagnostic::at);
        let diagnostic = finding.help.into_iter().fold(diagnostic, Diagnostic::help);
        report.diagnostics.push(diagnostic);
    }
    let stale = left.into_iter().filter(|(_, count)| *count > 0);
    report.stale = stale.map(|(accepted, _)| accepted.clone()).collect();
    report
}
