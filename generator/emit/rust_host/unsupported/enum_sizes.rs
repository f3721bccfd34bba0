//! Enums of exactly 256 cases, or 65536: `bindgen!` gives them a larger representation than their
//! cases need, and wasmtime refuses it.

use wit_parser::TypeDefKind;

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::unsupported::Finding;

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    world
        .named_types()
        .filter_map(|(_, name, ty)| match &ty.kind {
            TypeDefKind::Enum(of) if matches!(of.cases.len(), 256 | 65536) => Some(Finding {
                text: format!(
                    "the enum `{name}` has exactly {} cases; one more or one less works",
                    of.cases.len()
                ),
                span: ty.span,
            }),
            _ => None,
        })
        .collect()
}
