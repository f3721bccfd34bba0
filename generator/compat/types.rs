//! Whether types of two packages are the same to a component.

use super::view::View;
use crate::model::{Type, TypeDef, TypeKind, TypeName};
use crate::names::Meaning;

/// The two packages.
pub(super) struct Types<'v, 'a> {
    pub old: &'v View<'a>,
    pub new: &'v View<'a>,
}

impl<'a> Types<'_, 'a> {
    /// Whether a type of the old package is the same in the new one. What both have under one name is the
    /// same: how it has changed is found where it is defined.
    pub fn same(&self, old: &Type, new: &Type) -> bool {
        if let (Type::Named(a), Type::Named(b)) = (old, new)
            && self.is_one_name(a, b)
        {
            return true;
        }
        match (self.old.index.meaning(old), self.new.index.meaning(new)) {
            (Meaning::Defined(a_owner, a), Meaning::Defined(b_owner, b)) => {
                let is_one_name =
                    a.name == b.name && self.old.key(a_owner) == self.new.key(b_owner);
                is_one_name || self.same_parts(a, b)
            }
            (Meaning::Written(a), Meaning::Written(b)) => self.same_built(a, b),
            _ => false,
        }
    }

    fn is_one_name(&self, a: &TypeName, b: &TypeName) -> bool {
        a.name == b.name && self.old.key(&a.owner) == self.new.key(&b.owner)
    }

    /// Whether two names of resources stand for the same one.
    fn same_resource(&self, a: &TypeName, b: &TypeName) -> bool {
        let a = named_definition(self.old, a);
        let b = named_definition(self.new, b);
        match (a, b) {
            (Some((a_key, a)), Some((b_key, b))) => a_key == b_key && a.name == b.name,
            _ => false,
        }
    }

    fn same_built(&self, a: &Type, b: &Type) -> bool {
        let boxes = |a: &Option<Box<Type>>, b: &Option<Box<Type>>| match (a, b) {
            (Some(a), Some(b)) => self.same(a, b),
            (None, None) => true,
            _ => false,
        };
        match (a, b) {
            (Type::Own(a), Type::Own(b)) | (Type::Borrow(a), Type::Borrow(b)) => {
                self.is_one_name(a, b) || self.same_resource(a, b)
            }
            (Type::Option(a), Type::Option(b)) | (Type::List(a), Type::List(b)) => self.same(a, b),
            (Type::Result { ok: a, err: c }, Type::Result { ok: b, err: d }) => {
                boxes(a, b) && boxes(c, d)
            }
            (Type::Future(a), Type::Future(b)) | (Type::Stream(a), Type::Stream(b)) => boxes(a, b),
            (Type::Tuple(a), Type::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.same(a, b))
            }
            (
                Type::FixedLengthList {
                    element: a,
                    length: n,
                },
                Type::FixedLengthList {
                    element: b,
                    length: m,
                },
            ) => n == m && self.same(a, b),
            (Type::Map { key: a, value: c }, Type::Map { key: b, value: d }) => {
                self.same(a, b) && self.same(c, d)
            }
            (a, b) => a == b,
        }
    }

    /// Whether two definitions have the same parts, whatever they are called. Resources are never the
    /// same by their shape.
    pub fn same_parts(&self, a: &TypeDef, b: &TypeDef) -> bool {
        let types = |a: Option<&Type>, b: Option<&Type>| match (a, b) {
            (Some(a), Some(b)) => self.same(a, b),
            (None, None) => true,
            _ => false,
        };
        match (&a.kind, &b.kind) {
            (TypeKind::Record(a), TypeKind::Record(b)) => {
                a.len() == b.len()
                    && (a.iter().zip(b)).all(|(a, b)| a.name == b.name && self.same(&a.ty, &b.ty))
            }
            (TypeKind::Variant(a), TypeKind::Variant(b))
            | (TypeKind::Enum(a), TypeKind::Enum(b)) => {
                a.len() == b.len()
                    && (a.iter().zip(b))
                        .all(|(a, b)| a.name == b.name && types(a.ty.as_ref(), b.ty.as_ref()))
            }
            (TypeKind::Flags(a), TypeKind::Flags(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.name == b.name)
            }
            (TypeKind::Alias(a), TypeKind::Alias(b)) => self.same(a, b),
            _ => false,
        }
    }

    /// Whether the names of two definitions stand for the same, though they may be written in other ways
    /// or places.
    pub fn same_meaning(&self, old: (&str, &TypeDef), new: (&str, &TypeDef)) -> bool {
        let name = |(owner, def): (&str, &TypeDef)| TypeName {
            owner: owner.into(),
            name: def.name.clone(),
        };
        let a = named_definition(self.old, &name(old));
        let b = named_definition(self.new, &name(new));
        let (Some((a_key, a)), Some((b_key, b))) = (a, b) else {
            return false;
        };
        match (&a.kind, &b.kind) {
            (TypeKind::Resource, TypeKind::Resource) => a_key == b_key && a.name == b.name,
            (TypeKind::Alias(a), TypeKind::Alias(b)) => self.same(a, b),
            (TypeKind::Alias(_), _) | (_, TypeKind::Alias(_)) => false,
            _ => (a_key == b_key && a.name == b.name) || self.same_parts(a, b),
        }
    }
}

/// The resource that a name stands for, as people write it, if it stands for one.
pub(super) fn resource(view: &View<'_>, (owner, def): (&str, &TypeDef)) -> Option<String> {
    let name = TypeName {
        owner: owner.into(),
        name: def.name.clone(),
    };
    let (owner, def) = named_definition(view, &name)?;
    matches!(def.kind, TypeKind::Resource).then(|| format!("{owner}.{}", def.name))
}

/// The definition behind every `use` and alias of a name, and the key of what it is written in.
fn named_definition<'a>(view: &View<'a>, name: &TypeName) -> Option<(String, &'a TypeDef)> {
    let (owner, def) = view.index.named_definition(name)?;
    Some((view.key(owner), def))
}
