//! Named handles: wit-bindgen has no Rust for `type h = borrow<r>`. Such names are removed, and the handle
//! is written out where they were used.

use wit_parser::{Resolve, TypeDefKind, TypeId};

use crate::emit::owned_types::remove_types;
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
    let removed = named.iter().map(|(id, _)| *id).collect();
    for (id, kind) in named {
        resolve.types[id].kind = kind;
    }
    remove_types(resolve, &removed);
}
