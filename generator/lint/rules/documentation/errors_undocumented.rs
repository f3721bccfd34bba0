//! A function that can fail, and whose documentation is silent about it.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::words::{mention, words};
use crate::lint::{Family, Level, Rule};
use crate::model::{Type, TypeKind};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "errors-undocumented",
    family: Family::Documentation,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/errors-undocumented.md"),
    check: Check::Package(check),
};

/// Words that documentation of failures contains.
const FAILURE_WORDS: &[&str] = &[
    "error",
    "fail",
    "err(",
    "`err`",
    "reject",
    "refuse",
    "denie",
    "invalid",
    "not permitted",
];

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let (Some(function), Some(docs)) = (entry.function(), entry.docs) else {
            continue;
        };
        let Some(Type::Result {
            err: Some(error), ..
        }) = &function.result
        else {
            continue;
        };
        let lower = docs.to_lowercase();
        let speaks = FAILURE_WORDS.iter().any(|word| lower.contains(word));
        if !speaks && !names_error(subject, docs, error) {
            let (noun, path) = (entry.noun(), &entry.path);
            let message = format!("the documentation of {noun} `{path}` doesn't say when it fails");
            let help = format!("say when it returns which `{error}`");
            found.push(Finding::of(entry, message).help(help));
        }
    }
}

/// Whether the error's type or one of its cases is named, in any spelling. A case of one word is a name only in
/// backticks.
fn names_error(subject: &Subject<'_>, docs: &str, error: &Type) -> bool {
    let all = words(docs);
    let quoted: Vec<_> = docs.split('`').skip(1).step_by(2).map(words).collect();
    let mut is_named = false;
    error.names(&mut |name| {
        is_named |= mention(&all, &name.name);
        let def = subject.index.definition(name).map(|(_, def)| &def.kind);
        if let Some(TypeKind::Variant(cases) | TypeKind::Enum(cases)) = def {
            is_named |= cases.iter().any(|case| {
                let is_one_word = !case.name.contains('-');
                let is_quoted = || quoted.iter().any(|quoted| mention(quoted, &case.name));
                if is_one_word {
                    is_quoted()
                } else {
                    mention(&all, &case.name)
                }
            });
        }
    });
    is_named
}
