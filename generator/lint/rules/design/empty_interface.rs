//! An interface with nothing in it.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "empty-interface",
    family: Family::Design,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/empty-interface.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let interface = entry.interface();
        if interface.is_some_and(|it| it.types.is_empty() && it.functions.is_empty()) {
            let message = format!("interface `{}` is empty", entry.path);
            let help = "add a type or a function, or remove it";
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
