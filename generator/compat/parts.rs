//! What a record, a variant, an enum or flags consist of.

use crate::model::{Position, Type, TypeDef, TypeKind};

/// A field, a case, a flag, or a parameter.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub name: &'a str,
    pub ty: Option<&'a Type>,
    pub docs: Option<&'a str>,
    pub position: Option<&'a Position>,
}

/// What has happened to one of them.
pub(super) enum PartChange<'a> {
    Added(Part<'a>),
    Removed(Part<'a>),
    Renamed(Part<'a>, Part<'a>),
    TypeChanged(Part<'a>, Part<'a>),
    /// The parts that both have stand in another order.
    Reordered,
}

/// The parts of a type.
pub(super) fn parts(def: &TypeDef) -> Vec<Part<'_>> {
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

/// How two lists of parts differ; `same` compares types.
pub(super) fn compare<'a>(
    old: &[Part<'a>],
    new: &[Part<'a>],
    same: impl Fn(&Type, &Type) -> bool,
) -> Vec<PartChange<'a>> {
    let has = |parts: &[Part<'_>], name: &str| parts.iter().any(|part| part.name == name);
    let same_types = |a: &Part<'_>, b: &Part<'_>| match (a.ty, b.ty) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    };
    let mut changes = Vec::new();
    let mut renamed = Vec::new();
    if old.len() == new.len() {
        for (a, b) in old.iter().zip(new) {
            if a.name != b.name && !has(new, a.name) && !has(old, b.name) && same_types(a, b) {
                renamed.extend([a.name, b.name]);
                changes.push(PartChange::Renamed(*a, *b));
            }
        }
    }
    for part in old {
        match new.iter().find(|other| other.name == part.name) {
            Some(other) if !same_types(part, other) => {
                changes.push(PartChange::TypeChanged(*part, *other));
            }
            Some(_) => {}
            None if renamed.contains(&part.name) => {}
            None => changes.push(PartChange::Removed(*part)),
        }
    }
    for part in new {
        if !has(old, part.name) && !renamed.contains(&part.name) {
            changes.push(PartChange::Added(*part));
        }
    }
    let common = |parts: &[Part<'a>], others: &[Part<'_>]| -> Vec<&'a str> {
        let names = parts.iter().map(|part| part.name);
        names.filter(|name| has(others, name)).collect()
    };
    if common(old, new) != common(new, old) {
        changes.push(PartChange::Reordered);
    }
    changes
}
