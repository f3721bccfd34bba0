//! Groups changes by what they break, and counts them.

use super::super::shell::counted;
use crate::compat::{Change, Comparison, Weight};

/// Changes that break the same readers.
pub(super) struct Group<'a> {
    pub title: &'static str,
    pub changes: Vec<&'a Change>,
    /// Whether the changes break guests, hosts or source code.
    pub breaks_anybody: bool,
}

/// Returns the groups that have changes, the heaviest first.
pub(super) fn groups(comparison: &Comparison) -> Vec<Group<'_>> {
    let group = |weight: Weight, is_addition: Option<bool>, title| Group {
        title,
        changes: comparison
            .changes
            .iter()
            .filter(|change| {
                change.weight() == weight
                    && is_addition.is_none_or(|is| change.rule.is_addition == is)
            })
            .collect(),
        breaks_anybody: weight < Weight::Compatible,
    };
    let groups = [
        group(Weight::Both, None, "Breaks guests and hosts"),
        group(Weight::Guest, None, "Breaks guests"),
        group(Weight::Host, Some(false), "Breaks hosts"),
        group(Weight::Host, Some(true), "Needs newer hosts"),
        group(Weight::Source, None, "Breaks source only"),
        group(Weight::Compatible, None, "Breaks nothing"),
        group(Weight::Documentation, None, "Documentation"),
    ];
    groups.into_iter().filter(|group| !group.changes.is_empty()).collect()
}

/// `2 changes: 1 breaking for guests; the version must be at least 0.4.0`
pub(super) fn summary(comparison: &Comparison) -> String {
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
