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
                let message = format!("it is {} and was {}", kind(b), kind(a));
                self.of_type(
                    Change::new("type-kind-changed", item, message).breaks(breaks),
                    a,
                    b,
                );
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
        let (rule, message, breaks) = match (&a.kind, &b.kind) {
            (TypeKind::Alias(x), TypeKind::Alias(y)) => {
                if self.types.types(x, y) {
                    return;
                }
                let message = format!("it stands for `{y}`, and stood for `{x}`");
                ("alias-changed", message, lost.and(gained))
            }
            (TypeKind::Use(x), TypeKind::Use(y)) => {
                let keys = (self.old.key(&x.owner), self.new.key(&y.owner));
                if keys.0 == keys.1 && x.name == y.name {
                    return;
                }
                let message = format!("it is taken from `{y}`, and was from `{x}`");
                let breaks = if is_same {
                    Breaks::NOBODY
                } else {
                    lost.and(gained)
                };
                ("type-moved", message, breaks)
            }
            // A resource of its own fits wherever any may stand; another name for one doesn't.
            (TypeKind::Resource, _) if !to.is_empty() => {
                let message = format!("the resource is another name for `{to}` now");
                ("type-moved", message, gained)
            }
            (_, TypeKind::Resource) if !from.is_empty() => {
                let message =
                    format!("it is a resource of its own, and was another name for `{from}`");
                ("type-moved", message, lost)
            }
            _ if is_same => {
                let message = match (target(&a.kind), target(&b.kind)) {
                    (_, Some(to)) => format!("it is defined as `{to}` now, and taken from there"),
                    (Some(from), _) => {
                        format!("it is defined here now, and was taken from `{from}`")
                    }
                    _ => "it is written in another way, and is the same type".to_owned(),
                };
                ("type-moved", message, Breaks::NOBODY)
            }
            _ => {
                let message = format!("it is {} and was {}", kind(b), kind(a));
                ("type-kind-changed", message, lost.and(gained))
            }
        };
        let breaks = Breaks {
            source: breaks.any(),
            ..breaks
        };
        self.of_type(Change::new(rule, item, message).breaks(breaks), a, b);
    }

    fn parts(&mut self, item: &str, breaks: Breaks, a: &'a TypeDef, b: &'a TypeDef) {
        let what = a.member_noun();
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
                    let message =
                        format!("the {what} is new, and the type another one for it: {why}");
                    let change = Change::new(rules[0], path_of(&part), message).breaks(breaks);
                    self.push(change, a.position.as_ref(), part.position);
                }
                PartChange::Removed(part) => {
                    let message =
                        format!("the {what} is gone, and the type another one for it: {why}");
                    let change = Change::new(rules[1], path_of(&part), message).breaks(breaks);
                    self.push(change, part.position, b.position.as_ref());
                }
                PartChange::Renamed(old, new) => {
                    let message = format!(
                        "the {what} is called `{}` now; names are part of a component's type",
                        new.name
                    );
                    let change = Change::new(rules[2], path_of(&old), message).breaks(breaks);
                    self.push(change, old.position, new.position);
                }
                PartChange::Retyped(old, new) => {
                    let shown = |part: &Part<'_>| match part.ty {
                        Some(ty) => format!("`{ty}`"),
                        None => "nothing".to_owned(),
                    };
                    let message = format!("it holds {}, and held {}", shown(&new), shown(&old));
                    let change = Change::new(rules[3], path_of(&old), message).breaks(breaks);
                    self.push(change, old.position, new.position);
                }
                PartChange::Reordered => {
                    let message = format!("the {what}s stand in another order: {why}");
                    let change = Change::new(rules[4], item, message).breaks(breaks);
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
        TypeKind::Use(_) => "taken from elsewhere",
    }
}
