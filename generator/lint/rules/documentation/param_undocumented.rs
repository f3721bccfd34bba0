//! A parameter that the documentation of its function leaves out.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::{Function, Type};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "param-undocumented",
    family: Family::Documentation,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/param-undocumented.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let (Some(function), Some(docs)) = (entry.function(), entry.docs) else {
            continue;
        };
        if is_setter(function) {
            continue;
        }
        let docs = words(docs);
        let params: Vec<_> = function
            .params
            .iter()
            .filter(|param| !is_mentioned(&docs, &param.name) && !mentions_type(&docs, &param.ty))
            .map(|param| param.name.as_str())
            .collect();
        let Some((first, others)) = params.split_first() else {
            continue;
        };
        let names: Vec<_> = params.iter().map(|name| format!("`{name}`")).collect();
        let (noun, path) = (entry.noun(), &entry.path);
        let message = format!(
            "the documentation of {noun} `{path}` doesn't speak of {}",
            names.join(", ")
        );
        let help = match others {
            [] => format!("say what `{first}` is, or what values it takes"),
            _ => "say what they are, or what values they take".to_owned(),
        };
        let finding = Finding::of(entry, message).at(subject.param(entry, first));
        found.push(finding.help(help));
    }
}

/// The name of a setter says what its only parameter is.
fn is_setter(function: &Function) -> bool {
    let is_named_so = function.name.starts_with("set-") || function.accessor.is_some();
    is_named_so && function.params.len() == 1
}

/// The words of a text in small letters, with one blank before and behind each: a name of several
/// may be written with hyphens or blanks.
fn words(text: &str) -> String {
    let words: Vec<_> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    format!(" {} ", words.join(" ").to_lowercase())
}

fn is_mentioned(docs: &str, name: &str) -> bool {
    let name = words(name);
    docs.contains(&name) || docs.contains(&format!("{}s ", name.trim_end()))
}

/// `Waits until the mark has occurred` speaks of a parameter of the type `mark`.
fn mentions_type(docs: &str, ty: &Type) -> bool {
    let mut is_named = false;
    ty.names(&mut |name| is_named |= is_mentioned(docs, &name.name));
    let kind = match ty {
        Type::Stream(_) => "stream",
        Type::Future(_) => "future",
        _ => return is_named,
    };
    is_named || is_mentioned(docs, kind)
}
