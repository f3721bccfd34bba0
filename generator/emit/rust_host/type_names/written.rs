//! Names in the Rust of a type.

use std::collections::HashMap;

use heck::ToUpperCamelCase;
use wit_parser::{Handle, Type, TypeDefKind, TypeId};

use crate::emit::world::World;
use crate::parts::parts;

/// Looks up the types that a type is written with in Rust, each unnamed type once per name.
pub(super) struct Written<'w, 'a> {
    world: &'w World<'a>,
    known: HashMap<TypeId, HashMap<String, Option<TypeId>>>,
}

impl<'w, 'a> Written<'w, 'a> {
    pub(super) fn new(world: &'w World<'a>) -> Self {
        Self {
            world,
            known: HashMap::new(),
        }
    }

    /// Returns the type of a name in Rust that a type is written with: itself or one of its parts.
    pub(super) fn find(&mut self, ty: Type, name: &str) -> Option<TypeId> {
        let Type::Id(id) = ty else { return None };
        if let Some(own) = &self.world.resolve.types[id].name {
            return (own.to_upper_camel_case() == name).then_some(id);
        }
        if let Some(known) = self.known.get(&id).and_then(|names| names.get(name)) {
            return *known;
        }
        let found = match self.world.kind(id) {
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => {
                self.find(Type::Id(*id), name)
            }
            kind => parts(kind).into_iter().find_map(|ty| self.find(ty, name)),
        };
        self.known.entry(id).or_default().insert(name.to_owned(), found);
        found
    }
}
