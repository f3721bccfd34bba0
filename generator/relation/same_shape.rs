//! Interfaces, or functions, that are equal but for their names.

use super::Relation;
use super::extends::Difference;
use super::shape::{Mismatch, Shapes};
use super::subject::Subject;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::model::{Function, Index, Interface, Item, Model};

/// An item with a shape.
#[derive(Clone, Copy)]
enum Shaped<'a> {
    Interface(&'a Interface),
    Function(&'a Function, &'a str),
}

pub(super) fn check(
    subject: &Subject<'_>,
    relation: &Relation,
    names: &[String],
) -> Result<Vec<Diagnostic>> {
    let [first, others @ ..] = names else {
        return Ok(Vec::new());
    };
    let find = |name: &str| {
        shaped(subject.model, &subject.index, name)
            .map_err(|failure| failure.map(|error| relation.placed(error)))
    };
    let expected = find(first)?;
    let mut findings = Vec::new();
    for name in others {
        let Some(mismatch) = compare(&subject.index, expected, find(name)?) else {
            continue;
        };
        let message = format!(
            "`{name}` doesn't have the shape of `{first}`: {}",
            mismatch.what
        );
        let mut finding = Diagnostic::error(codes::RELATION_SAME_SHAPE, message);
        for position in [mismatch.found, mismatch.expected].into_iter().flatten() {
            finding = finding.at(position.clone().into());
        }
        findings.push(relation.placed(finding).help("make them equal, apart from their names"));
    }
    Ok(findings)
}

/// How each of the names differs from the first.
pub(super) fn differences(model: &Model, names: &[String]) -> Vec<(String, Vec<Difference>)> {
    let index = Index::of(model);
    let [first, others @ ..] = names else {
        return Vec::new();
    };
    let pairs = others.iter().filter_map(|name| {
        let expected = shaped(model, &index, first).ok()?;
        let found = shaped(model, &index, name).ok()?;
        let title = format!("{name} in the shape of {first}");
        let differences =
            compare(&index, expected, found).map(|m| Difference::Changed(name.clone(), m.what));
        Some((title, differences.into_iter().collect()))
    });
    pairs.collect()
}

fn shaped<'a>(model: &'a Model, index: &Index<'a>, name: &str) -> Result<Shaped<'a>> {
    match model.find(name)? {
        Item::Interface(interface) => Ok(Shaped::Interface(interface)),
        Item::Function(function) => Ok(Shaped::Function(function, owner(index, model, function))),
        Item::WorldItem(item) => match &item.kind {
            crate::model::WorldItemKind::Function(function) => Ok(Shaped::Function(function, "")),
            crate::model::WorldItemKind::Inline(interface) => Ok(Shaped::Interface(interface)),
            _ => Err(shapeless(name).into()),
        },
        _ => Err(shapeless(name).into()),
    }
}

fn shapeless(name: &str) -> Diagnostic {
    let message = format!("`{name}` is neither an interface nor a function");
    Diagnostic::error(codes::RELATION_SAME_SHAPE, message).help("name interfaces or functions")
}

/// Returns the full name of the interface that contains a function.
fn owner<'a>(index: &Index<'a>, model: &'a Model, function: &Function) -> &'a str {
    let mut interfaces = model.interfaces();
    let holds = |i: &&Interface| i.functions.iter().any(|f| std::ptr::eq(f, function));
    let interface = interfaces.find(holds);
    interface
        .and_then(|interface| index.interface(&interface.id))
        .map_or("", |interface| &interface.id)
}

fn compare<'a>(index: &Index<'a>, expected: Shaped<'a>, found: Shaped<'a>) -> Option<Mismatch<'a>> {
    match (expected, found) {
        (Shaped::Interface(expected), Shaped::Interface(found)) => {
            Shapes::interfaces(index, expected, found)
        }
        (Shaped::Function(expected, owner), Shaped::Function(found, other)) => {
            Shapes::between(index, owner, other).functions(expected, found)
        }
        _ => Some(Mismatch {
            what: "one is an interface, and the other a function".to_owned(),
            expected: None,
            found: None,
        }),
    }
}
