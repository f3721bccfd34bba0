//! A function that can fail without a reason.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::Type;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "result-without-error",
    family: Family::Design,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/result-without-error.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let result = entry.function().and_then(|function| function.result.as_ref());
        if let Some(result @ Type::Result { err: None, .. }) = result {
            let (noun, path) = (entry.noun(), &entry.path);
            let message =
                format!("{noun} `{path}` returns `{result}`, which doesn't say why it fails");
            let help = "give the `result` an error type, for instance an `enum` of the reasons";
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
