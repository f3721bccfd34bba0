//! Aliases of types that the parser has resolved.

use wit_parser::{Resolve, Type, TypeDefKind, TypeId};

/// Follows every `use` and alias of another name in front of a type.
///
/// The resolved package has no circles: an alias comes after what it stands for.
pub(crate) fn unaliased(resolve: &Resolve, mut id: TypeId) -> TypeId {
    while let TypeDefKind::Type(Type::Id(target)) = resolve.types[id].kind {
        id = target;
    }
    id
}
