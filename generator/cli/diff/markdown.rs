//! The comparison for a comment on a pull request.

use askama::Template;

use super::super::checkout::Checkout;
use super::groups::{groups, summary};
use crate::compat::{Change, Comparison};
use crate::diagnostic::render::{code, inline, shown};

#[derive(Template)]
#[template(path = "diff/report.md", escape = "none")]
struct Report {
    old: String,
    new: String,
    summary: String,
    groups: Vec<Group>,
    /// The address of the page about changes; none if there are none.
    page: Option<String>,
}

struct Group {
    title: &'static str,
    count: usize,
    breaks_anybody: bool,
    rows: Vec<Row>,
}

struct Row {
    message: String,
    rule: &'static str,
    place: String,
}

/// Returns the report, with breaking changes in full and the others folded.
pub(super) fn report(comparison: &Comparison, checkout: &Checkout) -> String {
    let groups = groups(comparison).into_iter().map(|group| Group {
        title: group.title,
        count: group.changes.len(),
        breaks_anybody: group.breaks_anybody,
        rows: group.changes.iter().map(|change| row(change, checkout)).collect(),
    });
    let first = comparison.changes.first();
    crate::template::text(&Report {
        old: code(&comparison.old),
        new: code(&comparison.new),
        summary: inline(&summary(comparison)),
        groups: groups.collect(),
        page: first.and_then(|change| change.diagnostic().code.address()),
    })
}

fn row(change: &Change, checkout: &Checkout) -> Row {
    let place = change.place().map(|place| code(&shown(&checkout.place(place.clone()))));
    Row {
        message: inline(&change.message),
        rule: change.rule.id,
        place: place.unwrap_or_default(),
    }
}
