//! A world as the generators of Rust look at it: what it imports and exports, in order.

use wit_parser::{
    Function, Handle, Resolve, Type, TypeDef, TypeDefKind, TypeId, WorldId, WorldItem, WorldKey,
};

use super::types::parts;

/// A world and the items of its package.
pub(super) struct World<'a> {
    pub resolve: &'a Resolve,
    pub id: WorldId,
}

/// Whether a world imports or exports an item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Import,
    Export,
}

impl<'a> World<'a> {
    /// Returns what the world imports, then what it exports.
    pub fn items(&self) -> impl Iterator<Item = (Direction, &'a WorldKey, &'a WorldItem)> {
        let world = &self.resolve.worlds[self.id];
        let imports = world.imports.iter().map(|(key, item)| (Direction::Import, key, item));
        let exports = world.exports.iter().map(|(key, item)| (Direction::Export, key, item));
        imports.chain(exports)
    }

    /// Returns the functions that the world imports and exports, including those of interfaces.
    pub fn functions(&self) -> impl Iterator<Item = (Direction, &'a Function)> {
        let resolve = self.resolve;
        self.items().flat_map(move |(direction, _, item)| {
            let functions: Vec<&'a Function> = match item {
                WorldItem::Interface { id, .. } => {
                    resolve.interfaces[*id].functions.values().collect()
                }
                WorldItem::Function(function) => vec![function],
                WorldItem::Type { .. } => Vec::new(),
            };
            functions.into_iter().map(move |f| (direction, f))
        })
    }

    /// Returns the types that have a name in the world or in one of its interfaces.
    pub fn named_types(&self) -> impl Iterator<Item = (Direction, &'a str, &'a TypeDef)> {
        let resolve = self.resolve;
        self.items().flat_map(move |(direction, key, item)| {
            let types: Vec<(&'a str, TypeId)> = match (key, item) {
                (_, WorldItem::Interface { id, .. }) => {
                    let types = resolve.interfaces[*id].types.iter();
                    types.map(|(name, id)| (name.as_str(), *id)).collect()
                }
                (WorldKey::Name(name), WorldItem::Type { id, .. }) => vec![(name, *id)],
                _ => Vec::new(),
            };
            types.into_iter().map(move |(name, id)| (direction, name, &resolve.types[id]))
        })
    }

    /// Returns what a type is.
    pub fn kind(&self, id: TypeId) -> &'a TypeDefKind {
        &self.resolve.types[id].kind
    }

    /// Checks whether `found` is true for the type or for a part of it. With `in_memory`, the parts
    /// include what the Canonical ABI keeps in memory: the elements of lists and maps. They never
    /// include the payloads of streams and futures.
    pub fn contains(&self, ty: Type, in_memory: bool, found: &dyn Fn(Type) -> bool) -> bool {
        if found(ty) {
            return true;
        }
        let Type::Id(id) = ty else { return false };
        match self.kind(id) {
            TypeDefKind::Stream(_) | TypeDefKind::Future(_) => false,
            TypeDefKind::List(_) | TypeDefKind::Map(..) if !in_memory => false,
            kind => parts(kind).into_iter().any(|ty| self.contains(ty, in_memory, found)),
        }
    }

    /// Returns the resource that a type borrows, if the type is a `borrow`.
    pub fn borrowed(&self, ty: Type) -> Option<TypeId> {
        match ty {
            Type::Id(id) => match self.kind(id) {
                TypeDefKind::Handle(Handle::Borrow(resource)) => Some(*resource),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the element of a type, if the type is a fixed-length list.
    pub fn fixed_length_element(&self, ty: Type) -> Option<Type> {
        match ty {
            Type::Id(id) => match self.kind(id) {
                TypeDefKind::FixedLengthList(element, _) => Some(*element),
                _ => None,
            },
            _ => None,
        }
    }
}
