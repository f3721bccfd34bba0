//! A name in backticks that looks like an item and is none.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "unknown-name-in-docs",
    family: Family::Documentation,
    level: Level::Error,
    page: include_str!("../../../../docs/lint/unknown-name-in-docs.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    found.extend(subject.found_in_docs(RULE.id));
}
