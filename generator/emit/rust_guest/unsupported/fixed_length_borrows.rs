//! A fixed-length list of `borrow` handles: wit-bindgen has no lifetime for its array.

use crate::emit::unsupported::Finding;
use crate::emit::world::{Depth, World};

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    let borrows = world.search(Depth::Memory, |ty| world.borrowed(ty).is_some());
    let borrows_in_arrays = world.search(Depth::Memory, |ty| {
        let element = world.fixed_length_element(ty);
        element.is_some_and(|element| borrows.is_in(element))
    });
    world
        .functions()
        .filter(|(_, function)| {
            function.params.iter().any(|param| borrows_in_arrays.is_in(param.ty))
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
