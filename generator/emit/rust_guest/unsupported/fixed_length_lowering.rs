//! Fixed-length lists that are lowered into core values rather than into memory. wit-bindgen moves
//! each element out of the array, which Rust allows for `Copy` elements only; and for an imported
//! async function it has no way to free what it lowered.

use wit_parser::{Resolve, Type, TypeDefKind};

use crate::emit::unsupported::Finding;
use crate::emit::world::{Depth, Direction, World};
use crate::model::flat::Flattening;
use crate::names::unaliased;

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    let mut flattening = Flattening::new(world.resolve);
    let arrays = world.search(Depth::Values, |ty| world.fixed_length_element(ty).is_some());
    let owned = world.search(Depth::Values, |ty| is_owned(world, ty));
    let moving_arrays = world.search(Depth::Values, |ty| {
        let element = world.fixed_length_element(ty);
        // A handle is read by reference.
        element.is_some_and(|element| !is_handle(world, element) && owned.is_in(element))
    });
    let mut findings = Vec::new();
    for (direction, function) in world.functions() {
        let params = || function.params.iter().map(|param| param.ty);
        let mut passes_directly = |max: usize| {
            let flat = flattening.types(function.params.iter().map(|param| &param.ty));
            flat.is_some_and(|flat| flat.len() <= max)
        };
        let what = match (direction, function.kind.is_async()) {
            (Direction::Import, true) => {
                let is_unsupported = passes_directly(Resolve::MAX_FLAT_ASYNC_PARAMS)
                    && params().any(|ty| arrays.is_in(ty));
                is_unsupported.then_some(
                    "is an async function that is imported and takes a fixed-length list",
                )
            }
            (Direction::Import, false) => {
                let is_unsupported = passes_directly(Resolve::MAX_FLAT_PARAMS)
                    && params().any(|ty| moving_arrays.is_in(ty));
                is_unsupported.then_some(
                    "is imported and takes a fixed-length list of types that aren't plain",
                )
            }
            (Direction::Export, true) => {
                // Such a result goes to `task.return` as core values.
                let is_unsupported = function
                    .result
                    .is_some_and(|ty| flattening.ty(&ty).is_some() && moving_arrays.is_in(ty));
                is_unsupported.then_some(
                    "is an async function that is exported and returns a fixed-length list of types that aren't plain",
                )
            }
            (Direction::Export, false) => None,
        };
        findings.extend(what.map(|what| Finding {
            text: format!(
                "`{}` {what}; a `list` without a length works",
                function.name
            ),
            span: function.span,
        }));
    }
    findings
}

/// Whether a type is a handle, or one of the types that are like handles.
fn is_handle(world: &World<'_>, ty: Type) -> bool {
    match ty {
        Type::Id(id) => matches!(
            world.kind(unaliased(world.resolve, id)),
            TypeDefKind::Handle(_) | TypeDefKind::Future(_) | TypeDefKind::Stream(_)
        ),
        _ => false,
    }
}

/// Whether a type isn't `Copy` in Rust.
fn is_owned(world: &World<'_>, ty: Type) -> bool {
    match ty {
        Type::String | Type::ErrorContext => true,
        Type::Id(id) => matches!(
            world.kind(id),
            TypeDefKind::List(_)
                | TypeDefKind::Map(..)
                | TypeDefKind::Handle(_)
                | TypeDefKind::Future(_)
                | TypeDefKind::Stream(_)
        ),
        _ => false,
    }
}
