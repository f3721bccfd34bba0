//! Fields, cases, flags and parameters: how two lists of them differ.

use std::collections::{HashMap, HashSet};

use crate::model::{Function, Position, Type, TypeDef, TypeKind};

/// A field, a case, a flag, or a parameter.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub name: &'a str,
    pub ty: Option<&'a Type>,
    pub docs: Option<&'a str>,
    pub position: Option<&'a Position>,
}

/// Where two lists part.
pub(crate) enum Mismatch<'a> {
    /// The second list ends before this part.
    Missing(Part<'a>),
    /// At this index, from 0, the second list has a part of another name.
    Renamed(usize, Part<'a>, Part<'a>),
    /// Two parts of the same name have different types.
    Retyped(Part<'a>, Part<'a>),
    /// The first list ends before this part.
    Extra(Part<'a>),
}

/// A change of a part, or of the order of parts.
pub(crate) enum PartChange<'a> {
    Added(Part<'a>),
    Removed(Part<'a>),
    Renamed(Part<'a>, Part<'a>),
    Retyped(Part<'a>, Part<'a>),
    /// The parts that both have are in another order.
    Reordered,
}

/// Returns the parts of a type; none of one that has no members.
pub(crate) fn parts(def: &TypeDef) -> Vec<Part<'_>> {
    match &def.kind {
        TypeKind::Record(fields) => fields
            .iter()
            .map(|field| Part {
                name: &field.name,
                ty: Some(&field.ty),
                docs: field.docs.as_deref(),
                position: field.position.as_ref(),
            })
            .collect(),
        TypeKind::Variant(cases) | TypeKind::Enum(cases) => cases
            .iter()
            .map(|case| Part {
                name: &case.name,
                ty: case.ty.as_ref(),
                docs: case.docs.as_deref(),
                position: case.position.as_ref(),
            })
            .collect(),
        TypeKind::Flags(flags) => flags
            .iter()
            .map(|flag| Part {
                name: &flag.name,
                ty: None,
                docs: flag.docs.as_deref(),
                position: flag.position.as_ref(),
            })
            .collect(),
        TypeKind::Resource | TypeKind::Alias(_) | TypeKind::Use(_) => Vec::new(),
    }
}

/// Returns the parameters of a function.
pub(crate) fn params(function: &Function) -> Vec<Part<'_>> {
    let params = function.params.iter().map(|param| Part {
        name: &param.name,
        ty: Some(&param.ty),
        docs: None,
        position: param.position.as_ref(),
    });
    params.collect()
}

/// Returns the first place in which two lists differ; `same` compares types.
pub(crate) fn first_mismatch<'a>(
    first: &[Part<'a>],
    second: &[Part<'a>],
    same: impl Fn(&'a Type, &'a Type) -> bool,
) -> Option<Mismatch<'a>> {
    let differs = |(at, part): (usize, &Part<'a>)| match second.get(at) {
        None => Some(Mismatch::Missing(*part)),
        Some(other) if other.name != part.name => Some(Mismatch::Renamed(at, *part, *other)),
        Some(other) => {
            (!same_types(part, other, &same)).then_some(Mismatch::Retyped(*part, *other))
        }
    };
    let extra = || Some(Mismatch::Extra(*second.get(first.len())?));
    first.iter().enumerate().find_map(differs).or_else(extra)
}

