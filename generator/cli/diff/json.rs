//! The comparison for programs.

use serde::Serialize;

use super::super::shared::json;
use crate::compat::{Breaks, Comparison, Weight};
use crate::diagnostic::render::shown;

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

/// Returns the comparison as one object; those of several packages as a list.
pub(super) fn document(comparisons: &[Comparison]) -> String {
    match comparisons {
        [comparison] => json(&view(comparison)),
        comparisons => json(&comparisons.iter().map(view).collect::<Vec<_>>()),
    }
}

fn view(comparison: &Comparison) -> Document<'_> {
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
