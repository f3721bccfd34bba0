//! A parameter that the documentation of its function leaves out.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::words::{mention, words};
use crate::lint::{Family, Level, Rule};
use crate::model::{Function, Param, Type};

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
            .filter(|param| {
                !mention(&docs, &param.name)
                    && !mentions_type(&docs, &param.ty)
                    && !is_named_like_its_type(param)
                    && !subject.has_param_docs(entry, &param.name)
            })
            .map(|param| param.name.as_str())
            .collect();
        let Some((first, others)) = params.split_first() else {
            continue;
        };
        let names: Vec<_> = params.iter().map(|name| format!("`{name}`")).collect();
        let (noun, path) = (entry.noun(), &entry.path);
        let message = format!(
            "the documentation of {noun} `{path}` doesn't mention {}",
            names.join(", ")
        );
        let help = match others {
            [] => format!("describe `{first}`: its meaning, or its possible values"),
            _ => "describe them: their meaning, or their possible values".to_owned(),
        };
        let finding = Finding::of(entry, message).at(subject.param(entry, first));
        found.push(finding.help(help));
    }
}

/// The name of a setter describes its only parameter.
fn is_setter(function: &Function) -> bool {
    let is_named_so = function.name.starts_with("set-") || function.accessor.is_some();
    is_named_so && function.params.len() == 1
}

/// The type's documentation describes a parameter such as `weight: weight`.
fn is_named_like_its_type(param: &Param) -> bool {
    let mut is_same = false;
    param.ty.names(&mut |name| is_same |= name.name == param.name);
    is_same
}

/// `Waits until the mark has occurred` mentions a parameter of the type `mark`.
fn mentions_type(docs: &str, ty: &Type) -> bool {
    let mut is_named = false;
    ty.names(&mut |name| is_named |= mention(docs, &name.name));
    let kind = match ty {
        Type::Stream(_) => "stream",
        Type::Future(_) => "future",
        _ => return is_named,
    };
    is_named || mention(docs, kind)
}
