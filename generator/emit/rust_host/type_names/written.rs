//! Names in the Rust of a type.

use heck::ToUpperCamelCase;
use wit_parser::{Handle, Type, TypeDefKind, TypeId};

use crate::emit::types::parts;
use crate::emit::world::World;

/// Returns the type of a name in Rust that a type is written with: itself or one of its parts.
pub(super) fn written(world: &World<'_>, ty: Type, name: &str) -> Option<TypeId> {
    let Type::Id(id) = ty else { return None };
    if let Some(own) = &world.resolve.types[id].name {
        return (own.to_upper_camel_case() == name).then_some(id);
    }
    match world.kind(id) {
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => {
            written(world, Type::Id(*id), name)
        }
        kind => parts(kind).into_iter().find_map(|ty| written(world, ty, name)),
    }
}
