//! Records and variants that hold an `error-context`: `bindgen!` derives for them what wasmtime's
//! type of it hasn't got.

use wit_parser::{Type, TypeDefKind};

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::unsupported::Finding;
use crate::emit::world::Depth;

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let error_contexts = world.search(Depth::Memory, |ty| ty == Type::ErrorContext);
    let holds = |ty: Type| error_contexts.is_in(ty);
    world
        .named_types()
        .filter(|(_, _, ty)| match &ty.kind {
            TypeDefKind::Record(record) => record.fields.iter().any(|field| holds(field.ty)),
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().filter_map(|case| case.ty).any(holds)
            }
            _ => false,
        })
        .map(|(_, name, ty)| Finding {
            text: format!(
                "`{name}` contains an `error-context`; pass that as a separate parameter or result"
            ),
            span: ty.span,
        })
        .collect()
}
