//! The functions of a world, and which of them need the store: only the store can create streams and
//! futures, or read them.

use wit_parser::{InterfaceId, Resolve, Type, TypeDefKind, WorldItem};

use crate::emit::types::parts;
use crate::emit::world::{Direction, World};

/// A function that a world imports or exports.
pub(in crate::emit::rust_host) struct Function<'a> {
    pub direction: Direction,
    /// Its interface; none for a function of the world itself.
    pub interface: Option<InterfaceId>,
    pub item: &'a wit_parser::Function,
    /// Whether the host needs the store for it: the function is `async` in WIT, or its parameters or
    /// its result contain streams or futures.
    pub needs_store: bool,
}

impl Function<'_> {
    /// Whether the world imports the function from an interface; with none, whether the world itself
    /// imports it.
    pub fn is_imported_from(&self, interface: Option<InterfaceId>) -> bool {
        self.direction == Direction::Import && self.interface == interface
    }
}

/// Returns the functions that a world imports, then those that it exports.
pub(super) fn of_world<'a>(world: &World<'a>) -> Vec<Function<'a>> {
    let resolve = world.resolve;
    world
        .items()
        .flat_map(|(direction, _, item)| {
            let (interface, items): (_, Vec<_>) = match item {
                WorldItem::Interface { id, .. } => {
                    let functions = &resolve.interfaces[*id].functions;
                    (Some(*id), functions.values().collect())
                }
                WorldItem::Function(function) => (None, vec![function]),
                WorldItem::Type { .. } => (None, Vec::new()),
            };
            items.into_iter().map(move |item| Function {
                direction,
                interface,
                item,
                needs_store: item.kind.is_async() || has_streams(resolve, item),
            })
        })
        .collect()
}

/// Checks whether a function has streams or futures anywhere in its parameters or its result.
fn has_streams(resolve: &Resolve, function: &wit_parser::Function) -> bool {
    let params = function.params.iter().map(|param| param.ty);
    let mut types: Vec<_> = params.chain(function.result).collect();
    while let Some(ty) = types.pop() {
        let Type::Id(id) = ty else { continue };
        // This ends, because no type contains itself.
        match &resolve.types[id].kind {
            TypeDefKind::Stream(_) | TypeDefKind::Future(_) => return true,
            kind => types.extend(parts(kind)),
        }
    }
    false
}
