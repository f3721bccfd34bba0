//! Named handles: wit-bindgen has no Rust for `type h = borrow<r>`. Such names are removed, and the handle
//! is written out where they were used.

use wit_parser::{Resolve, TypeDefKind, TypeId, TypeOwner, WorldItem};

use crate::names::unaliased;

/// Replaces every use of a named handle with the handle, and removes the names.
pub(super) fn inline(resolve: &mut Resolve) {
    let named: Vec<(TypeId, TypeDefKind)> = resolve
        .types
        .iter()
        .filter(|(_, ty)| ty.name.is_some())
        .map(|(id, _)| (id, &resolve.types[unaliased(resolve, id)].kind))
        .filter(|(_, kind)| matches!(kind, TypeDefKind::Handle(_)))
        .map(|(id, kind)| (id, kind.clone()))
        .collect();
    for (id, kind) in named {
        let ty = &mut resolve.types[id];
        ty.name = None;
        ty.kind = kind;
        match std::mem::replace(&mut ty.owner, TypeOwner::None) {
            TypeOwner::Interface(interface) => {
                resolve.interfaces[interface].types.retain(|_, other| *other != id);
            }
            TypeOwner::World(world) => {
                let is_it = |item: &WorldItem| matches!(item, WorldItem::Type { id: other, .. } if *other == id);
                resolve.worlds[world].imports.retain(|_, item| !is_it(item));
            }
            TypeOwner::None => {}
        }
    }
}
