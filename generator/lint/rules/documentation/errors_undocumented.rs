//! A function that can fail, and whose documentation is silent about it.

use std::collections::{HashMap, HashSet};

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::words::{mention, words};
use crate::lint::{Family, Level, Rule};
use crate::model::{Case, Type, TypeDef, TypeKind};

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
    let mut names = HashMap::new();
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
        if !speaks && !names_error(subject, docs, error, &mut names) {
            let (noun, path) = (entry.noun(), &entry.path);
            let message =
                format!("the documentation of {noun} `{path}` doesn't mention when it fails");
            let help = format!("describe when it returns which `{error}`");
            found.push(Finding::of(entry, message).help(help));
        }
    }
}

/// Whether the error's type or one of its cases is named, in any spelling. A case of one word is a name only in
/// backticks.
fn names_error(
    subject: &Subject<'_>,
    docs: &str,
    error: &Type,
    known: &mut HashMap<*const TypeDef, CaseNames>,
) -> bool {
    let all = words(docs);
    let quoted: Vec<_> = docs.split('`').skip(1).step_by(2).map(words).collect();
    let mut is_named = false;
    error.names(&mut |name| {
        is_named |= mention(&all, &name.name);
        let def = subject.index.definition(name).map(|(_, def)| def);
        if let Some(def) = def
            && let TypeKind::Variant(cases) | TypeKind::Enum(cases) = &def.kind
        {
            let names = known.entry(std::ptr::from_ref(def));
            let names = names.or_insert_with(|| CaseNames::of(cases));
            is_named |= is_any_in(&names.several_words, &all)
                || quoted.iter().any(|quoted| is_any_in(&names.one_word, quoted));
        }
    });
    is_named
}

/// The names of an error's cases as documentation writes them, so that each text is searched once and not for each
/// case.
struct CaseNames {
    one_word: HashSet<String>,
    several_words: HashSet<String>,
}

/// The most words of a case's name that is looked for.
const MAX_WORDS: usize = 8;

impl CaseNames {
    fn of(cases: &[Case]) -> Self {
        let (one_word, several_words): (Vec<_>, Vec<_>) =
            cases.iter().map(|case| &case.name).partition(|name| !name.contains('-'));
        let names = |names: Vec<&String>| -> HashSet<String> {
            names.into_iter().map(|name| words(name).trim().to_owned()).collect()
        };
        CaseNames {
            one_word: names(one_word),
            several_words: names(several_words),
        }
    }
}

/// Whether any of some names, or its plural, is among the words of a text.
fn is_any_in(names: &HashSet<String>, words_of_text: &str) -> bool {
    if names.is_empty() {
        return false;
    }
    let words: Vec<_> = words_of_text.split_whitespace().collect();
    (0..words.len()).any(|start| {
        let rest = &words[start..];
        (1..=rest.len().min(MAX_WORDS)).any(|count| {
            let name = rest[..count].join(" ");
            let singular = name.strip_suffix('s');
            names.contains(&name) || singular.is_some_and(|name| names.contains(name))
        })
    })
}
