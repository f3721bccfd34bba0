//! A type that is brought in for nothing.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::TypeKind;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "unused-use",
    family: Family::Design,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/unused-use.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let Some(def) = entry.type_def() else {
            continue;
        };
        if let TypeKind::Use(used) = &def.kind
            && def.used_by.is_empty()
        {
            let message = format!(
                "`{}` is imported by `use`, but nothing refers to it",
                entry.path
            );
            let help = format!(
                "remove it; others can `use` it from `{}` itself",
                used.owner
            );
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
