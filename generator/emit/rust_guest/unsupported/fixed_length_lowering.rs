//! Fixed-length lists that are lowered into core values rather than into memory. wit-bindgen moves
//! each element out of the array, which Rust allows for `Copy` elements only; and for an imported
//! async function it has no way to free what it lowered.

use wit_parser::abi::{AbiVariant, FlatTypes, WasmType};
use wit_parser::{Handle, Resolve, Type, TypeDefKind};

use crate::emit::unsupported::Finding;
use crate::emit::world::{Direction, World};

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (direction, function) in world.functions() {
        let signature = |variant| world.resolve.wasm_signature(variant, function);
        let fixed_length = |ty: Type| world.fixed_length_element(ty).is_some();
        let moved = |ty: Type| {
            let element = world.fixed_length_element(ty);
            element.is_some_and(|element| is_moved(world, element))
        };
        let params = || function.params.iter().map(|param| param.ty);
        let what = match (direction, function.kind.is_async()) {
            (Direction::Import, true) => {
                let direct = !signature(AbiVariant::GuestImportAsync).indirect_params;
                let is_unsupported =
                    direct && params().any(|ty| world.contains(ty, false, &fixed_length));
                is_unsupported.then_some(
                    "is an async function that is imported and takes a fixed-length list",
                )
            }
            (Direction::Import, false) => {
                let direct = !signature(AbiVariant::GuestImport).indirect_params;
                let is_unsupported = direct && params().any(|ty| world.contains(ty, false, &moved));
                is_unsupported.then_some(
                    "is imported and takes a fixed-length list of types that aren't plain",
                )
            }
            (Direction::Export, true) => {
                let is_unsupported = function.result.is_some_and(|ty| {
                    is_flat(world.resolve, &ty) && world.contains(ty, false, &moved)
                });
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

/// Whether an async function's result goes to `task.return` as core values.
fn is_flat(resolve: &Resolve, ty: &Type) -> bool {
    let mut storage = [WasmType::I32; Resolve::MAX_FLAT_PARAMS];
    resolve.push_flat(ty, &mut FlatTypes::new(&mut storage))
}

/// Whether lowering an element moves it: it isn't `Copy` in Rust, nor a handle, which is read by
/// reference.
fn is_moved(world: &World<'_>, element: Type) -> bool {
    if let Type::Id(id) = element {
        match world.kind(id) {
            TypeDefKind::Handle(_) | TypeDefKind::Future(_) | TypeDefKind::Stream(_) => {
                return false;
            }
            TypeDefKind::Type(ty) => return is_moved(world, *ty),
            _ => {}
        }
    }
    world.contains(element, false, &|ty| match ty {
        Type::String | Type::ErrorContext => true,
        Type::Id(id) => matches!(
            world.kind(id),
            TypeDefKind::List(_)
                | TypeDefKind::Map(..)
                | TypeDefKind::Handle(Handle::Own(_) | Handle::Borrow(_))
                | TypeDefKind::Future(_)
                | TypeDefKind::Stream(_)
        ),
        _ => false,
    })
}
