//! An exported function that returns only an `error-context`: wit-bindgen requests a post-return function, but has no return
//! pointer for it.

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
