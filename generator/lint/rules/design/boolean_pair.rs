//! Several booleans in one signature.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::Type;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "boolean-pair",
    family: Family::Design,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/boolean-pair.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let Some(function) = entry.function() else {
            continue;
        };
        let bools: Vec<_> = function
            .params
            .iter()
            .filter(|it| it.ty == Type::Bool)
            .map(|param| param.name.as_str())
            .collect();
        let [first, others @ ..] = bools.as_slice() else {
            continue;
        };
        if others.is_empty() {
            continue;
        }
        let names: Vec<_> = bools.iter().map(|name| format!("`{name}`")).collect();
        let (noun, path) = (entry.noun(), &entry.path);
        let message = format!(
            "{noun} `{path}` takes {} booleans: {}",
            names.len(),
            names.join(", ")
        );
        let help = "a call `f(true, false)` is unclear: use `flags`, or an `enum` for each";
        let finding = Finding::of(entry, message).at(subject.param(entry, first));
        found.push(finding.help(help));
    }
}
