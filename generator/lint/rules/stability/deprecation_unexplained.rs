//! A deprecated item whose documentation names no replacement.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::Stability;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "deprecation-unexplained",
    family: Family::Stability,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/deprecation-unexplained.md"),
    check: Check::Package(check),
};

/// Words that an explanation of a deprecation contains.
const DEPRECATION_WORDS: &[&str] = &["deprecat", "instead", "replace", "supersede", "obsolete"];

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let (Stability::Stable { deprecated, .. } | Stability::Unstable { deprecated, .. }) =
            entry.stability
        else {
            continue;
        };
        let docs = entry.docs.as_deref().unwrap_or_default().to_lowercase();
        if deprecated.is_some() && !DEPRECATION_WORDS.iter().any(|word| docs.contains(word)) {
            let (noun, path) = (entry.noun(), &entry.path);
            let message = format!("{noun} `{path}` is deprecated without a reason");
            let help = "say in its documentation what to use instead";
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
