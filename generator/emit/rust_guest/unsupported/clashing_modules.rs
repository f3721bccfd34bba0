//! Modules of one name: wit-bindgen makes one at the root for each namespace, for each interface
//! with a plain name, and for itself.

use wit_bindgen_rust::to_rust_ident;
use wit_parser::{Type, TypeDefKind, WorldItem, WorldKey};

use crate::emit::rust_names::{InterfaceModules, Scope, clashing_modules};
use crate::emit::unsupported::Finding;
use crate::emit::world::{Depth, World};

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    let resolve = world.resolve;
    let interfaces: Vec<_> = world
        .items()
        .filter_map(|(direction, key, item)| match item {
            WorldItem::Interface { id, .. } => Some(InterfaceModules {
                direction,
                key: key.clone(),
                id: *id,
                modules: match (key, resolve.interfaces[*id].package) {
                    (WorldKey::Name(name), _) => vec![to_rust_ident(name)],
                    (WorldKey::Interface(_), Some(package)) => {
                        vec![to_rust_ident(&resolve.packages[package].name.namespace)]
                    }
                    (WorldKey::Interface(_), None) => Vec::new(),
                },
                span: item.span(),
            }),
            _ => None,
        })
        .collect();
    clashing_modules(resolve, &interfaces, reserved(world))
}

/// Returns the modules that wit-bindgen adds itself.
fn reserved(world: &World<'_>) -> Scope {
    let mut scope = Scope::default();
    let mut exports = world.resolve.worlds[world.id].exports.values();
    if exports.any(|item| matches!(item, WorldItem::Interface { .. })) {
        scope.reserve("exports", "the exports");
    }
    let kind = |ty: Type| match ty {
        Type::Id(id) => Some(world.kind(id)),
        _ => None,
    };
    let futures = world.search(Depth::Payloads, |ty| {
        matches!(kind(ty), Some(TypeDefKind::Future(_)))
    });
    let streams = world.search(Depth::Payloads, |ty| {
        matches!(kind(ty), Some(TypeDefKind::Stream(_)))
    });
    let has_any = |is_in: &dyn Fn(Type) -> bool| {
        world.functions().any(|(_, function)| {
            let params = function.params.iter().map(|param| param.ty);
            params.chain(function.result).any(is_in)
        })
    };
    if has_any(&|ty| futures.is_in(ty)) {
        scope.reserve("wit_future", "the constructor of futures");
    }
    if has_any(&|ty| streams.is_in(ty)) {
        scope.reserve("wit_stream", "the constructor of streams");
    }
    scope
}
