//! A world with nothing in it.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "empty-world",
    family: Family::Design,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/empty-world.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let world = entry.world();
        if world.is_some_and(|it| it.imports.is_empty() && it.exports.is_empty()) {
            let message = format!("world `{}` imports and exports nothing", entry.path);
            let help = "add imports or exports, or remove it";
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