/// Lists what has happened from one list to the other; `same` compares types.
pub(crate) fn changes<'a>(
    old: &[Part<'a>],
    new: &[Part<'a>],
    same: impl Fn(&'a Type, &'a Type) -> bool,
) -> Vec<PartChange<'a>> {
    let names = |parts: &[Part<'a>]| -> HashMap<&'a str, Part<'a>> {
        parts.iter().map(|part| (part.name, *part)).collect()
    };
    let (before, after) = (names(old), names(new));
    let mut changes = Vec::new();
    let mut renamed = HashSet::new();
    if old.len() == new.len() {
        for (a, b) in old.iter().zip(new) {
            let is_replaced = !after.contains_key(a.name) && !before.contains_key(b.name);
            if is_replaced && same_types(a, b, &same) {
                renamed.extend([a.name, b.name]);
                changes.push(PartChange::Renamed(*a, *b));
            }
        }
    }
    for part in old {
        match after.get(part.name) {
            Some(other) if !same_types(part, other, &same) => {
                changes.push(PartChange::Retyped(*part, *other));
            }
            Some(_) => {}
            None if renamed.contains(part.name) => {}
            None => changes.push(PartChange::Removed(*part)),
        }
    }
    let added = new.iter().filter(|part| {
        let is_known = before.contains_key(part.name) || renamed.contains(part.name);
        !is_known
    });
    changes.extend(added.map(|part| PartChange::Added(*part)));
    let old_order = old.iter().filter(|part| after.contains_key(part.name));
    let new_order = new.iter().filter(|part| before.contains_key(part.name));
    if !old_order.map(|p| p.name).eq(new_order.map(|p| p.name)) {
        changes.push(PartChange::Reordered);
    }
    changes
}

fn same_types<'a>(
    first: &Part<'a>,
    second: &Part<'a>,
    same: &impl Fn(&'a Type, &'a Type) -> bool,
) -> bool {
    match (first.ty, second.ty) {
        (Some(first), Some(second)) => same(first, second),
        (None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list<'a>(parts: &[(&'a str, Option<&'a Type>)]) -> Vec<Part<'a>> {
        let parts = parts.iter().map(|(name, ty)| Part {
            name,
            ty: *ty,
            docs: None,
            position: None,
        });
        parts.collect()
    }

    /// What has happened, and where the lists part, in short.
    fn difference(
        old: &[(&str, Option<&Type>)],
        new: &[(&str, Option<&Type>)],
    ) -> (Vec<String>, String) {
        let (old, new) = (list(old), list(new));
        let same = |a: &Type, b: &Type| a == b;
        let changes = changes(&old, &new, same).into_iter().map(|change| match change {
            PartChange::Added(part) => format!("+{}", part.name),
            PartChange::Removed(part) => format!("-{}", part.name),
            PartChange::Renamed(a, b) => format!("{}={}", a.name, b.name),
            PartChange::Retyped(part, _) => format!("~{}", part.name),
            PartChange::Reordered => "order".to_owned(),
        });
        let mismatch = match first_mismatch(&old, &new, same) {
            None => "none".to_owned(),
            Some(Mismatch::Missing(part)) => format!("-{}", part.name),
            Some(Mismatch::Renamed(at, a, b)) => format!("{at} {}={}", a.name, b.name),
            Some(Mismatch::Retyped(part, _)) => format!("~{}", part.name),
            Some(Mismatch::Extra(part)) => format!("+{}", part.name),
        };
        (changes.collect(), mismatch)
    }

    #[test]
    fn differences_are_found_by_name_and_by_position() {
        let (a, b, c) = (
            ("a", Some(&Type::U8)),
            ("b", Some(&Type::U8)),
            ("c", Some(&Type::U16)),
        );
        let wide = ("a", Some(&Type::U64));
        let bare = ("a", None);
        for (old, new, changes, mismatch) in [
            (vec![a, b], vec![a, b], vec![], "none"),
            (vec![a], vec![a, b], vec!["+b"], "+b"),
            (vec![a, b], vec![a], vec!["-b"], "-b"),
            (vec![a, b], vec![b], vec!["-a"], "0 a=b"),
            (vec![a], vec![b], vec!["a=b"], "0 a=b"),
            (vec![a], vec![c], vec!["-a", "+c"], "0 a=c"),
            (vec![a], vec![wide], vec!["~a"], "~a"),
            (vec![a], vec![bare], vec!["~a"], "~a"),
            (vec![a, b], vec![b, a], vec!["order"], "0 a=b"),
        ] {
            let changes = changes.into_iter().map(str::to_owned).collect();
            assert_eq!(difference(&old, &new), (changes, mismatch.to_owned()));
        }
    }
}
