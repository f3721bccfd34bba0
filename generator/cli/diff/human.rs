//! The comparison for people.

use askama::Template;

use super::groups::{groups, summary};
use crate::compat::Comparison;
use crate::diagnostic::render::{self, printable, shown};

#[derive(Template)]
#[template(path = "diff/report.txt", escape = "none")]
struct Report<'a> {
    old: String,
    new: String,
    groups: Vec<Group>,
    lists: Vec<List<'a>>,
    summary: String,
}

/// Breaking changes, each with its place in the source.
struct Group {
    title: &'static str,
    changes: Vec<String>,
}

/// Changes that break nothing, one per line.
struct List<'a> {
    title: &'static str,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    rule: &'a str,
    message: String,
    place: Option<String>,
}

/// Returns the report, with the source of breaking changes.
pub(super) fn report(comparison: &Comparison, colored: bool) -> String {
    let (breaking, others): (Vec<_>, Vec<_>) =
        groups(comparison).into_iter().partition(|group| group.breaks_anybody);
    let groups = breaking.into_iter().map(|group| Group {
        title: group.title,
        changes: group
            .changes
            .iter()
            .map(|change| render::human(&change.diagnostic(), colored).trim_end().to_owned())
            .collect(),
    });
    let lists = others.into_iter().map(|group| List {
        title: group.title,
        rows: group
            .changes
            .iter()
            .map(|change| Row {
                rule: change.rule.id,
                message: printable(&change.message),
                place: change.place().map(|place| printable(&shown(place))),
            })
            .collect(),
    });
    crate::template::text(&Report {
        old: printable(&comparison.old),
        new: printable(&comparison.new),
        groups: groups.collect(),
        lists: lists.collect(),
        summary: printable(&summary(comparison)),
    })
}
