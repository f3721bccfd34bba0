//! Functions that take or give streams or futures, for which the host needs the store at hand: nothing else makes
//! them, or reads them.

use wit_parser::{Function, Resolve, Type, TypeDefKind, WorldId, WorldItem, WorldKey};

use super::{bindings, crates};

/// Whether a function needs the store: it is `async` in WIT, or has streams or futures.
pub(in crate::emit::rust_host) fn needs_store(resolve: &Resolve, function: &Function) -> bool {
    function.kind.is_async() || has_streams(resolve, function)
}

/// Whether the host calls a world's exports with the store at hand, all of them: those that need it run while
/// others are called.
pub(in crate::emit::rust_host) fn exports_need_store(resolve: &Resolve, world: WorldId) -> bool {
    resolve.worlds[world]
        .exports
        .values()
        .any(|item| match item {
            WorldItem::Function(function) => needs_store(resolve, function),
            WorldItem::Interface { id, .. } => {
                let mut functions = resolve.interfaces[*id].functions.values();
                functions.any(|function| needs_store(resolve, function))
            }
            WorldItem::Type { .. } => false,
        })
}

/// Whether a function takes or gives any, inside of whatever.
fn has_streams(resolve: &Resolve, function: &Function) -> bool {
    let params = function.params.iter().map(|param| param.ty);
    let mut types: Vec<_> = params.chain(function.result).collect();
    while let Some(ty) = types.pop() {
        let Type::Id(id) = ty else { continue };
        // No type holds itself.
        match &resolve.types[id].kind {
            TypeDefKind::Stream(_) | TypeDefKind::Future(_) => return true,
            kind => types.extend(crates::parts(kind)),
        }
    }
    false
}

/// What `bindgen!` calls the functions among the imports of a world that aren't `async` in WIT and have streams or
/// futures: `acme:pipes/tank@1.0.0.fill`. It does by itself what those need that are `async`.
pub(super) fn rules(resolve: &Resolve, world: WorldId) -> Vec<String> {
    let is_wasmtimes = |key: &WorldKey| match key {
        WorldKey::Interface(id) => bindings::imported(resolve, world).any(|(wasi, _)| wasi == *id),
        WorldKey::Name(_) => false,
    };
    let imports = &resolve.worlds[world].imports;
    let mut rules = Vec::new();
    for (key, item) in imports.iter().filter(|(key, _)| !is_wasmtimes(key)) {
        match item {
            WorldItem::Function(function) => rules.extend(rule(resolve, None, function)),
            WorldItem::Interface { id, .. } => {
                let interface = &resolve.interfaces[*id];
                // One under a name of the world's is known by its own.
                let own = interface.name.as_ref().and_then(|_| resolve.id_of(*id));
                let prefix = own.unwrap_or_else(|| resolve.name_world_key(key));
                let functions = interface.functions.values();
                rules.extend(functions.filter_map(|of| rule(resolve, Some(&prefix), of)));
            }
            WorldItem::Type { .. } => {}
        }
    }
    rules.sort();
    rules.dedup();
    rules
}

fn rule(resolve: &Resolve, prefix: Option<&str>, function: &Function) -> Option<String> {
    if function.kind.is_async() || !has_streams(resolve, function) {
        return None;
    }
    Some(match prefix {
        Some(prefix) => format!("{prefix}.{}", function.name),
        None => function.name.clone(),
    })
}
