//! An exported function that takes a list or map of handles borrowed from an imported resource:
//! wit-bindgen keeps one variable for all of them, which Rust's borrow checker refuses.

use std::collections::HashSet;

use wit_parser::{Type, TypeDefKind, TypeId, WorldItem};

use crate::emit::unsupported::Finding;
use crate::emit::world::{Depth, Direction, World};
use crate::names::unaliased;

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    let exported = exported_resources(world);
    let imported_borrow = |ty: Type| {
        let resource = world.borrowed(ty);
        resource.is_some_and(|id| !exported.contains(&unaliased(world.resolve, id)))
    };
    let imported_borrow = world.search(Depth::Memory, imported_borrow);
    let borrows_in_lists = world.search(Depth::Memory, |ty| {
        let Type::Id(id) = ty else { return false };
        match world.kind(id) {
            TypeDefKind::List(ty) => imported_borrow.is_in(*ty),
            TypeDefKind::Map(key, value) => {
                imported_borrow.is_in(*key) || imported_borrow.is_in(*value)
            }
            _ => false,
        }
    });
    world
        .functions()
        .filter(|(direction, function)| {
            let mut params = function.params.iter().map(|param| param.ty);
            *direction == Direction::Export && params.any(|ty| borrows_in_lists.is_in(ty))
        })
        .map(|(_, function)| Finding {
            text: format!(
                "`{}` is exported and takes a list or map of handles borrowed from an imported resource; \
                 take owned handles, or one borrowed handle per parameter",
                function.name
            ),
            span: function.span,
        })
        .collect()
}

fn exported_resources(world: &World<'_>) -> HashSet<TypeId> {
    let exports = world.items().filter_map(|(direction, _, item)| match item {
        WorldItem::Interface { id, .. } if direction == Direction::Export => Some(*id),
        _ => None,
    });
    let types = exports.flat_map(|id| world.resolve.interfaces[id].types.values().copied());
    types.filter(|id| matches!(world.kind(*id), TypeDefKind::Resource)).collect()
}
