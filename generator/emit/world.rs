//! A world as the generators of Rust look at it: what it imports and exports, in order.

use std::cell::RefCell;
use std::collections::HashMap;

use wit_parser::{
    Function, Handle, Resolve, Type, TypeDef, TypeDefKind, TypeId, WorldId, WorldItem, WorldKey,
};

use crate::parts::parts;

/// A world and the items of its package.
pub(super) struct World<'a> {
    pub resolve: &'a Resolve,
    pub id: WorldId,
}

/// Whether a world imports or exports an item.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    Import,
    Export,
}

/// Which parts of a type a search looks at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    /// Those that are passed as core values: not the elements of lists and maps.
    Values,
    /// Those that the Canonical ABI keeps in memory too, but not the payloads of streams and futures.
    Memory,
    /// All of them.
    Payloads,
}

/// Whether functions of a world have parameters or results with futures and streams in them.
pub(super) struct Pending {
    pub futures: bool,
    pub streams: bool,
}

/// A search in types, which looks at each of them once: a type may be reached in very many ways.
pub(super) struct Search<'a, F> {
    resolve: &'a Resolve,
    depth: Depth,
    found: F,
    known: RefCell<HashMap<TypeId, bool>>,
}

impl<F: Fn(Type) -> bool> Search<'_, F> {
    /// Whether a type is one that is searched for, or contains one.
    pub fn is_in(&self, ty: Type) -> bool {
        let Type::Id(id) = ty else {
            return (self.found)(ty);
        };
        if let Some(known) = self.known.borrow().get(&id) {
            return *known;
        }
        let is_in = (self.found)(ty) || self.parts(id).into_iter().any(|part| self.is_in(part));
        self.known.borrow_mut().insert(id, is_in);
        is_in
    }

    fn parts(&self, id: TypeId) -> Vec<Type> {
        match &self.resolve.types[id].kind {
            TypeDefKind::Stream(_) | TypeDefKind::Future(_) if self.depth < Depth::Payloads => {
                Vec::new()
            }
            TypeDefKind::List(_) | TypeDefKind::Map(..) if self.depth < Depth::Memory => Vec::new(),
            kind => parts(kind),
        }
    }
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

    /// Returns a search for types that `found` is true for, or a part of which it is true for.
    pub fn search<F: Fn(Type) -> bool>(&self, depth: Depth, found: F) -> Search<'a, F> {
        Search {
            resolve: self.resolve,
            depth,
            found,
            known: RefCell::default(),
        }
    }

    /// Returns whether functions of the world use futures and streams.
    pub fn pending(&self) -> Pending {
        let is_future = |kind: &TypeDefKind| matches!(kind, TypeDefKind::Future(_));
        let is_stream = |kind: &TypeDefKind| matches!(kind, TypeDefKind::Stream(_));
        Pending {
            futures: self.is_used(is_future),
            streams: self.is_used(is_stream),
        }
    }

    /// Returns whether parameters or results of the world's functions contain a type of a kind.
    fn is_used(&self, is_wanted: impl Fn(&TypeDefKind) -> bool) -> bool {
        let search = self.search(
            Depth::Payloads,
            |ty| matches!(ty, Type::Id(id) if is_wanted(self.kind(id))),
        );
        self.functions().any(|(_, function)| {
            let params = function.params.iter().map(|param| param.ty);
            params.chain(function.result).any(|ty| search.is_in(ty))
        })
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
