//! Features of wasmtime that are off by default.

use wit_parser::{LiveTypes, Type, TypeDefKind};

use super::functions::Function;
use crate::emit::world::World;
use crate::parts::parts;

/// Returns the methods of wasmtime's `Config` that enable what a world uses.
pub(super) fn config_methods(world: &World<'_>, functions: &[Function<'_>]) -> Vec<&'static str> {
    let resolve = world.resolve;
    let mut live = LiveTypes::default();
    live.add_world(resolve, world.id);
    let kinds: Vec<_> = live.iter().map(|id| &resolve.types[id].kind).collect();
    let has_error_context = {
        let of_types = kinds.iter().flat_map(|kind| parts(kind));
        let of_functions = functions.iter().flat_map(|function| {
            let params = function.item.params.iter().map(|param| param.ty);
            params.chain(function.item.result)
        });
        of_types.chain(of_functions).any(|ty| ty == Type::ErrorContext)
    };
    let has_fixed_length_lists =
        kinds.iter().any(|kind| matches!(kind, TypeDefKind::FixedLengthList(..)));
    let has_labels = world
        .items()
        .any(|(_, key, item)| resolve.implements_interface(key, item).is_some());
    let has_maps = kinds.iter().any(|kind| matches!(kind, TypeDefKind::Map(..)));
    [
        (has_error_context, "wasm_component_model_error_context"),
        (
            has_fixed_length_lists,
            "wasm_component_model_fixed_length_lists",
        ),
        (has_labels, "wasm_component_model_implements"),
        (has_maps, "wasm_component_model_map"),
    ]
    .into_iter()
    .filter_map(|(is_used, method)| is_used.then_some(method))
    .collect()
}
