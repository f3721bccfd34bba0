//! The items of a package, one after the other: what most rules look at.

use crate::model::{
    Direction, Function, Interface, Item, Position, Stability, TypeDef, TypeKind, World,
};

/// An item of the package.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// Its name inside the package, `types.request.get-method`; for the package its own, without the
    /// version, so that it stays the same from release to release.
    pub path: String,
    pub item: Item<'a>,
    pub docs: &'a Option<String>,
    pub stability: &'a Stability,
    /// Where its name is written.
    pub position: Option<Position>,
    /// Which way it goes through its world, if it is an interface that goes through one.
    pub direction: Option<Direction>,
    /// The entry that contains it.
    pub within: Option<usize>,
}

impl<'a> Entry<'a> {
    pub fn interface(&self) -> Option<&'a Interface> {
        match self.item {
            Item::Interface(interface) => Some(interface),
            _ => None,
        }
    }

    pub fn world(&self) -> Option<&'a World> {
        match self.item {
            Item::World(world) => Some(world),
            _ => None,
        }
    }

    pub fn function(&self) -> Option<&'a Function> {
        match self.item {
            Item::Function(function) => Some(function),
            _ => None,
        }
    }

    /// The type, which may be brought in by `use`.
    pub fn type_def(&self) -> Option<&'a TypeDef> {
        match self.item {
            Item::Type(def) => Some(def),
            _ => None,
        }
    }

    /// The type, if it is defined here.
    pub fn definition(&self) -> Option<&'a TypeDef> {
        let def = self.type_def()?;
        (!matches!(def.kind, TypeKind::Use(_))).then_some(def)
    }

    /// The item's own name.
    pub fn name(&self) -> &'a str {
        match self.item {
            Item::Package(package) => &package.id,
            Item::World(world) => &world.name,
            Item::WorldItem(item) => &item.name,
            Item::Interface(interface) => &interface.name,
            Item::Type(def) => &def.name,
            Item::Function(function) => &function.name,
            Item::Field(field) => &field.name,
            Item::Case(case) => &case.name,
            Item::Flag(flag) => &flag.name,
        }
    }

    /// Returns the kind of the item, in WIT's words.
    pub fn noun(&self) -> &'static str {
        match self.item {
            Item::Package(_) => "package",
            Item::World(_) => "world",
            Item::WorldItem(_) => self.direction.map_or("item", Direction::name),
            Item::Interface(_) => "interface",
            Item::Type(def) => def.noun(),
            Item::Function(function) => function.noun(),
            Item::Field(_) => "field",
            Item::Case(_) => "case",
            Item::Flag(_) => "flag",
        }
    }

    /// The members of a type: its fields, cases or flags.
    pub fn members(&self) -> Vec<Member<'a>> {
        let Some(def) = self.definition() else {
            return Vec::new();
        };
        match &def.kind {
            TypeKind::Record(fields) => {
                let fields = fields.iter().map(|f| (&*f.name, &f.docs, &f.position));
                fields.map(Member::of).collect()
            }
            TypeKind::Variant(cases) | TypeKind::Enum(cases) => {
                let cases = cases.iter().map(|c| (&*c.name, &c.docs, &c.position));
                cases.map(Member::of).collect()
            }
            TypeKind::Flags(flags) => {
                let flags = flags.iter().map(|f| (&*f.name, &f.docs, &f.position));
                flags.map(Member::of).collect()
            }
            TypeKind::Resource | TypeKind::Alias(_) | TypeKind::Use(_) => Vec::new(),
        }
    }

    /// Returns the noun for its members: `field` of a record.
    pub fn member_noun(&self) -> &'static str {
        self.type_def().map_or("case", TypeDef::member_noun)
    }
}

/// A field, a case or a flag.
pub(super) struct Member<'a> {
    pub name: &'a str,
    pub docs: &'a Option<String>,
    pub position: &'a Option<Position>,
}

impl<'a> Member<'a> {
    fn of((name, docs, position): (&'a str, &'a Option<String>, &'a Option<Position>)) -> Self {
        Member {
            name,
            docs,
            position,
        }
    }
}
