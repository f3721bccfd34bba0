//! Results as a table, for people.

use askama::Template;

use super::super::case::Case;
use super::super::outcome::{CaseResult, Outcome, Report};
use crate::template;

#[derive(Template)]
#[template(path = "conform/table.txt", escape = "none")]
struct Table {
    subject: String,
    groups: Vec<Group>,
    failures: Vec<Failure>,
    notes: Vec<String>,
    passed: usize,
    failed: usize,
    known: usize,
    not_applicable: usize,
}

struct Group {
    name: String,
    rows: Vec<Row>,
}

struct Row {
    outcome: String,
    level: String,
    name: String,
    summary: String,
    /// The reason why a case doesn't apply.
    reason: Option<String>,
}

struct Failure {
    name: String,
    level: &'static str,
    summary: String,
    quote: String,
    item: String,
    rfc: String,
    parts: Vec<Part>,
}

/// Variants that fail in the same way.
struct Part {
    variants: String,
    lines: Vec<String>,
}

/// Renders results as a table, which the failures follow.
pub fn table(report: &Report) -> String {
    let width = width(report.cases.iter().map(|case| case.name.as_str()));
    let row = |case: &CaseResult| Row {
        outcome: format!("{:<5}", case.outcome().as_str()),
        level: format!("{:<6}", case.level.as_str()),
        name: format!("{:<width$}", case.name),
        summary: case.summary.clone(),
        reason: match case.outcome() {
            Outcome::NotApplicable(reason) if !reason.is_empty() => Some(reason.clone()),
            Outcome::Known { because, upstream } => Some(format!("{because} ({upstream})")),
            _ => None,
        },
    };
    let mut groups: Vec<Group> = Vec::new();
    for case in &report.cases {
        let name = case.name.split('/').next().unwrap_or_default();
        match groups.last_mut().filter(|group| group.name == name) {
            Some(group) => group.rows.push(row(case)),
            None => groups.push(Group {
                name: name.to_owned(),
                rows: vec![row(case)],
            }),
        }
    }
    let failed = report.cases.iter().filter(|it| matches!(it.outcome(), Outcome::Fail(_)));
    let version = report.version.as_ref().map(|version| format!(" ({version})"));
    template::text(&Table {
        subject: report.subject.clone() + &version.unwrap_or_default(),
        groups,
        failures: failed.map(failure).collect(),
        notes: report.notes.clone(),
        passed: report.count("pass"),
        failed: report.count("fail"),
        known: report.count("known"),
        not_applicable: report.count("n/a"),
    })
}

fn failure(case: &CaseResult) -> Failure {
    let parts = case.failures().into_iter().map(|(variants, reason)| {
        let variants: Vec<_> = variants.iter().map(ToString::to_string).collect();
        Part {
            variants: variants.join(", "),
            lines: reason.lines().map(str::to_owned).collect(),
        }
    });
    Failure {
        name: case.name.clone(),
        level: case.level.as_str(),
        summary: case.summary.clone(),
        quote: case.quote.0.clone(),
        item: case.quote.1.clone(),
        rfc: case.rfc.join("; "),
        parts: parts.collect(),
    }
}

fn width<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(str::len).max().unwrap_or_default()
}

/// Renders the cases of a suite, without running them.
pub fn list(cases: &[Case]) -> String {
    let width = width(cases.iter().map(|case| case.name.as_str()));
    let line = |case: &Case| {
        let (level, name) = (case.level.as_str(), &case.name);
        format!("{level:<6} {name:<width$} {}\n", case.summary)
    };
    cases.iter().map(line).collect()
}
