//! Types called `t`, `d` or `s`, which meet the type parameters of functions that `bindgen!` makes.

use heck::ToUpperCamelCase;
use wit_parser::{Handle, Type, TypeDefKind};

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::types::parts;
use crate::emit::unsupported::Finding;
use crate::emit::world::{Direction, World};

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let mut findings = Vec::new();
    for function in &analysis.functions {
        let (direction, needs_store) = (function.direction, function.needs_store);
        let function = function.item;
        let params = || function.params.iter().map(|param| param.ty);
        let named = |name: &str, with_result: bool| {
            let result = function.result.filter(|_| with_result);
            params().chain(result).any(|ty| is_written(world, ty, name))
        };
        let parameters: &[(&str, bool)] = match direction {
            Direction::Import => &[("T", needs_store), ("D", false)],
            Direction::Export if analysis.exports_need_store => &[],
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

/// Checks whether the Rust of a type contains a name: that of the type or of one of its parts.
fn is_written(world: &World<'_>, ty: Type, name: &str) -> bool {
    let Type::Id(id) = ty else { return false };
    if let Some(own) = &world.resolve.types[id].name {
        return own.to_upper_camel_case() == name;
    }
    let inside = |ty: Type| is_written(world, ty, name);
    match world.kind(id) {
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => inside(Type::Id(*id)),
        kind => parts(kind).into_iter().any(inside),
    }
}
