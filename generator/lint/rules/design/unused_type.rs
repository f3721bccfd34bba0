//! A type that nothing uses.

use crate::lint::entry::Entry;
use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::TypeKind;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "unused-type",
    family: Family::Design,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/unused-type.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let Some(def) = entry.definition() else {
            continue;
        };
        let around = subject.within(entry).and_then(Entry::interface);
        // An interface of types alone is for others, and a resource has functions of its own.
        let is_asked = around.is_some_and(|interface| !interface.functions.is_empty())
            && !matches!(def.kind, TypeKind::Resource);
        if is_asked && def.used_by.is_empty() {
            let (noun, path) = (entry.noun(), &entry.path);
            let message = format!("nothing in the package uses {noun} `{path}`");
            let help = "use it where it belongs, or remove it";
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
