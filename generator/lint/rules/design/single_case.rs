//! A variant or an enum with nothing to choose from.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::TypeKind;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "single-case",
    family: Family::Design,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/single-case.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let Some(TypeKind::Variant(cases) | TypeKind::Enum(cases)) =
            entry.type_def().map(|def| &def.kind)
        else {
            continue;
        };
        if let [case] = cases.as_slice() {
            let (noun, path, case) = (entry.noun(), &entry.path, &case.name);
            let message = format!("{noun} `{path}` has only one case, `{case}`");
            let help =
                "use the type of its payload directly; adding a case later breaks callers anyway";
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
