//! Tuples, and lists of parameters, that are longer than wasmtime's: 17, or 12 in a record or a
//! variant, for which `bindgen!` derives more.

use wit_parser::{Span, Type, TypeDefKind};

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::unsupported::Finding;
use crate::emit::world::{Depth, World};
use crate::parts::parts;

/// The length of the longest tuple that wasmtime lifts and lowers.
const MAX_LIFTED_LENGTH: usize = 17;
/// The length of the longest tuple that implements `Clone` and `Debug`.
const MAX_DERIVED_LENGTH: usize = 12;

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let lifted = world.search(Depth::Payloads, |ty| is_long(world, ty, MAX_LIFTED_LENGTH));
    // Traits aren't derived for the payloads of streams and futures.
    let derived = world.search(Depth::Memory, |ty| {
        is_long(world, ty, MAX_DERIVED_LENGTH)
            || payload(world, ty).is_some_and(|ty| lifted.is_in(ty))
    });
    let mut findings = Vec::new();
    for (_, function) in world.functions() {
        let name = &function.name;
        if function.params.len() > MAX_LIFTED_LENGTH {
            findings.push(Finding {
                text: format!(
                    "`{name}` takes more than {MAX_LIFTED_LENGTH} parameters; group some of them in a record"
                ),
                span: function.span,
            });
        }
        let params = function.params.iter().map(|param| param.ty);
        let mut types = params.chain(function.result);
        let is_long = types.any(|ty| lifted.is_in(ty));
        findings.extend(is_long.then(|| finding(name, MAX_LIFTED_LENGTH, function.span)));
    }
    for (_, name, ty) in world.named_types() {
        let longest = match &ty.kind {
            TypeDefKind::Record(_) | TypeDefKind::Variant(_)
                if parts(&ty.kind).into_iter().any(|ty| derived.is_in(ty)) =>
            {
                MAX_DERIVED_LENGTH
            }
            TypeDefKind::Tuple(tuple) if tuple.types.len() > MAX_LIFTED_LENGTH => MAX_LIFTED_LENGTH,
            _ => continue,
        };
        findings.push(finding(name, longest, ty.span));
    }
    findings
}

/// Whether a type is a tuple of more than so many types.
fn is_long(world: &World<'_>, ty: Type, longest: usize) -> bool {
    match ty {
        Type::Id(id) => match world.kind(id) {
            TypeDefKind::Tuple(tuple) => tuple.types.len() > longest,
            _ => false,
        },
        _ => false,
    }
}

/// The type of a stream's or a future's values.
fn payload(world: &World<'_>, ty: Type) -> Option<Type> {
    match ty {
        Type::Id(id) => match world.kind(id) {
            TypeDefKind::Stream(payload) | TypeDefKind::Future(payload) => *payload,
            _ => None,
        },
        _ => None,
    }
}

fn finding(name: &str, longest: usize, span: Span) -> Finding {
    Finding {
        text: format!("`{name}` contains a tuple of more than {longest} types; use a record"),
        span,
    }
}
