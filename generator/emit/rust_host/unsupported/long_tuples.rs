//! Tuples, and lists of parameters, that are longer than wasmtime's: 17, or 12 in a record or a
//! variant, for which `bindgen!` derives more.

use wit_parser::{Span, Type, TypeDefKind};

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::unsupported::Finding;
use crate::emit::world::World;

/// The length of the longest tuple that wasmtime lifts and lowers.
const MAX_LIFTED_LENGTH: usize = 17;
/// The length of the longest tuple that implements `Clone` and `Debug`.
const MAX_DERIVED_LENGTH: usize = 12;

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let mut findings = Vec::new();
    for (_, function) in world.functions() {
        let name = &function.name;
        if function.params.len() > MAX_LIFTED_LENGTH {
            findings.push(Finding {
                text: format!(
                    "`{name}` takes more than {MAX_LIFTED_LENGTH} parameters; put some into a record"
                ),
                span: function.span,
            });
        }
        let params = function.params.iter().map(|param| param.ty);
        let mut types = params.chain(function.result);
        let is_long = types.any(|ty| has_tuple(world, ty, MAX_LIFTED_LENGTH));
        findings.extend(is_long.then(|| finding(name, MAX_LIFTED_LENGTH, function.span)));
    }
    for (_, name, ty) in world.named_types() {
        let (parts, longest): (Vec<Type>, usize) = match &ty.kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                (fields.map(|field| field.ty).collect(), MAX_DERIVED_LENGTH)
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                (
                    cases.filter_map(|case| case.ty).collect(),
                    MAX_DERIVED_LENGTH,
                )
            }
            TypeDefKind::Tuple(tuple) if tuple.types.len() > MAX_LIFTED_LENGTH => {
                findings.push(finding(name, MAX_LIFTED_LENGTH, ty.span));
                continue;
            }
            _ => continue,
        };
        let is_long = parts.iter().any(|ty| has_tuple(world, *ty, longest));
        findings.extend(is_long.then(|| finding(name, longest, ty.span)));
    }
    findings
}

/// Whether a tuple with more than so many types is in a type, streams and futures among it.
fn has_tuple(world: &World<'_>, ty: Type, longest: usize) -> bool {
    world.contains(ty, true, &|ty| {
        let Type::Id(id) = ty else { return false };
        match world.kind(id) {
            TypeDefKind::Tuple(tuple) => tuple.types.len() > longest,
            TypeDefKind::Stream(Some(ty)) | TypeDefKind::Future(Some(ty)) => {
                has_tuple(world, *ty, MAX_LIFTED_LENGTH)
            }
            _ => false,
        }
    })
}

fn finding(name: &str, longest: usize, span: Span) -> Finding {
    Finding {
        text: format!("`{name}` holds a tuple of more than {longest} types; use a record"),
        span,
    }
}
