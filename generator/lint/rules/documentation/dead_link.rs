//! A link within the specification that leads nowhere.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "dead-link",
    family: Family::Documentation,
    level: Level::Error,
    page: include_str!("../../../../docs/lint/dead-link.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    found.extend(subject.found_in_docs(RULE.id));
}
