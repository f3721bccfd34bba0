//! A fixed-length list of `borrow` handles: wit-bindgen has no lifetime for its array.

use crate::emit::unsupported::Finding;
use crate::emit::world::World;

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    world
        .functions()
        .filter(|(_, function)| {
            function.params.iter().any(|param| {
                world.contains(param.ty, true, &|ty| {
                    world.fixed_length_element(ty).is_some_and(|element| {
                        world.contains(element, true, &|ty| world.borrowed(ty).is_some())
                    })
                })
            })
        })
        .map(|(_, function)| Finding {
            text: format!(
                "`{}` takes a fixed-length list of `borrow` handles; a `list` without a length works",
                function.name
            ),
            span: function.span,
        })
        .collect()
}
