//! An item without documentation.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::{Subject, has_docs};
use crate::lint::{Family, Level, Rule};
use crate::model::Item;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "docs-missing",
    family: Family::Documentation,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/docs-missing.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let is_asked = match entry.item {
            Item::WorldItem(_) => false,
            Item::Type(_) => entry.definition().is_some(),
            _ => true,
        };
        if !is_asked || has_docs(entry.docs) {
            continue;
        }
        let message = format!("{} `{}` has no documentation", entry.noun(), entry.path);
        let help = if subject.has_plain_comment(entry) {
            "documentation begins with `///` or `/**`, but the comment here doesn't"
        } else {
            "describe its purpose after `///`, above the item and its gates"
        };
        found.push(Finding::of(entry, message).help(help));
    }
}
