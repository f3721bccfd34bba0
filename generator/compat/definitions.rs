//! Definitions of types that both packages have.

use super::change::{Breaks, Change};
use super::compare::{Common, Compare};
use super::roles::Role;
use super::types::{Placed, resource, same_meaning};
use crate::compare::{Part, PartChange, changes, pair, parts};
use crate::model::{TypeDef, TypeKind};

impl<'a> Compare<'_, 'a> {
    /// Compares a type of an interface or a world.
    pub fn definition(&mut self, item: &str, role: &Role, old: Placed<'a>, new: Placed<'a>) {
        let ((_, a), (_, b)) = (old, new);
        let breaks = role.lost_type(&a.name).and(role.gained_type(&a.name));
        self.common(item, common(a), common(b), role.lost_type(&a.name));
        match (&a.kind, &b.kind) {
            (TypeKind::Resource, TypeKind::Resource) => {}
            (TypeKind::Use(_) | TypeKind::Alias(_), _)
            | (_, TypeKind::Use(_) | TypeKind::Alias(_)) => {
                self.name(item, role, old, new);
            }
            _ if kind(a) != kind(b) => {
                let what = format!("changed from {} to {}", kind(a), kind(b));
                let change = Change::about("type-kind-changed", item, &what);
                self.of_type(change.breaks(breaks), a, b);
            }
            _ => self.parts(item, breaks, a, b),
        }
    }

    /// Compares names for types that are defined elsewhere, or were.
    fn name(&mut self, item: &str, role: &Role, old: Placed<'a>, new: Placed<'a>) {
        let ((_, a), (_, b)) = (old, new);
        let lost = role.lost_type(&a.name);
        let gained = role.gained_type(&a.name);
        let is_same = same_meaning(&self.types, old, new);
        let from = resource(self.old, old).unwrap_or_default();
        let to = resource(self.new, new).unwrap_or_default();
        let target = |kind: &TypeKind| match kind {
            TypeKind::Use(name) => Some(name.clone()),
            _ => None,
        };
        let (rule, what, breaks) = match (&a.kind, &b.kind) {
            (TypeKind::Alias(x), TypeKind::Alias(y)) => {
                if self.types.types(x, y) {
                    return;
                }
                let what = format!("changed from `{x}` to `{y}`");
                ("alias-changed", what, lost.and(gained))
            }
            (TypeKind::Use(x), TypeKind::Use(y)) => {
                let keys = (self.old.key(&x.owner), self.new.key(&y.owner));
                if keys.0 == keys.1 && x.name == y.name {
                    return;
                }
                let breaks = if is_same {
                    Breaks::NOBODY
                } else {
                    lost.and(gained)
                };
                (
                    "type-moved",
                    format!("now uses `{y}` instead of `{x}`"),
                    breaks,
                )
            }
            // A resource of its own fits wherever any may be; another name for one doesn't.
            (TypeKind::Resource, _) if !to.is_empty() => {
                let what = format!("changed from a resource of its own to another name for `{to}`");
                ("type-moved", what, gained)
            }
            (_, TypeKind::Resource) if !from.is_empty() => {
                let what =
                    format!("changed from another name for `{from}` to a resource of its own");
                ("type-moved", what, lost)
            }
            _ if is_same => {
                let what = match (target(&a.kind), target(&b.kind)) {
                    (_, Some(to)) => format!("definition moved to `{to}`"),
                    (Some(from), _) => format!("definition moved here from `{from}`"),
                    _ => "written in another way; the type is the same".to_owned(),
                };
                ("type-moved", what, Breaks::NOBODY)
            }
            _ => {
                let what = format!("changed from {} to {}", kind(a), kind(b));
                ("type-kind-changed", what, lost.and(gained))
            }
        };
        let breaks = Breaks {
            source: breaks.any(),
            ..breaks
        };
        self.of_type(Change::about(rule, item, &what).breaks(breaks), a, b);
    }

    fn parts(&mut self, item: &str, breaks: Breaks, a: &'a TypeDef, b: &'a TypeDef) {
        let noun = a.member_noun();
        let why = match a.kind {
            TypeKind::Record(_) => "fields are passed by position",
            TypeKind::Flags(_) => "a flag is passed as the bit of its position",
            _ => "a case is passed as the number of its position",
        };
        let rules: [&'static str; 5] = match a.kind {
            TypeKind::Record(_) => [
                "field-added",
                "field-removed",
                "field-renamed",
                "field-type-changed",
                "fields-reordered",
            ],
            TypeKind::Flags(_) => [
                "flag-added",
                "flag-removed",
                "flag-renamed",
                "flag-renamed",
                "flags-reordered",
            ],
            _ => [
                "case-added",
                "case-removed",
                "case-renamed",
                "case-payload-changed",
                "cases-reordered",
            ],
        };
        let (old, new) = (parts(a), parts(b));
        let path_of = |part: &Part<'_>| format!("{item}.{}", part.name);
        for change in changes(&old, &new, |a, b| self.types.types(a, b)) {
            match change {
                PartChange::Added(part) => {
                    let path = path_of(&part);
                    let message =
                        format!("{noun} `{path}` was added, which changes the type: {why}");
                    let change = Change::new(rules[0], path, message).breaks(breaks);
                    self.push(change, a.position.as_ref(), part.position);
                }
                PartChange::Removed(part) => {
                    let path = path_of(&part);
                    let message =
                        format!("{noun} `{path}` was removed, which changes the type: {why}");
                    let change = Change::new(rules[1], path, message).breaks(breaks);
                    self.push(change, part.position, b.position.as_ref());
                }
                PartChange::Renamed(old, new) => {
                    let path = path_of(&old);
                    let message = format!(
                        "{noun} `{path}` was renamed to `{}`; names are part of a component's type",
                        new.name
                    );
                    let change = Change::new(rules[2], path, message).breaks(breaks);
                    self.push(change, old.position, new.position);
                }
                PartChange::Retyped(old, new) => {
                    let subject = if noun == "field" { "type" } else { "payload" };
                    let what = super::compare::changed(subject, old.ty, new.ty);
                    let change = Change::about(rules[3], path_of(&old), &what).breaks(breaks);
                    self.push(change, old.position, new.position);
                }
                PartChange::Reordered => {
                    let what = format!("{noun}s were reordered; {why}");
                    let change = Change::about(rules[4], item, &what).breaks(breaks);
                    self.of_type(change, a, b);
                }
            }
        }
        for (part, other) in pair(&old, &new, |part| part.name).common() {
            self.docs(&path_of(part), of_part(part), of_part(other));
        }
    }

    fn of_type(&mut self, change: Change, a: &TypeDef, b: &TypeDef) {
        self.push(change, a.position.as_ref(), b.position.as_ref());
    }
}

fn common(def: &TypeDef) -> Common<'_> {
    Common {
        docs: def.docs.as_deref(),
        stability: Some(&def.stability),
        external_id: def.external_id.as_deref(),
        position: def.position.as_ref(),
    }
}

fn of_part<'a>(part: &Part<'a>) -> Common<'a> {
    Common {
        docs: part.docs,
        stability: None,
        external_id: None,
        position: part.position,
    }
}

fn kind(def: &TypeDef) -> &'static str {
    match def.kind {
        TypeKind::Record(_) => "a record",
        TypeKind::Variant(_) => "a variant",
        TypeKind::Enum(_) => "an enum",
        TypeKind::Flags(_) => "flags",
        TypeKind::Resource => "a resource",
        TypeKind::Alias(_) => "another name for a type",
        TypeKind::Use(_) => "a type of another interface",
    }
}
