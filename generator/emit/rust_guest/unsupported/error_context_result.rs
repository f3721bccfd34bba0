//! An exported function that returns nothing but an `error-context`: wit-bindgen asks for a
//! post-return function and then has no return pointer to give it.

use wit_parser::Type;

use crate::emit::unsupported::Finding;
use crate::emit::world::{Depth, Direction, World};
use crate::model::flat::Flattening;

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    let error_contexts = world.search(Depth::Memory, |ty| ty == Type::ErrorContext);
    let mut flattening = Flattening::new(world.resolve);
    world
        .functions()
        .filter(|(direction, function)| {
            *direction == Direction::Export
                && !function.kind.is_async()
                && function.result.is_some_and(|result| {
                    let flat = flattening.ty(&result);
                    error_contexts.is_in(result) && flat.is_some_and(|flat| flat.len() == 1)
                })
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
