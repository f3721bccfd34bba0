//! Modules of one name: `bindgen!` makes one at the root for each namespace, for each interface that
//! is imported inline, and for the exports; and it calls crates whose names these hide.

use wit_parser::{Type, TypeDefKind, WorldItem, WorldKey};

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::rust_host::names;
use crate::emit::rust_names::{InterfaceModules, Scope, clashing_modules};
use crate::emit::unsupported::Finding;
use crate::emit::world::{Depth, Direction, World};

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let resolve = world.resolve;
    let interfaces: Vec<_> = world
        .items()
        .filter_map(|(direction, key, item)| match item {
            WorldItem::Interface { id, .. } => {
                let is_named = resolve.interfaces[*id].name.is_some();
                // An interface that is imported under a label is in the modules of its own name.
                let key = if is_named && direction == Direction::Import {
                    WorldKey::Interface(*id)
                } else {
                    key.clone()
                };
                Some(InterfaceModules {
                    direction,
                    modules: names::interface(resolve, &key, *id),
                    key,
                    id: *id,
                    span: item.span(),
                })
            }
            _ => None,
        })
        .collect();
    clashing_modules(resolve, &interfaces, reserved(world))
}

/// Returns the other names at the root of what `bindgen!` makes.
fn reserved(world: &World<'_>) -> Scope {
    let mut scope = Scope::default();
    for name in ["wasmtime", "wasmtime_wasi", "wasmtime_wasi_http"] {
        scope.reserve(name, format!("the crate `{name}`"));
    }
    let of_world = &world.resolve.worlds[world.id];
    // The world's own types and functions are at the root, and call Rust's libraries.
    let mut imports = of_world.imports.values();
    if imports.any(|item| matches!(item, WorldItem::Type { .. })) {
        scope.reserve("core", "Rust's own library");
    }
    if has_map(world) {
        scope.reserve("std", "Rust's own library");
    }
    let mut exports = of_world.exports.values();
    if exports.any(|item| matches!(item, WorldItem::Interface { .. })) {
        scope.reserve("exports", "the exports");
    }
    scope
}

/// Checks whether the root contains a map.
fn has_map(world: &World<'_>) -> bool {
    let is_map = |ty: Type| match ty {
        Type::Id(id) => matches!(world.kind(id), TypeDefKind::Map(..)),
        _ => false,
    };
    let maps = world.search(Depth::Memory, is_map);
    world.items().any(|(_, _, item)| match item {
        WorldItem::Function(function) => {
            let params = function.params.iter().map(|param| param.ty);
            params.chain(function.result).any(|ty| maps.is_in(ty))
        }
        WorldItem::Type { id, .. } => maps.is_in(Type::Id(*id)),
        WorldItem::Interface { .. } => false,
    })
}
