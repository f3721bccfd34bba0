//! Types called `t`, `d` or `s`, which meet the type parameters of functions that `bindgen!` makes.

use heck::ToUpperCamelCase;
use wit_parser::{Type, TypeDefKind};

use super::{Direction, Finding, World};
use crate::emit::rust_host::plain::streaming;

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let exports_need_store = streaming::exports_need_store(world.resolve, world.id);
    for (direction, function) in world.functions() {
        let params = || function.params.iter().map(|param| param.ty);
        let needs_store = streaming::needs_store(world.resolve, function);
        let named = |name: &str, with_result: bool| {
            let result = function.result.filter(|_| with_result);
            params().chain(result).any(|ty| is_written(world, ty, name))
        };
        let parameters: &[(&str, bool)] = match direction {
            Direction::Import => &[("T", needs_store), ("D", false)],
            Direction::Export if exports_need_store => &[],
            Direction::Export => &[("S", true)],
        };
        for (parameter, with_result) in parameters {
            if named(parameter, *with_result) {
                findings.push(Finding {
                    text: format!(
                        "`{}` uses a type that would be `{parameter}` in Rust, where bindgen! has a type parameter of that name; rename the type",
                        function.name
                    ),
                    span: function.span,
                });
            }
        }
    }
    findings
}

/// Whether a type is written with a name in Rust, itself or what it is made of.
fn is_written(world: &World<'_>, ty: Type, name: &str) -> bool {
    let Type::Id(id) = ty else { return false };
    if let Some(own) = &world.resolve.types[id].name {
        return own.to_upper_camel_case() == name;
    }
    let inside = |ty: &Type| is_written(world, *ty, name);
    match world.kind(id) {
        TypeDefKind::Type(ty)
        | TypeDefKind::Option(ty)
        | TypeDefKind::List(ty)
        | TypeDefKind::FixedLengthList(ty, _)
        | TypeDefKind::Stream(Some(ty))
        | TypeDefKind::Future(Some(ty)) => inside(ty),
        TypeDefKind::Map(key, value) => inside(key) || inside(value),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().any(inside),
        TypeDefKind::Result(result) => {
            let mut payloads = [&result.ok, &result.err].into_iter().flatten();
            payloads.any(inside)
        }
        TypeDefKind::Handle(handle) => {
            let (wit_parser::Handle::Own(id) | wit_parser::Handle::Borrow(id)) = handle;
            inside(&Type::Id(*id))
        }
        _ => false,
    }
}
