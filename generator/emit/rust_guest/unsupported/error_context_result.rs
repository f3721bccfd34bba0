//! An exported function that returns nothing but an `error-context`: wit-bindgen asks for a
//! post-return function and then has no return pointer to give it.

use wit_parser::Type;
use wit_parser::abi::AbiVariant;

use crate::emit::unsupported::Finding;
use crate::emit::world::{Direction, World};

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    world
        .functions()
        .filter(|(direction, function)| {
            *direction == Direction::Export
                && !function.kind.is_async()
                && function.result.is_some_and(|result| {
                    world.contains(result, true, &|ty| ty == Type::ErrorContext)
                })
                && !world.resolve.wasm_signature(AbiVariant::GuestExport, function).retptr
        })
        .map(|(_, function)| Finding {
            text: format!(
                "`{}` is exported and returns an `error-context` alone; return it in a `result`",
                function.name
            ),
            span: function.span,
        })
        .collect()
}
