//! Whether types of two packages are the same to a component.

use super::view::View;
use crate::compare::{self, Correspondence, Verdict};
use crate::model::{Type, TypeDef, TypeKind, TypeName};
use crate::names::Meaning;

/// A definition and the full name of what it is written in.
pub(super) type Placed<'a> = (&'a str, &'a TypeDef);

/// Compares types of the old package with types of the new one.
pub(super) type Types<'v, 'a> = compare::Types<AcrossPackages<'v, 'a>>;

/// Names of two packages. Types with one name on both sides are the same: their changes are found where they are defined. Other
/// types are the same if their definitions are. Resources are only identified by name.
pub(super) struct AcrossPackages<'v, 'a> {
    pub old: &'v View<'a>,
    pub new: &'v View<'a>,
    /// The full names of two interfaces that are linked under one plain name: types that they define under one
    /// name are the same.
    pub counterparts: Option<(&'a str, &'a str)>,
}

impl AcrossPackages<'_, '_> {
    fn have_one_name(
        &self,
        (owner, name): (&str, &str),
        (new_owner, new_name): (&str, &str),
    ) -> bool {
        name == new_name
            && (self.old.key(owner) == self.new.key(new_owner)
                || self.counterparts == Some((owner, new_owner)))
    }

    /// Whether two resources are linked to each other, perhaps in compatible versions of an interface.
    fn are_linked(&self, (owner, name): (&str, &str), (new_owner, new_name): (&str, &str)) -> bool {
        self.have_one_name((owner, name), (new_owner, new_name))
            || (name == new_name
                && !owner.contains('#')
                && self.old.line(owner) == self.new.line(new_owner))
    }

    fn are_one_resource(&self, old: &TypeName, new: &TypeName) -> bool {
        let definitions = (
            self.old.index.named_definition(old),
            self.new.index.named_definition(new),
        );
        let (Some((owner, old)), Some((new_owner, new))) = definitions else {
            return false;
        };
        self.are_linked((owner, &old.name), (new_owner, &new.name))
    }
}

impl<'a> Correspondence<'a> for AcrossPackages<'_, 'a> {
    /// Compares names of resources.
    fn names(&self, first: &'a TypeName, second: &'a TypeName) -> Verdict<'a> {
        let have_one_name =
            self.have_one_name((&first.owner, &first.name), (&second.owner, &second.name));
        if have_one_name || self.are_one_resource(first, second) {
            Verdict::Equal
        } else {
            Verdict::Different
        }
    }

    fn types(&self, first: &'a Type, second: &'a Type) -> Verdict<'a> {
        if let (Type::Named(a), Type::Named(b)) = (first, second)
            && self.have_one_name((&a.owner, &a.name), (&b.owner, &b.name))
        {
            return Verdict::Equal;
        }
        let meanings = (
            self.old.index.meaning(first),
            self.new.index.meaning(second),
        );
        match meanings {
            (Meaning::Defined(owner, a), Meaning::Defined(new_owner, b)) => {
                if self.have_one_name((owner, &a.name), (new_owner, &b.name)) {
                    Verdict::Equal
                } else if matches!(a.kind, TypeKind::Resource) {
                    if self.are_linked((owner, &a.name), (new_owner, &b.name)) {
                        Verdict::Equal
                    } else {
                        Verdict::Different
                    }
                } else {
                    Verdict::Defined(a, b)
                }
            }
            (Meaning::Written(Type::Own(a)), Meaning::Written(Type::Own(b)))
            | (Meaning::Written(Type::Borrow(a)), Meaning::Written(Type::Borrow(b))) => {
                self.names(a, b)
            }
            (Meaning::Written(a), Meaning::Written(b)) => Verdict::Written(a, b),
            _ => Verdict::Different,
        }
    }
}

/// Whether the names of two definitions stand for the same, though they may be written in other ways
/// or places.
pub(super) fn same_meaning<'a>(types: &Types<'_, 'a>, old: Placed<'a>, new: Placed<'a>) -> bool {
    let AcrossPackages {
        old: before,
        new: after,
        ..
    } = &types.correspondence;
    let definitions = (
        before.index.named_definition(&name(old)),
        after.index.named_definition(&name(new)),
    );
    let (Some((owner, a)), Some((new_owner, b))) = definitions else {
        return false;
    };
    let names = ((&**owner, a.name.as_str()), (&**new_owner, b.name.as_str()));
    match (&a.kind, &b.kind) {
        (TypeKind::Resource, TypeKind::Resource) => {
            types.correspondence.are_linked(names.0, names.1)
        }
        (TypeKind::Alias(a), TypeKind::Alias(b)) => types.types(a, b),
        (TypeKind::Alias(_), _) | (_, TypeKind::Alias(_)) => false,
        _ => types.correspondence.have_one_name(names.0, names.1) || types.definitions(a, b),
    }
}

/// The resource that a name stands for, as people write it, if it stands for one.
pub(super) fn resource(view: &View<'_>, placed: Placed<'_>) -> Option<String> {
    let (owner, def) = view.index.named_definition(&name(placed))?;
    matches!(def.kind, TypeKind::Resource).then(|| format!("{}.{}", view.key(owner), def.name))
}

fn name((owner, def): (&str, &TypeDef)) -> TypeName {
    TypeName {
        owner: owner.into(),
        name: def.name.clone(),
    }
}
