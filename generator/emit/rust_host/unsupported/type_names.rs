//! Resources whose names in Rust meet others in their module. Other types get other names.

use wit_parser::TypeDefKind;

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::rust_host::type_names;
use crate::emit::unsupported::Finding;

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    type_names::find(world, &analysis.functions)
        .into_iter()
        .filter(|clash| matches!(world.kind(clash.id), TypeDefKind::Resource))
        .map(|clash| Finding {
            text: clash.text,
            span: world.resolve.types[clash.id].span,
        })
        .collect()
}
