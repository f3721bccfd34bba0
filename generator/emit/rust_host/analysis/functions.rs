//! The functions of a world, and which of them need the store: only the store can create streams and
//! futures, or read them.

use std::collections::HashMap;

use wit_parser::{InterfaceId, Type, TypeDefKind, WorldItem};

use crate::emit::world::{Depth, Direction, World};

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

/// Functions by the interface that the world imports them from; with none, those that the world itself imports.
pub(super) type Imported<'f, 'a> = HashMap<Option<InterfaceId>, Vec<&'f Function<'a>>>;

/// Groups the imported functions by their interface.
pub(super) fn imported<'f, 'a>(functions: &'f [Function<'a>]) -> Imported<'f, 'a> {
    let mut imported = Imported::new();
    let imports = functions.iter().filter(|function| function.direction == Direction::Import);
    for function in imports {
        imported.entry(function.interface).or_default().push(function);
    }
    imported
}

/// Returns the functions that a world imports, then those that it exports.
pub(in crate::emit::rust_host) fn of_world<'a>(world: &World<'a>) -> Vec<Function<'a>> {
    let resolve = world.resolve;
    let streams = world.search(Depth::Payloads, |ty| match ty {
        Type::Id(id) => matches!(
            world.kind(id),
            TypeDefKind::Stream(_) | TypeDefKind::Future(_)
        ),
        _ => false,
    });
    let needs_store = |item: &wit_parser::Function| {
        let params = item.params.iter().map(|param| param.ty);
        item.kind.is_async() || params.chain(item.result).any(|ty| streams.is_in(ty))
    };
    let needs_store = &needs_store;
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
                needs_store: needs_store(item),
            })
        })
        .collect()
}
