//! Variants whose name begins words with single letters: `bindgen!` turns the name into Rust's
//! twice where it stands, and once where it is used, so that `v-u32` is `Vu32` and `VU32`.

use heck::ToUpperCamelCase;
use wit_parser::TypeDefKind;

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::unsupported::Finding;

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    world
        .named_types()
        .filter(|(_, _, ty)| matches!(ty.kind, TypeDefKind::Variant(_)))
        .filter_map(|(_, name, ty)| {
            let once = name.to_upper_camel_case();
            let twice = once.to_upper_camel_case();
            (once != twice).then(|| Finding {
                text: format!(
                    "the variant `{name}` would be `{twice}` and `{once}` in Rust, where it stands and where it is used; rename it"
                ),
                span: ty.span,
            })
        })
        .collect()
}
